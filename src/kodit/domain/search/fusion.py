"""Making one order of several lists whose scores cannot be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kodit.domain.search.query import Match

K = 10
"""How little the first places stand out.

Cormack, Clarke and Buettcher (SIGIR 2009) fixed 60 on pilot data and saw results hardly change from 10 on. Here boosts
multiply the fused score: at 60 the first and the twentieth place differ by a quarter, and any boost would reverse
them; at 10 they differ threefold, as scores of keyword search do.
"""


@dataclass(frozen=True, slots=True)
class Fused:
    """One snippet's share in all lists.

    `score` lies in (0, 1]; 1 is the first place in every list. `ranks` holds its place, from 1, by the list's name.
    """

    snippet_id: int
    score: float
    ranks: Mapping[str, int]


def fuse(lists: Mapping[str, Sequence[Match]], weights: Mapping[str, float]) -> list[Fused]:
    """Reciprocal rank fusion: each list gives weight / (K + rank), best first, equals by lower id.

    A list without a weight counts 1, one of weight 0 or less and an empty one count nothing. Of a snippet that is
    twice in one list the better place counts.
    """
    ranks: dict[int, dict[str, int]] = {}
    best = 0.0
    # In the order of names, so that floating point adds up alike whichever way the mapping was built.
    for name in sorted(lists):
        if lists[name] and weights.get(name, 1.0) > 0:
            best += weights.get(name, 1.0) / (K + 1)
            for rank, match in enumerate(lists[name], start=1):
                ranks.setdefault(match.snippet_id, {}).setdefault(name, rank)
    fused = [Fused(snippet_id, _score(places, weights) / best, places) for snippet_id, places in ranks.items()]
    return sorted(fused, key=lambda entry: (-entry.score, entry.snippet_id))


def _score(places: Mapping[str, int], weights: Mapping[str, float]) -> float:
    return sum(weights.get(name, 1.0) / (K + rank) for name, rank in places.items())
