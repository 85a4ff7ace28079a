"""Lines that match a pattern."""

from collections.abc import Iterator, Mapping
from typing import Any

from kodit.application.files.grep import GrepFile, GrepResult
from kodit.interfaces.cli.rendering.figures import counted
from kodit.interfaces.cli.rendering.streams import notice, say
from kodit.interfaces.cli.rendering.widths import cut


def grep_document(found: GrepResult) -> Mapping[str, Any]:
    """The lines as a JSON document has them."""
    return {
        "pattern": found.sought.pattern,
        "took_ms": round(found.took_ms, 1),
        "files": [
            {
                "path": one.file.path,
                "language": one.file.language,
                "source": one.file.source,
                "lines": one.lines,
            }
            for one in found.files
        ],
        "matches": found.matches,
        "more": found.more,
        "unread_files": found.unread,
    }


def show_grep(found: GrepResult) -> None:
    """A line each, behind the place where it stands; `--` parts lines that do not follow each other."""
    several = len({one.file.source for one in found.files}) > 1
    context = any(not line.matches for one in found.files for line in one.lines)
    for position, one in enumerate(found.files):
        if position and context:
            say("--")
        for line in _lines(one, several=several, parted=context):
            say(cut(line))
    if not found.files:
        notice("nothing found; the pattern is compared with each line by itself, as it was when it was indexed")
    if found.more:
        notice(f"there are more than these {found.matches}; --limit shows more, --path and --source narrow it down")
    if found.unread:
        notice(f"the time was too short for {counted(found.unread, 'file')}; narrow it down with --path or --source")


def _lines(one: GrepFile, *, several: bool, parted: bool) -> Iterator[str]:
    place = f"{one.file.source}:{one.file.path}" if several else one.file.path
    before = None
    for line in one.lines:
        if parted and before is not None and line.number > before + 1:
            yield "--"
        before = line.number
        sign = ":" if line.matches else "-"
        yield f"{place}{sign}{line.number}{sign}{line.text}"
