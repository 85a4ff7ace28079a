"""`read_file`, `outline`, `find_definition` and `find_references`."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from kodit.application.asking.answers import Definitions, Outline, Uses
from kodit.application.asking.rows import FoundAlias, FoundReference, FoundSymbol
from kodit.application.asking.where import Where
from kodit.application.files.file_reading import FileLines
from kodit.domain.errors import NotFound
from kodit.interfaces.mcp.asking import Answer, Asking
from kodit.interfaces.mcp.passages import Passage, put_passages
from kodit.interfaces.mcp.sheet import Sheet, cost, shown, span

SHOWN_DEFINITIONS = 5
"""So many definitions of one name are shown with their code."""


async def read_file(asking: Asking) -> Answer:
    """The lines of a file."""
    given = asking.given
    read = await asking.service.files.lines(
        given["path"], start_line=given["start_line"], end_line=given["end_line"], where=Where(sources=asking.sources)
    )
    return Answer(text=lines_text(await asking.sheet(read.file.source), read))


def lines_text(sheet: Sheet, read: FileLines) -> str:
    """Lines behind their numbers."""
    sheet.put(shown(f"{read.file.path} in {read.file.source}, {read.total} lines"))
    for number, line in enumerate(read.lines, read.start_line):
        if not sheet.put(f"{number}\t{shown(line)}"):
            sheet.note(f"lines {number}-{read.end_line} left out: read on with start_line={number}")
            break
    return sheet.text()


async def outline(asking: Asking) -> Answer:
    """What a file defines."""
    found = await asking.service.code.outline(asking.given["path"], where=Where(sources=asking.sources))
    return Answer(text=outline_text(await asking.sheet(found.file.source), found))


def outline_text(sheet: Sheet, found: Outline) -> str:
    """Symbols, each below what encloses it; of too many, those that enclose others before what they enclose."""
    depths = _depths(found.symbols)
    sheet.put(shown(f"{found.file.path} in {found.file.source}, {found.file.language or 'no language'}"))
    if not found.symbols:
        sheet.put("It defines nothing that kodit knows of: read_file shows it.")
    lines = [
        f"{'  ' * min(depth, 20)}{span(symbol.start_line, symbol.end_line)} {_head(symbol)}"
        for symbol, depth in zip(found.symbols, depths, strict=True)
    ]
    chosen: list[str] = []
    for deepest in range(max(depths, default=0), -1, -1):
        chosen = [line for line, depth in zip(lines, depths, strict=True) if depth <= deepest]
        if sum(map(cost, chosen)) <= sheet.left:
            break
    left_out = len(lines) - len(chosen) + _put_all(sheet, chosen)
    if left_out:
        sheet.note(f"{left_out} more symbols left out: raise max_tokens")
    return sheet.text()


def _depths(symbols: Sequence[FoundSymbol]) -> list[int]:
    depth_of: dict[int, int] = {}
    for symbol in symbols:
        depth_of[symbol.id] = depth_of.get(symbol.parent_id or 0, -1) + 1
    return list(depth_of.values())


def _head(symbol: FoundSymbol) -> str:
    head = " ".join(symbol.signature.split()) or symbol.name
    return shown(head if symbol.name in head and symbol.kind.value in head else f"{symbol.kind} {head}")


async def find_definition(asking: Asking) -> Answer:
    """Where something is defined."""
    found = await asking.service.code.definition(asking.given["name"], where=Where(sources=asking.sources))
    sheet = await asking.sheet()
    codes = [await _code_of(asking, symbol) for symbol in found.symbols[:SHOWN_DEFINITIONS]]
    return Answer(text=definitions_text(sheet, found, codes))


async def _code_of(asking: Asking, symbol: FoundSymbol) -> Sequence[str]:
    try:
        read = await asking.service.files.lines(
            symbol.path,
            start_line=symbol.start_line,
            end_line=symbol.end_line,
            where=Where(sources=(symbol.source,), paths=()),
        )
    except NotFound:
        # It was indexed anew a moment ago, without its text.
        return symbol.signature.split("\n")
    return read.lines


def definitions_text(sheet: Sheet, found: Definitions, codes: Sequence[Sequence[str]]) -> str:
    """Each definition with its code, as far as there is room; `codes` are those of the first ones."""
    if not found.exact:
        sheet.put(shown(f"Nothing is called exactly {found.asked}; these differ in case:"))
    texts = [*codes, *([()] * (len(found.symbols) - len(codes)))]
    passages = [
        Passage(headline=_headline(symbol, sheet.of(symbol.source)), start_line=symbol.start_line, lines=lines)
        for symbol, lines in zip(found.symbols, texts, strict=True)
    ]
    left_out = put_passages(sheet, passages)
    left_out += _put_all(sheet, [_meaning(one, sheet.of(one.source)) for one in found.references])
    if not found.symbols:
        left_out += _put_all(sheet, [_made_known(one, sheet.of(one.source)) for one in found.aliases])
    if left_out:
        sheet.note(f"{left_out} more left out: raise max_tokens, name more of it (Class.method), or give source")
    return sheet.text()


def _headline(symbol: FoundSymbol, source: str) -> str:
    place = f"{symbol.path}:{span(symbol.start_line, symbol.end_line)}"
    return shown(f"## {place} {symbol.qualified_name} ({symbol.kind}){source}")


def _meaning(reference: FoundReference, source: str) -> str:
    means = f"is from outside: {reference.external}" if reference.external else "could not be resolved"
    return shown(f"{reference.path}:{reference.line}{source} {reference.name} {means}")


def _made_known(alias: FoundAlias, source: str) -> str:
    means = f"is the file {alias.leads_to}" if alias.leads_to else f"is from outside: {alias.external}"
    return shown(f"{alias.path}:{alias.line}{source} {alias.local} {means}")


async def find_references(asking: Asking) -> Answer:
    """Where something is used."""
    found = await asking.service.code.references(asking.given["name"], where=asking.where, limit=asking.given["limit"])
    return Answer(text=uses_text(await asking.sheet(), found))


def uses_text(sheet: Sheet, found: Uses) -> str:
    """What is meant, then where it is used, by file; last what may mean something else."""
    places = [*found.references, *found.outside, *found.unresolved]
    meant = found.symbols[:SHOWN_DEFINITIONS]
    left_out = _put_all(sheet, (_headline(symbol, sheet.of(symbol.source)) for symbol in meant))
    if not places:
        sheet.put("Nothing that is indexed uses it.")
    left_out += _put_uses(sheet, (*found.references, *found.outside))
    if found.unresolved:
        sheet.put("Bear the name, and may mean something else:")
        left_out += _put_uses(sheet, found.unresolved)
    parts = [f"{left_out} lines left out: raise max_tokens"] if left_out else []
    if found.more:
        parts.append("there are more: raise limit")
    if found.unlinked:
        parts.append(f"{found.unlinked} files are not linked yet")
    sheet.note("; ".join(parts) + ("; or narrow with path_glob or source" if left_out or found.more else ""))
    return sheet.text()


def _put_uses(sheet: Sheet, references: Sequence[FoundReference]) -> int:
    def place(reference: FoundReference) -> str:
        return f"{reference.path}{sheet.of(reference.source)}"

    left_out = 0
    for heading, inside in groupby(references, place):
        left_out += _put_all(sheet, [shown(heading), *map(_use, inside)])
    return left_out


def _use(reference: FoundReference) -> str:
    inside = f" in {reference.inside}" if reference.inside else ""
    return shown(f"{reference.line}: {reference.kind}{inside}: {reference.text.strip() or reference.name}")


def _put_all(sheet: Sheet, lines: Iterable[str]) -> int:
    """Put the lines as long as there is room; gives how many are left out."""
    remaining = list(lines)
    while remaining and sheet.put(remaining[0]):
        remaining.pop(0)
    return len(remaining)
