"""Tables: drawn on a terminal, columns of plain text elsewhere."""

from collections.abc import Sequence

from kodit.interfaces.cli.rendering.streams import harmless, is_terminal, say


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Rows below a header. Piped, every row is one line and nothing is cut off."""
    words = [["" if cell is None else str(cell).replace("\n", " ") for cell in row] for row in rows]
    if is_terminal():
        _drawn(header, words)
    else:
        _aligned([[name.upper() for name in header], *words])


def pairs(entries: Sequence[tuple[str, object]]) -> None:
    """Names and what they stand for, one a line."""
    width = max(len(name) for name, _ in entries)
    for name, value in entries:
        say(f"{name:<{width}}  {'-' if value is None else value}")


def _drawn(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*header, box=box.SIMPLE_HEAD, pad_edge=False)
    for column in drawn.columns:
        column.overflow = "fold"
    for row in rows:
        drawn.add_row(*(Text(harmless(cell)) for cell in row))
    Console().print(drawn)


def _aligned(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
