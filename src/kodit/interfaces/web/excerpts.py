"""Which lines of an answer are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WHOLE = 12
"""Lines. What has no more is shown as it is."""
WINDOW = 9
"""Lines shown around what was asked for, in what is longer."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The places, from 0, of the lines that are shown, and how many lines are hidden before each of them."""

    places: Sequence[int]
    hidden_before: Sequence[int]
    hidden_after: int


def excerpt(weights: Sequence[int]) -> Excerpt:
    """What of some lines is shown, by how much of what was asked for stands in each: the head, and the densest part."""
    count = len(weights)
    if count <= WHOLE:
        return Excerpt(range(count), [0] * count, 0)
    start = _densest(weights)
    # A gap of one line would take as much room as the line.
    places = list(range(WINDOW + start)) if start <= 2 else [0, *range(start, start + WINDOW)]
    hidden = [right - left - 1 for left, right in pairwise([-1, *places])]
    return Excerpt(places, hidden, count - places[-1] - 1)


def _densest(weights: Sequence[int]) -> int:
    """Where the window with the most of it begins; one line is left above it, where there is one."""
    totals = [sum(weights[start : start + WINDOW]) for start in range(len(weights) - WINDOW + 1)]
    best = max(totals)
    if not best:
        return 0
    start = totals.index(best)
    first = next(at for at in range(start, start + WINDOW) if weights[at])
    return min(max(first - 1, 0), len(totals) - 1)
