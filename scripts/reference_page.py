"""How every page of docs/reference/ looks."""

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows below a head."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def page(title: str, *parts: str) -> str:
    """A page of these parts."""
    note = "<!-- Written by scripts/docs.py from the code; change the code instead. -->"
    return "\n\n".join(part.strip() for part in (f"# {title}", note, *parts)) + "\n"
