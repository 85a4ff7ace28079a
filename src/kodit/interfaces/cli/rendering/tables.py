"""Tables: drawn on a terminal, columns of plain text elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from kodit.interfaces.cli.rendering.streams import harmless, is_terminal, notice, say

BETWEEN = 3
"""What the drawing puts between two columns, in characters."""
AROUND = 2
"""What it puts around all of them."""
NARROWEST = 12
"""The least room that a column which gives way is shown in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How a table is drawn where not all of it has room.

    `first` are the columns in order of importance: the last are left out first. `elastic` takes the room that is
    left, cut in the middle, or on several lines where it `folds`, and is not shown in less room than `least`.
    """

    first: Sequence[str]
    elastic: str | None = None
    folds: bool = False
    least: int = NARROWEST


@dataclass(frozen=True, slots=True)
class Fitted:
    """What there is room for, in the table's own order, and the names of the columns that are left out."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    missing: Sequence[str]


def table(header: Sequence[str], rows: Sequence[Sequence[object]], *, fit: Fit | None = None) -> None:
    """Rows below a header. Piped, every row is one line and nothing is cut off."""
    words = [["" if cell is None else str(cell).replace("\n", " ") for cell in row] for row in rows]
    if is_terminal():
        _drawn(header, words, fit)
    else:
        _aligned([[name.upper() for name in header], *words])


def pairs(entries: Sequence[tuple[str, object]]) -> None:
    """Names and what they stand for, one a line."""
    width = max(len(name) for name, _ in entries)
    for name, value in entries:
        say(f"{name:<{width}}  {'-' if value is None else value}")


def fitted(header: Sequence[str], rows: Sequence[Sequence[str]], *, fit: Fit, width: int) -> Fitted:
    """The most important columns that have room in so many characters; the most important one always has."""
    natural = {name: max(len(cell) for cell in (name, *column)) for name, *column in zip(header, *rows, strict=True)}
    # A long name must not take the room of all the rest; it goes on below.
    natural[fit.first[0]] = min(natural[fit.first[0]], max(NARROWEST, width // 3))
    chosen: dict[str, int] = {}
    left = width - AROUND
    for name in fit.first:
        least = min(natural[name], fit.least) if name == fit.elastic else natural[name]
        needed = least + (BETWEEN if chosen else 0)
        if needed > left and chosen:
            break
        chosen[name] = least
        left -= needed
    if fit.elastic is not None and fit.elastic in chosen:
        chosen[fit.elastic] = min(natural[fit.elastic], chosen[fit.elastic] + max(left, 0))
    places = [place for place, name in enumerate(header) if name in chosen]
    cut = -1 if fit.folds or fit.elastic not in chosen else header.index(fit.elastic)
    return Fitted(
        header=[header[place] for place in places],
        rows=[[shortened(row[at], chosen[header[at]]) if at == cut else row[at] for at in places] for row in rows],
        widths=[chosen[header[place]] for place in places],
        missing=[name for name in header if name not in chosen],
    )


def shortened(text: str, width: int) -> str:
    """The text in at most so many characters: the middle gives way, as a path says most at its ends."""
    if len(text) <= width:
        return text
    tail = width * 2 // 3
    return f"{text[: max(width - tail - 1, 0)]}…{text[len(text) - tail :]}"


def _drawn(header: Sequence[str], rows: Sequence[Sequence[str]], fit: Fit | None) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    shown = None if fit is None else fitted(header, rows, fit=fit, width=console.width)
    drawn = Table(*(shown.header if shown else header), box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(drawn.columns):
        column.overflow = "fold"
        column.width = shown.widths[place] if shown else None
    for row in shown.rows if shown else rows:
        drawn.add_row(*(Text(harmless(cell)) for cell in row))
    console.print(drawn)
    if shown and shown.missing:
        notice(f"left out for lack of room: {', '.join(shown.missing)}; --json has everything")


def _aligned(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
