"""Nearest neighbours in memory, one multiplication at a time: what the memory-mapped index is held against."""

import heapq
import sys
from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from operator import mul

from kodit.domain.errors import InvalidInput
from kodit.domain.search.ports import Vector, VectorKind
from kodit.domain.search.query import Match


@dataclass(slots=True)
class _Held:
    """The vectors of one index and kind: snippet id -> (file id, vector)."""

    model: str
    dimension: int
    rows: dict[int, tuple[int, Vector]] = field(default_factory=dict)


class MemoryVectorIndex:
    """The executable specification of a vector index: it forgets everything with its process."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, VectorKind], _Held] = {}

    async def held(self, index_id: int, kind: VectorKind, *, model: str) -> frozenset[int]:
        """See the port."""
        held = self._held.get((index_id, kind))
        return frozenset(held.rows) if held and held.model == model else frozenset()

    async def update(
        self,
        index_id: int,
        kind: VectorKind,
        *,
        model: str,
        dimension: int,
        add: Iterable[tuple[int, int, Vector]],
        remove: Collection[int],
    ) -> None:
        """See the port."""
        added = {snippet_id: (file_id, vector) for snippet_id, file_id, vector in add}
        if any(len(vector) != 4 * dimension for _, vector in added.values()):
            raise InvalidInput(f"a vector does not have the {dimension} dimensions of its model {model}")
        held = self._held.get((index_id, kind))
        if held is None or (held.model, held.dimension) != (model, dimension):
            held = self._held[index_id, kind] = _Held(model, dimension)
        for snippet_id in remove:
            held.rows.pop(snippet_id, None)
        held.rows |= added

    async def search(
        self,
        vector: Vector,
        *,
        kind: VectorKind,
        model: str,
        index_ids: Collection[int],
        file_ids: Collection[int] | None,
        snippet_ids: Collection[int] | None = None,
        limit: int,
    ) -> Sequence[Match]:
        """See the port."""
        asked = _numbers(vector)
        found: list[Match] = []
        for index_id in set(index_ids):
            held = self._held.get((index_id, kind))
            if held is None or (held.model, 4 * held.dimension) != (model, len(vector)) or not any(asked):
                continue
            for snippet_id, (file_id, candidate) in held.rows.items():
                numbers = _numbers(candidate)
                passes = _among(file_id, file_ids) and _among(snippet_id, snippet_ids)
                if any(numbers) and passes:
                    found.append(Match(snippet_id, sum(map(mul, numbers, asked))))
        return heapq.nsmallest(limit, found, key=lambda match: (-match.score, match.snippet_id))

    async def clear(self, index_id: int) -> None:
        """See the port."""
        for kind in VectorKind:
            self._held.pop((index_id, kind), None)


def _among(one: int, some: Collection[int] | None) -> bool:
    return some is None or one in some


def _numbers(vector: Vector) -> "array[float]":
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
