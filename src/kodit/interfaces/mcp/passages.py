"""Pieces of code, so that the best ones are shown at length and all of them at least by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from kodit.interfaces.mcp.sheet import Sheet, cost, shown, span

_FEWEST_LINES = 3
"""Fewer lines of a longer piece say too little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Some lines of a file below a headline; the first line has the number `start_line`."""

    headline: str
    start_line: int
    lines: Sequence[str]


def put_passages(sheet: Sheet, passages: Sequence[Passage]) -> int:
    """Put as many as there is room for, the first at greatest length; gives how many are left out.

    Headlines have half of the room at most. Of what is then left each piece takes at most half, so that a long one
    leaves something for the next.
    """
    named = _named(passages, sheet.left // 2)
    room = sheet.left - sum(cost(one.headline) for one in named)
    for position, passage in enumerate(named):
        code = _excerpt(passage, room if position == len(named) - 1 else max(room // 2, min(room, 600)))
        room -= sum(map(cost, code))
        sheet.put(passage.headline, *code)
    return len(passages) - len(named)


def _named(passages: Sequence[Passage], room: int) -> Sequence[Passage]:
    for number, passage in enumerate(passages):
        room -= cost(passage.headline)
        if room < 0:
            return passages[:number]
    return passages


def _excerpt(passage: Passage, room: int) -> list[str]:
    """The lines that there is room for, with a word about the others."""
    lines = [shown(line) for line in passage.lines]
    if sum(map(cost, lines)) <= room:
        return lines
    kept: list[str] = []
    # What says how to go on is told in the same room.
    room -= cost(_rest(passage, 0))
    for line in lines:
        room -= cost(line)
        if room < 0:
            break
        kept.append(line)
    return [*kept, _rest(passage, len(kept))] if len(kept) >= _FEWEST_LINES else []


def _rest(passage: Passage, kept: int) -> str:
    last = passage.start_line + len(passage.lines) - 1
    return f"… read_file has {span(passage.start_line + kept, last)}"
