"""What a change may reach: who uses something, who uses those, and so on."""

from collections.abc import Collection, Sequence

from kodit.application.asking.answers import Reached
from kodit.application.asking.ports import CodeGraph
from kodit.application.asking.rows import FoundFile, FoundSymbol, Use

Step = tuple[int, int | None, int, int]
"""How far away, the symbol or None, its file, and the line."""


async def impact_of_symbols(
    graph: CodeGraph, symbol_ids: Collection[int], *, depth: int | None
) -> tuple[Sequence[Reached], bool]:
    """Who uses these symbols or what they enclose, and so on; and whether there is more beyond the depth.

    What stands outside of all symbols of a file is reached, and nothing goes on from there: who imports the file need
    not use what does.
    """
    frontier = await graph.enclosed(symbol_ids)
    seen = set(frontier)
    files: set[int] = set()
    steps: list[Step] = []
    distance = 0
    while frontier:
        uses = _worth_telling(await graph.users_of(frontier), seen, files)
        if distance == depth:
            return await _reached(graph, steps), bool(uses)
        distance += 1
        fresh: dict[int, Use] = {}
        for use in uses:
            if use.user_id is None:
                files.add(use.file_id)
                steps.append((distance, None, use.file_id, use.line))
            else:
                fresh[use.user_id] = min(fresh.get(use.user_id, use), use, key=lambda one: one.line)
        steps += [(distance, use.user_id, use.file_id, use.line) for use in fresh.values()]
        frontier = frozenset(fresh)
        seen |= frontier
    return await _reached(graph, steps), False


def _worth_telling(uses: Sequence[Use], seen: Collection[int], files: Collection[int]) -> Sequence[Use]:
    """Those that were not there before; that a file imports what its symbols use goes without saying."""
    at_work = {use.file_id for use in uses if not use.only_imported}
    loose: dict[int, Use] = {}
    fresh: list[Use] = []
    for use in uses:
        if use.user_id is not None:
            if use.user_id not in seen:
                fresh.append(use)
        elif use.file_id not in files and not (use.only_imported and use.file_id in at_work):
            loose[use.file_id] = min(loose.get(use.file_id, use), use, key=lambda one: one.line)
    return [*fresh, *loose.values()]


async def impact_of_file(graph: CodeGraph, file_id: int, *, depth: int | None) -> tuple[Sequence[Reached], bool]:
    """Which files need this one, which need those, and so on; and whether there is more beyond the depth."""
    seen = {file_id}
    frontier = frozenset(seen)
    steps: list[Step] = []
    distance = 0
    while frontier:
        edges = [edge for edge in await graph.needing(frontier) if edge.from_id not in seen]
        if distance == depth:
            return await _reached(graph, steps), bool(edges)
        distance += 1
        lines: dict[int, int] = {}
        for edge in edges:
            lines[edge.from_id] = min(lines.get(edge.from_id, edge.line), edge.line)
        steps += [(distance, None, from_id, line) for from_id, line in lines.items()]
        frontier = frozenset(lines)
        seen |= frontier
    return await _reached(graph, steps), False


async def _reached(graph: CodeGraph, steps: Sequence[Step]) -> Sequence[Reached]:
    files = await graph.files_with_ids({file_id for _, _, file_id, _ in steps})
    symbols = await graph.symbols_with_ids({symbol_id for _, symbol_id, _, _ in steps if symbol_id is not None})
    found = [
        Reached(
            distance=distance,
            file=files[file_id],
            symbol=None if symbol_id is None else symbols[symbol_id],
            line=line,
        )
        for distance, symbol_id, file_id, line in steps
        # What is indexed meanwhile may be gone.
        if file_id in files and (symbol_id is None or symbol_id in symbols)
    ]
    return sorted(found, key=_order)


def _order(reached: Reached) -> tuple[int, str, str, int]:
    file: FoundFile = reached.file
    symbol: FoundSymbol | None = reached.symbol
    return reached.distance, file.source, file.path, symbol.start_line if symbol else reached.line
