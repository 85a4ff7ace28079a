"""A source, its files and snippets, as the suites of the repositories need them."""

from datetime import UTC, datetime

from kodit.domain.code.replacement import SnippetChanges
from kodit.domain.code.snippet import Snippet, SnippetKind, content_hash
from kodit.domain.sources.file import File, FileStatus
from kodit.domain.sources.source import Source, SourceKind

NOON = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)


def a_source(name="demo", **changes):
    given = {"kind": SourceKind.DIRECTORY, "location": f"/code/{name}", "created_at": NOON}
    return Source(name=name, **(given | changes))


def a_file(index_id, path="a.py", **changes):
    given = {"size": 10, "mtime_ns": 1_767_000_000_123_456_789, "content_hash": "1" * 64, "status": FileStatus.ADDED}
    return File(index_id=index_id, path=path, **(given | changes))


def a_snippet(content="def f(): ...", *, path="a.py", line=1, **changes):
    given = {
        "kind": SnippetKind.FUNCTION,
        "language": "python",
        "content": content,
        "content_hash": content_hash(path, content),
        "symbol": "f",
    }
    return Snippet(path=path, start_line=line, end_line=line, **(given | changes))


async def stored_source(unit, name="demo", paths=("a.py",)):
    """A new source with files; the ids of the files are given in the order of their paths."""
    source = await unit.sources.add(a_source(name))
    await unit.files.save(a_file(source.id, path) for path in paths)
    files = await unit.files.of(source.id)
    return source.id, [files[path].id for path in paths]


async def add_snippets(unit, index_id, file_id, *snippets):
    """Add snippets to a file; returns their ids."""
    before = await unit.snippets.ids(index_id)
    await unit.snippets.apply(index_id, [SnippetChanges(file_id=file_id, add=snippets)])
    return sorted(await unit.snippets.ids(index_id) - before)
