"""Artifacts, and what they answer."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kodit.domain.artifacts.answers import ArtifactAnswers, ArtifactHit, ArtifactMode, PackageRow, SnippetRow
from kodit.domain.artifacts.artifact import Artifact
from kodit.domain.tasks.run import RunState
from kodit.interfaces.cli.rendering.figures import counted, moment, size
from kodit.interfaces.cli.rendering.streams import is_terminal, notice, say
from kodit.interfaces.cli.rendering.tables import Fit, pairs, table
from kodit.interfaces.cli.rendering.understood import show_understood

if TYPE_CHECKING:
    # What only some commands show is imported by them: the queue takes longer than a search.
    from kodit.application.artifacts.artifact_building import BuildReport
    from kodit.application.artifacts.artifact_files import Verification

_PACKAGES = ("attribute", "version", "licence", "description")
_FIT = Fit(first=("attribute", "version", "description", "licence"), elastic="description")


def artifact_entry(artifact: Artifact) -> Mapping[str, Any]:
    """An artifact as a JSON document has it: the manifest by the names that it has in the file."""
    manifest = artifact.manifest
    origin = manifest.origin
    return {
        "path": artifact.path,
        "size": artifact.size,
        "schema": manifest.schema,
        "form": manifest.form,
        **{name: getattr(origin, name) for name in asdict(origin)},
        "built_at": manifest.built_at,
        "kodit": manifest.kodit,
        "duckdb": manifest.duckdb,
        "embedded": manifest.embedded,
        "tables": {table.name: {"rows": table.rows, "checksum": table.checksum} for table in manifest.tables},
        "hnsw": manifest.hnsw,
        "fts": manifest.fts,
    }


def build_document(report: "BuildReport") -> Mapping[str, Any]:
    """What came of building, as a JSON document has it."""
    from kodit.interfaces.cli.rendering.reports import phases_of

    return {
        "source": report.progress.source.name,
        "run": report.progress.run.id,
        "state": report.progress.run.state,
        "artifacts": [artifact_entry(artifact) for artifact in report.artifacts],
        "phases": phases_of(report.progress),
        "elsewhere": report.elsewhere,
        "took_seconds": round(report.took_seconds, 3),
    }


def show_build(report: "BuildReport", *, waited: bool) -> None:
    """The same in words."""
    name, run = report.progress.source.name, report.progress.run
    if not waited:
        from kodit.interfaces.cli.rendering.reports import who_works

        say(f"queued the artifact of {name} as run {run.id}; {who_works(elsewhere=report.elsewhere)}")
    if run.state is not RunState.COMPLETED:
        return
    for artifact in report.artifacts:
        say(made(artifact))
    say(f"built in {report.took_seconds:.1f} s")


def made(artifact: Artifact) -> str:
    """What an artifact is, in a line."""
    manifest = artifact.manifest
    noun = manifest.origin.contents.value
    vectors = f"{manifest.embedded:,} with a vector" if manifest.origin.model else "no vectors"
    what = f"{manifest.form}, {manifest.entries:,} {'snippets' if noun == 'code' else noun}, {vectors}"
    return f"{artifact.path}: {what}, {size(artifact.size)}"


def show_artifact(artifact: Artifact) -> None:
    """An artifact with all that it says of itself."""
    manifest, origin = artifact.manifest, artifact.manifest.origin
    hnsw, fts = manifest.hnsw, manifest.fts
    pairs(
        [
            ("path", artifact.path),
            ("size", size(artifact.size)),
            ("form", f"{manifest.form} (schema {manifest.schema})"),
            ("contents", origin.contents),
            ("source", origin.source),
            ("location", origin.location),
            ("release", origin.release_name or origin.release),
            ("release id", origin.release),
            ("indexed at", moment(origin.indexed_at)),
            ("built at", f"{moment(manifest.built_at)} by kodit {manifest.kodit} with DuckDB {manifest.duckdb}"),
            ("vectors", f"{manifest.embedded:,}" if origin.model else "none"),
            ("model", f"{origin.model}, {origin.dimension} dimensions" if origin.model else None),
            (
                "hnsw",
                f"m {hnsw.m}, ef_construction {hnsw.ef_construction}, ef_search {hnsw.ef_search}" if hnsw else None,
            ),
            ("fts", f"{fts.index_name}, stemmer {fts.stemmer}, stop words {fts.stopwords}" if fts else None),
        ]
    )
    say()
    table(("table", "rows", "checksum"), [(told.name, f"{told.rows:,}", told.checksum) for told in manifest.tables])


def show_verification(found: "Verification") -> None:
    """What was found out about an artifact."""
    if found.artifact is None:
        say("; ".join(found.problems))
        return
    if not found.problems:
        say(f"{found.path} is sound: {_asked(found.artifact)}")
    for problem in found.problems:
        say(f"{found.path}: {problem}")


def answers_document(answers: ArtifactAnswers) -> Mapping[str, Any]:
    """The answers as a JSON document has them."""
    return {
        "query": answers.query.text,
        "mode": answers.query.mode,
        "source": answers.manifest.origin.source,
        "by_meaning_only": answers.by_meaning_only,
        "understood": answers.understood,
        "took_ms": round(answers.took_ms, 1),
        "results": [{**asdict(hit.row), "score": hit.score, "ranks": hit.ranks} for hit in answers.hits],
    }


def show_answers(answers: ArtifactAnswers, *, lines: int) -> None:
    """Packages as a table, snippets with their first lines; and whether none of them has a word of the question."""
    show_understood(answers.understood, by_meaning_only=answers.by_meaning_only)
    if not answers.hits:
        notice(f"nothing found; {_advice(answers)}")
        return
    packages = [hit.row for hit in answers.hits if isinstance(hit.row, PackageRow)]
    if packages:
        table(_PACKAGES, [_cells(row) for row in packages], fit=_FIT if is_terminal() else None)
        return
    for position, hit in enumerate(answers.hits):
        if isinstance(hit.row, SnippetRow):
            if position:
                say()
            _snippet(hit, hit.row, lines)


def _cells(row: PackageRow) -> tuple[str, ...]:
    return (row.attr, row.version, row.licenses, row.description or "")


def _snippet(hit: ArtifactHit, row: SnippetRow, lines: int) -> None:
    why = ", ".join(f"{name} #{rank}" for name, rank in hit.ranks.items())
    say(f"{row.path}:{row.start_line}-{row.end_line}  {row.symbol or '-'}  {row.kind}  {why}")
    shown = row.content.rstrip().splitlines()[:lines]
    for number, line in enumerate(shown, row.start_line):
        say(f"{number:>6}  {line}".rstrip())
    hidden = row.end_line - row.start_line + 1 - len(shown)
    if hidden > 0 and shown:
        say(f"        ... {counted(hidden, 'more line')}")


def _asked(artifact: Artifact) -> str:
    manifest = artifact.manifest
    rows = sum(told.rows for told in manifest.tables)
    indexes = [
        *(["words"] if manifest.fts else []),
        *(["nearest vectors"] if manifest.hnsw else []),
    ]
    found = f"; the index of {' and that of '.join(indexes)} answered" if indexes else ""
    return f"{counted(rows, 'row')} in {counted(len(manifest.tables), 'table')} as they were written{found}"


def _advice(answers: ArtifactAnswers) -> str:
    if not any(char.isalnum() for char in answers.query.text):
        return "there is no word to look for in the query"
    if answers.query.mode is ArtifactMode.HYBRID and answers.manifest.fts is None:
        return "a full artifact knows names and vectors only; a minified one knows words as well"
    return "fewer or other words, or fewer filters, may help"
