"""The tables: a line for each contestant, and what kodit is worth against each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.queue.measures import Cell, percentiles

OURS = "kodit"


@dataclass
class Table:
    """One measurement's figures on one database. `more_is_better` says how to read a ratio."""

    title: str
    columns: Sequence[str]
    more_is_better: bool
    cells: dict[str, list[Cell]] = field(default_factory=dict)
    fsyncs: list[float] = field(default_factory=list)
    """Seconds of those that were tried between the measurements."""

    def lines(self) -> Sequence[str]:
        """The figures, and then the ratios of kodit to every other."""
        if not self.cells:
            return ()
        ours = next((cells for name, cells in self.cells.items() if name.startswith(OURS)), None)
        median, worst = percentiles(self.fsyncs)
        told = [
            f"### {self.title}",
            "",
            f"Meanwhile an fsync took {_figure(median)} ms, and {_figure(worst)} at p99.",
            "",
        ]
        told += _head("", self.columns)
        told += [_line(name, [_figure(cell) for cell in cells]) for name, cells in self.cells.items()]
        if ours is None or len(self.cells) == 1:
            return [*told, ""]
        better = "more" if self.more_is_better else "less"
        told += ["", *_head(f"kodit / ... ({better} is better)", self.columns)]
        for name, cells in self.cells.items():
            if cells is not ours:
                told.append(_line(name, [_ratio(our, cell) for our, cell in zip(ours, cells, strict=True)]))
        return [*told, ""]


def absent(missing: Mapping[str, str]) -> Sequence[str]:
    """Which contestants gave no figures at all, and why."""
    return [f"- {name}: {reason}" for name, reason in missing.items()]


def _head(first: str, columns: Sequence[str]) -> Sequence[str]:
    return [_line(first, columns), "|" + "---|" * (len(columns) + 1)]


def _line(first: str, cells: Sequence[str]) -> str:
    return f"| {first} | " + " | ".join(cells) + " |"


def _figure(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell:,.0f}" if cell >= 100 else f"{cell:.2f}"


def _ratio(our: Cell, other: Cell) -> str:
    if isinstance(our, str) or isinstance(other, str) or not other:
        return "-"
    return f"{our / other:.2f}"
