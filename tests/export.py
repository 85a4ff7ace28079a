"""Everything that an index holds, without the ids and moments that differ from run to run."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from kodit.domain.search.ports import VectorKind
from kodit.infrastructure.tantivy.keyword_index import TantivyKeywordIndex
from kodit.infrastructure.vectors.vector_index import MappedVectorIndex

CONTENTS = {
    "sources": 'SELECT name, kind, location, "commit", indexed_at IS NOT NULL FROM sources',
    "files": "SELECT s.name, path, content_hash, status, extracted_hash, language, skip_reason "
    "FROM files f JOIN sources s ON s.id = f.index_id",
    "snippets": "SELECT s.name, path, start_line, end_line, n.kind, symbol, header, n.language, n.content_hash, "
    "content "
    "FROM snippets n JOIN files f ON f.id = n.file_id JOIN sources s ON s.id = n.index_id",
    "packages": "SELECT s.name, p.path, p.kind, p.name, version, description, manifest, manifest_hash, source_hash "
    "FROM packages p JOIN sources s ON s.id = p.index_id",
    "requirements": "SELECT s.name, p.path, p.kind, r.name, requirement, scope, t.path, t.kind "
    "FROM package_requirements r JOIN packages p ON p.id = r.package_id JOIN sources s ON s.id = p.index_id "
    "LEFT JOIN packages t ON t.id = r.target_id",
    "owners": "SELECT s.name, f.path, p.path, p.kind FROM files f JOIN sources s ON s.id = f.index_id "
    "LEFT JOIN package_files o ON o.file_id = f.id LEFT JOIN packages p ON p.id = o.package_id",
    "manifests": "SELECT s.name, path, content_hash, read_as, facts, problem "
    "FROM manifests m JOIN sources s ON s.id = m.index_id",
    "symbols": "SELECT s.name, f.path, qualified_name, y.kind, start_line, end_line, signature, doc, visibility "
    "FROM symbols y JOIN files f ON f.id = y.file_id JOIN sources s ON s.id = f.index_id",
    "references": "SELECT s.name, f.path, r.kind, r.name, qualifier, line, external, t.path, y.qualified_name "
    "FROM symbol_references r JOIN files f ON f.id = r.file_id JOIN sources s ON s.id = f.index_id "
    "LEFT JOIN symbols y ON y.id = r.target_id LEFT JOIN files t ON t.id = y.file_id",
    "imports": "SELECT s.name, f.path, module, line, bindings, external, t.path "
    "FROM imports i JOIN files f ON f.id = i.file_id JOIN sources s ON s.id = f.index_id "
    "LEFT JOIN files t ON t.id = i.target_file_id",
    "unlinked": "SELECT f.path FROM unlinked_files u JOIN files f ON f.id = u.file_id",
    "gone": "SELECT snippet_id FROM gone_snippets",
    "embeddings": "SELECT content_hash, model, dimension, vector FROM embeddings",
    "enrichments": "SELECT content_hash, model, text, text_hash FROM enrichments",
    "channels": "SELECT s.name, walk, release_name, complete_as, described, s.extracted_as "
    "FROM nix_channels c JOIN sources s ON s.id = c.index_id",
    "nix packages": "SELECT s.name, f.path, attr, p.depth, pname, version, p.description, long_description, homepages, "
    "l.members, maintainers, w.members, assigned_in, implemented_in, main_program, outputs, system, is_broken "
    "FROM nix_packages p JOIN files f ON f.id = p.file_id JOIN sources s ON s.id = p.index_id "
    "LEFT JOIN nix_lists l ON l.id = p.licenses_id LEFT JOIN nix_lists w ON w.id = p.platforms_id",
    "nix names": "SELECT s.name, f.path, n.kind, n.name "
    "FROM nix_names n JOIN files f ON f.id = n.file_id JOIN sources s ON s.id = n.index_id",
    "nix lists": "SELECT members FROM nix_lists",
    "nix failures": "SELECT s.name, attr, message FROM nix_failures f JOIN sources s ON s.id = f.index_id",
}
NAMES = (
    "SELECT n.id, s.name, f.path, n.start_line, n.content_hash "
    "FROM snippets n JOIN files f ON f.id = n.file_id JOIN sources s ON s.id = n.index_id"
)


async def export(data_dir: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(data_dir / "kodit.db")) as connection:
        contents = {name: sorted(map(repr, connection.execute(query))) for name, query in CONTENTS.items()}
        names = {row[0]: row[1:] for row in connection.execute(NAMES)}
        index_ids = [row[0] for row in connection.execute("SELECT id FROM sources")]
        models = dict(connection.execute("SELECT derived, model FROM marks"))
    return {**contents, **(await _derived(data_dir, names, index_ids, models))}


async def _derived(
    data_dir: Path, names: dict[int, Any], index_ids: list[int], models: dict[str, str]
) -> dict[str, list[Any]]:
    keywords = TantivyKeywordIndex(data_dir / "keywords")
    vectors = MappedVectorIndex(data_dir / "vectors")
    found: dict[str, list[Any]] = {"keywords": [], "code vectors": [], "text vectors": []}
    for index_id in index_ids:
        found["keywords"] += [names.get(held, f"stray {held}") for held in await keywords.ids(index_id)]
        for kind, derived in ((VectorKind.CODE, "code vectors"), (VectorKind.TEXT, "text vectors")):
            held = await vectors.held(index_id, kind, model=models.get(derived, ""))
            found[derived] += [names.get(snippet_id, f"stray {snippet_id}") for snippet_id in held]
    return {name: sorted(map(repr, rows)) for name, rows in found.items()}
