"""Which segments of the keyword index to merge.

Every update writes a segment of its own, and a segment is never changed. Merging keeps them few, so that a token's
postings stand together, and drops the postings of documents that are gone.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping

FAN = 8
"""Segments of about one size that are merged into one: a posting is written again once for each power of this."""

GARBAGE = 0.5
"""Dead documents for each living one from which everything is merged."""

_TOO_FEW = 1_000
"""Dead documents that never matter."""


def due(segments: Mapping[int, int], living: int) -> Collection[int]:
    """The ids of the segments to merge into one, given each one's documents when written and the documents alive."""
    if sum(segments.values()) - living > max(_TOO_FEW, GARBAGE * living):
        return list(segments)
    levels: defaultdict[int, list[int]] = defaultdict(list)
    for segment, documents in segments.items():
        levels[_level(documents)].append(segment)
    full = [level for level, held in levels.items() if len(held) >= FAN]
    return [segment for level, held in levels.items() if level <= max(full, default=-1) for segment in held]


def _level(documents: int) -> int:
    level = 0
    while documents >= FAN:
        documents //= FAN
        level += 1
    return level
