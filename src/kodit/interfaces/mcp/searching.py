"""`search` and `grep`."""

from collections.abc import Sequence

from kodit.application.files.grep import GrepFile, GrepResult
from kodit.application.files.ports import Sought
from kodit.application.reports import SearchResult
from kodit.application.serving.freshness import UNDER_WAY
from kodit.domain.errors import InvalidInput, NothingIndexed
from kodit.domain.search.query import Hit
from kodit.interfaces.mcp.asking import Answer, Asking
from kodit.interfaces.mcp.passages import Passage, put_passages
from kodit.interfaces.mcp.sheet import Sheet, shown, span


async def search(asking: Asking) -> Answer:
    """Code by meaning and by name."""
    given = asking.given
    text = " ".join([given["intent"], *given["keywords"]]).strip()
    if not text:
        raise InvalidInput("there is nothing to look for", remedy="say in intent what the code does")
    sheet = await asking.sheet()
    where = asking.where
    try:
        result = await asking.service.search(
            text, sources=where.sources, languages=where.languages, paths=where.paths, limit=given["limit"]
        )
    except NothingIndexed:
        found = await asking.freshness()
        if not found:
            raise
        if any(one.state in UNDER_WAY for one in found):
            sheet.put("Nothing can be found yet: the first indexing is not over. Ask again in a while.")
        else:
            sheet.put("Nothing can be found: no indexing has succeeded. Call status, it tells what went wrong.")
        return Answer(text=sheet.text())
    return Answer(text=found_text(sheet, result))


def found_text(sheet: Sheet, result: SearchResult) -> str:
    """The answers to a search."""
    left_out = put_passages(sheet, [_passage(hit, sheet.of(hit.source)) for hit in result.hits])
    if not result.hits:
        sheet.put("Nothing found. Other or fewer words, fewer filters, or grep may help.")
    if left_out:
        sheet.note(f"{left_out} more results left out: raise max_tokens, or narrow with path_glob, language or source")
    return sheet.text()


def _passage(hit: Hit, source: str) -> Passage:
    what = f" {hit.symbol} ({hit.kind})" if hit.symbol else ""
    return Passage(
        headline=shown(f"## {hit.path}:{span(hit.start_line, hit.end_line)}{what}{source}"),
        start_line=hit.start_line,
        lines=hit.content.rstrip().split("\n"),
    )


async def grep(asking: Asking) -> Answer:
    """Lines that match a pattern."""
    given = asking.given
    sought = Sought(pattern=given["pattern"], ignore_case=given["ignore_case"], fixed=given["fixed"])
    sheet = await asking.sheet()
    result = await asking.service.files.grep(sought, where=asking.where, context=given["context"], limit=given["limit"])
    return Answer(text=matched_text(sheet, result))


def matched_text(sheet: Sheet, result: GrepResult) -> str:
    """The lines below their files; files that there is no room for are named with how many match in them."""
    remaining = list(result.files)
    while remaining and sheet.put(*_lines(sheet, remaining[0])):
        remaining.pop(0)
    unshown = _begun(sheet, remaining[0]) if remaining else 0
    if unshown:
        remaining.pop(0)
    while remaining and sheet.put(f"{_place(sheet, remaining[0])}: {remaining[0].matches} matching lines"):
        remaining.pop(0)
    if not result.files:
        sheet.put("No line matches. Each line is compared by itself; ignore_case or another pattern may help.")
    sheet.note(_left_out(result, remaining, unshown))
    return sheet.text()


def _place(sheet: Sheet, one: GrepFile) -> str:
    return f"{one.file.path}{sheet.of(one.file.source)}"


def _lines(sheet: Sheet, one: GrepFile) -> list[str]:
    lines = [f"{line.number}{':' if line.matches else '-'}{shown(line.text)}" for line in one.lines]
    return [_place(sheet, one), *lines]


def _begun(sheet: Sheet, one: GrepFile) -> int:
    """Put as many lines of a file as there is room for; gives how many are left out, 0 where not even its name fits."""
    headline, *lines = _lines(sheet, one)
    if not sheet.put(f"{headline}: {one.matches} matching lines, the first:"):
        return 0
    put = 0
    while put < len(lines) and sheet.put(lines[put]):
        put += 1
    return len(lines) - put


def _left_out(result: GrepResult, unnamed: Sequence[GrepFile], unshown: int) -> str:
    parts = []
    if unnamed or unshown:
        parts.append(f"{len(unnamed)} files and {unshown} lines left out: raise max_tokens")
    if result.more:
        parts.append(f"more than {result.matches} lines match: raise limit")
    if result.unread:
        parts.append(f"no time for {result.unread} files")
    return f"{'; '.join(parts)}; or narrow with path_glob, language or source" if parts else ""
