"""What every ArtifactWriter promises."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from artifact_entries import (
    CODE,
    CODE_ORIGIN,
    DIMENSION,
    FIREFOX,
    PACKAGES,
    PACKAGES_ORIGIN,
    left_behind,
    pages,
    quietly,
    vector,
    writer,
)
from filelock import FileLock

from kodit.domain.artifacts.artifact import ArtifactForm
from kodit.domain.artifacts.entries import ArtifactEntry, TextToEmbed
from kodit.domain.artifacts.terms import BuildTerms, FtsTerms, HnswTerms, Targets
from kodit.domain.errors import Conflict, InvalidInput, NotFound
from kodit.domain.search.embedding import code_text
from kodit.infrastructure.duckdb.schema import MANIFEST, TABLES

TERMS = BuildTerms(hnsw=HnswTerms(m=8, ef_construction=50, ef_search=20))
COLUMNS = "SELECT table_name, column_name, data_type FROM duckdb_columns() "
BOTH = [(PACKAGES_ORIGIN, PACKAGES), (CODE_ORIGIN, CODE)]


@pytest.fixture
def targets(tmp_path: Path) -> Targets:
    return Targets(full=str(tmp_path / "full's.duckdb"), minified=str(tmp_path / "minified.duckdb"))


async def built(
    targets: Targets, entries: Sequence[ArtifactEntry] = PACKAGES, origin=PACKAGES_ORIGIN, terms=TERMS, size=2
):
    return await writer().write(targets, origin, pages(entries, size), terms, quietly)


def asked(path: str | None, statement: str, *parameters: Any) -> list[Any]:
    """What a program of anybody's sees, that knows nothing of kodit and has no extension."""
    with duckdb.connect(path, read_only=True) as plain:
        return plain.execute(statement, list(parameters)).fetchall()


def one(path: str | None, attr: str) -> dict[str, Any]:
    with duckdb.connect(path, read_only=True) as plain:
        found = plain.execute("SELECT * FROM packages WHERE attr = ?", [attr])
        return dict(zip([column[0] for column in found.description], found.fetchone(), strict=True))


async def test_a_full_artifact_has_all_that_is_known_of_a_package_and_plain_duckdb_reads_it(targets):
    await built(targets)
    assert one(targets.full, "firefox") == {
        "package_id": 1,
        "attr": "firefox",
        "attr_parts": ["firefox"],
        "pname": "firefox",
        "version": "47.0",
        "description": "A web browser, „built“ from source",
        # What is in no UTF-8, and what ends a text, gives way.
        "long_description": "A browser\nfor the\ufffd web ? and 'more'",
        "homepages": ["https://firefox.example/", "https://two.example/"],
        "licenses": [
            {"name": "Mozilla, Public License", "spdx_id": "MPL-2.0", "is_free": True},
            {"name": "Own, terms", "spdx_id": None, "is_free": None},
        ],
        "maintainers": [
            {"name": "Ada, L.", "email": "ada@example.org", "github": "ada"},
            {"name": "Bo", "email": None, "github": None},
        ],
        "platforms": ["x86_64-linux", "aarch64-linux"],
        "assigned_in": {"path": "pkgs/top-level/all-packages.nix", "line": 12},
        "implemented_in": {"path": "pkgs/firefox/default.nix", "line": 1},
        "main_program": "firefox",
        "outputs": ["out", "dev"],
        "system": "x86_64-linux",
        "is_broken": False,
        "is_unfree": False,
        "is_insecure": True,
        "is_unsupported": False,
        "content_hash": FIREFOX.package.content_hash,
    }
    assert one(targets.full, "python3Packages.numpy")["attr_parts"] == ["python3Packages", "numpy"]


async def test_a_minified_artifact_has_what_a_search_shows_with_lists_as_text(targets):
    await built(targets)
    assert one(targets.minified, "firefox") == {
        "package_id": 1,
        "attr": "firefox",
        "pname": "firefox",
        "version": "47.0",
        "description": "A web browser, „built“ from source",
        "homepages": "https://firefox.example/, https://two.example/",
        "licenses": "MPL-2.0, Own; terms",
        "maintainers": "Ada; L., Bo",
        "main_program": "firefox",
        "is_broken": False,
        "is_unfree": False,
        "is_insecure": True,
        "is_unsupported": False,
    }


@pytest.mark.parametrize(("origin", "entries"), BOTH, ids=["packages", "code"])
async def test_the_files_have_the_documented_tables_and_columns_and_no_others(targets, origin, entries):
    await built(targets, entries, origin)
    of_tables = "WHERE NOT internal AND schema_name = 'main'"
    for form, path in ((ArtifactForm.FULL, targets.full), (ArtifactForm.MINIFIED, targets.minified)):
        documented = {
            (table.name, column.name, (column.type_in(form) or "").replace("[n]", f"[{DIMENSION}]"))
            for table in (*TABLES[origin.contents], MANIFEST)
            for column in table.in_form(form)
        }
        assert {(*row[:2], row[2].replace('"', "")) for row in asked(path, COLUMNS + of_tables)} == documented


async def test_an_entry_without_a_vector_has_none_and_never_zeros(targets):
    await built(targets)
    for path in (targets.full, targets.minified):
        rows = asked(path, "SELECT attr, vector FROM embeddings JOIN packages USING (package_id) ORDER BY package_id")
        assert rows[-1] == ("nothing", None)
        assert [row[1] is None for row in rows] == [False, False, False, False, True]
        assert rows[2][1] == (0.0, 1.0, 0.0, 0.0)


async def test_without_a_model_there_are_no_vectors_and_no_index_of_them(targets):
    origin = replace(PACKAGES_ORIGIN, model=None, dimension=None)
    [full, minified] = await built(targets, [replace(entry, vector=None) for entry in PACKAGES], origin)
    assert (full.manifest.embedded, full.manifest.hnsw, minified.manifest.embedded) == (0, None, 0)
    assert asked(targets.full, "SELECT count(*), count(vector) FROM embeddings") == [(5, 0)]


async def test_the_manifest_says_what_was_built_from_what(targets):
    [full, minified] = await built(targets)
    assert (full.manifest.form, minified.manifest.form) == (ArtifactForm.FULL, ArtifactForm.MINIFIED)
    assert full.manifest.origin == minified.manifest.origin == PACKAGES_ORIGIN
    assert full.manifest.rows == {"packages": 5, "packages_fts_source": 5, "embeddings": 5}
    assert (full.manifest.embedded, full.manifest.entries, full.manifest.kodit) == (4, 5, "1.2.3")
    assert (full.manifest.hnsw, full.manifest.fts) == (TERMS.hnsw, None)
    assert (minified.manifest.hnsw, minified.manifest.fts) == (None, FtsTerms(index_name="packages_fts_idx"))
    assert full.size == Path(full.path).stat().st_size
    told = dict(asked(targets.full, "SELECT key, value::VARCHAR FROM manifest"))
    assert (told["release"], told["dimension"], told["form"]) == (f'"{"a" * 64}"', "4", '"full"')


@pytest.mark.parametrize(("origin", "entries"), BOTH, ids=["packages", "code"])
async def test_the_same_entries_have_the_same_sums_however_they_come(targets, tmp_path, origin, entries):
    first = await built(targets, entries, origin, size=1)
    again = Targets(full=str(tmp_path / "2.duckdb"), minified=str(tmp_path / "3.duckdb"))
    second = await built(again, entries, origin, size=100)
    assert [one.manifest.tables for one in first] == [one.manifest.tables for one in second]
    other = await built(again, [*entries[:-1]], origin)
    assert first[0].manifest.tables[0] != other[0].manifest.tables[0]


async def test_the_full_text_index_is_asked_by_the_name_that_was_chosen(targets):
    await built(targets, terms=BuildTerms(hnsw=None, fts=FtsTerms(stemmer="none", stopwords="none", index_name="Mine")))
    with duckdb.connect(targets.minified, read_only=True) as plain:
        from kodit.infrastructure.duckdb.session import load

        load(plain, "fts")
        assert {row[0] for row in plain.execute('SELECT * FROM "Mine"(?)', ["a browser"]).fetchall()} == {1, 2}
        assert plain.execute("SELECT package_id FROM Mine('browsers')").fetchall() == []


async def test_a_file_that_is_no_artifact_stays_unless_it_is_forced(targets):
    other = Path(targets.minified)
    other.write_text("somebody's letters")
    with pytest.raises(Conflict, match="is there and is no artifact"):
        await built(targets)
    with duckdb.connect(targets.full) as database:
        database.execute("CREATE TABLE manifest (key VARCHAR)")
    other.unlink()
    with pytest.raises(Conflict):
        await writer().check(targets)
    assert asked(targets.full, "SELECT count(*) FROM manifest") == [(0,)]
    other.write_text("somebody's letters")
    await built(replace(targets, force=True))
    assert asked(targets.minified, "SELECT count(*) FROM packages") == [(5,)]


async def test_an_artifact_is_replaced_as_a_whole(targets):
    await built(targets)
    await built(targets, PACKAGES[:2])
    assert asked(targets.full, "SELECT count(*) FROM packages") == [(2,)]
    assert left_behind(Path(targets.full).parent) == []


async def test_only_what_was_asked_for_is_there(tmp_path):
    [minified] = await built(Targets(minified=str(tmp_path / "only.duckdb")))
    assert minified.manifest.form is ArtifactForm.MINIFIED
    assert [path.name for path in tmp_path.iterdir()] == ["only.duckdb"]


async def test_an_empty_index_makes_an_artifact_too(targets):
    for origin, _ in BOTH:
        [full, minified] = await built(targets, [], origin, BuildTerms(minified_hnsw=HnswTerms()))
        assert (full.manifest.entries, minified.manifest.embedded) == (0, 0)


async def test_there_must_be_a_directory_to_write_into(tmp_path):
    with pytest.raises(NotFound, match="there is no directory"):
        await built(Targets(full=str(tmp_path / "none" / "a.duckdb")))
    with pytest.raises(InvalidInput, match="is a directory"):
        await built(Targets(full=str(tmp_path)))


async def test_when_the_index_fails_midway_what_was_there_stays(targets):
    async def failing() -> AsyncIterator[Sequence[ArtifactEntry]]:
        yield PACKAGES[:2]
        raise Conflict("no more")

    await built(targets)
    before = {path: Path(path).read_bytes() for path in targets.paths}
    with pytest.raises(Conflict, match="no more"):
        await writer().write(targets, PACKAGES_ORIGIN, failing(), TERMS, quietly)
    assert {path: Path(path).read_bytes() for path in targets.paths} == before
    assert left_behind(Path(targets.full).parent) == []


@pytest.mark.parametrize("at", ["write tables", "index vectors", "minify tables", "index words", "verify artifact"])
async def test_when_any_step_is_cancelled_no_file_has_changed(targets, at):
    @asynccontextmanager
    async def stopping(operation: str, **_: Any) -> AsyncIterator[None]:
        yield
        if operation == at:
            raise asyncio.CancelledError

    await built(targets)
    before = {path: Path(path).read_bytes() for path in targets.paths}
    with pytest.raises(asyncio.CancelledError):
        await writer().write(targets, PACKAGES_ORIGIN, pages(PACKAGES[:2]), TERMS, stopping)
    assert {path: Path(path).read_bytes() for path in targets.paths} == before
    assert left_behind(Path(targets.full).parent) == []


async def test_what_a_dead_builder_left_is_taken_away_and_what_a_living_one_has_is_not(targets):
    directory = Path(targets.full).parent
    dead, living = (directory / f".full's.duckdb.{name}.building" for name in ("dead", "living"))
    for left in (dead, living):
        left.mkdir()
        (left / "artifact.duckdb").write_bytes(b"half")
    with FileLock(living / "lock"):
        await built(targets)
        assert left_behind(directory) == [living.name]
    await built(targets)
    assert left_behind(directory) == []


@pytest.mark.parametrize(("origin", "entries"), BOTH, ids=["packages", "code"])
async def test_a_full_artifact_is_minified_later_as_it_would_have_been_at_once(targets, tmp_path, origin, entries):
    [_, at_once] = await built(targets, entries, origin)
    later = Targets(minified=str(tmp_path / "later.duckdb"))
    [minified] = await writer().minify(str(targets.full), later, TERMS, quietly)
    assert minified.manifest.tables == at_once.manifest.tables
    with pytest.raises(InvalidInput, match="minified"):
        await writer().minify(str(targets.minified), later, TERMS, quietly)
    with pytest.raises(NotFound):
        await writer().minify(str(tmp_path / "none.duckdb"), later, TERMS, quietly)


class Embedding:
    """Gives every text the same vector, and remembers what it was asked."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    async def __call__(self, texts: Sequence[TextToEmbed]) -> dict[str, bytes]:
        self.texts.update(texts)
        return {text.key: bytes(4 * DIMENSION) if "gimp" in text.text else vector(1, 1, 0, 0) for text in texts}


async def test_only_what_has_no_vector_of_the_model_is_embedded(targets, tmp_path):
    await built(targets)
    embedding = Embedding()
    again = Targets(full=str(tmp_path / "again.duckdb"))
    [same] = await writer().embed(str(targets.full), again, PACKAGES_ORIGIN, embedding, TERMS, quietly)
    assert embedding.texts == {PACKAGES[-1].key: code_text("nothing", None, PACKAGES[-1].package.text)}
    assert (same.manifest.embedded, same.manifest.hnsw) == (5, TERMS.hnsw)
    assert asked(again.full, "SELECT vector FROM embeddings WHERE package_id = 3") == [((0.0, 1.0, 0.0, 0.0),)]


async def test_with_another_model_everything_is_embedded_and_what_says_nothing_has_no_vector(targets):
    origin = replace(PACKAGES_ORIGIN, model=None, dimension=None)
    await built(targets, [replace(entry, vector=None) for entry in PACKAGES], origin)
    embedding = Embedding()
    # In its own place.
    own = Targets(full=targets.full)
    [made] = await writer().embed(str(targets.full), own, PACKAGES_ORIGIN, embedding, TERMS, quietly)
    assert embedding.texts.keys() == {entry.key for entry in PACKAGES}
    assert (made.manifest.embedded, made.manifest.origin.model) == (4, "model-1")
    assert asked(made.path, "SELECT vector FROM embeddings WHERE package_id = 4") == [(None,)]


async def test_code_is_embedded_as_the_index_embeds_it(targets, tmp_path):
    await built(targets, CODE, CODE_ORIGIN)
    embedding = Embedding()
    origin = replace(CODE_ORIGIN, model="model-2")
    again = Targets(full=str(tmp_path / "again.duckdb"))
    await writer().embed(str(targets.full), again, origin, embedding, TERMS, quietly)
    snippets = [held.stored.snippet for entry in CODE[1:] for held in entry.snippets]
    assert embedding.texts == {one.content_hash: code_text(one.path, one.header, one.content) for one in snippets}


async def test_what_is_not_installed_is_named_with_what_to_do(targets, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(InvalidInput, match="DuckDB") as caught:
        await writer().write(targets, PACKAGES_ORIGIN, pages(PACKAGES), TERMS, quietly)
    assert caught.value.remedy == "pip install 'kodit[artifacts]'"


async def test_an_extension_that_is_not_installed_is_named_too(targets, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb_extension_fts", None)
    with pytest.raises(InvalidInput, match="DuckDB's extension fts"):
        await built(targets)
    assert left_behind(Path(targets.full).parent) == []
