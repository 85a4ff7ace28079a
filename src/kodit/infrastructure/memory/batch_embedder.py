"""A service that embeds in batches, within one process: the specification."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta

from kodit.domain.errors import NotFound
from kodit.domain.search.embedding_job import BatchResult, BatchTerms, JobLook, JobState, Laid
from kodit.domain.search.ports import Embedder

_TERMS = BatchTerms(
    service="memory",
    least=3,
    most=10,
    characters=100_000,
    interval=timedelta(seconds=1),
    patience=timedelta(minutes=1),
    remedy="wait",
)
_AT_ONCE = 4
"""Results given at a time: few, so that several times are usual."""


class MemoryBatchEmbedder:
    """Implements BatchEmbedder over an embedder. A job has ended as soon as somebody looks at it.

    What it embeds nothing of is what its embedder gives the zero vector.
    """

    def __init__(self, embedder: Embedder, terms: BatchTerms = _TERMS) -> None:
        self._embedder = embedder
        self._terms = terms
        self._lying: dict[str, Mapping[str, str]] = {}
        self._states: dict[str, JobState] = {}

    @property
    def terms(self) -> BatchTerms:
        """See the port."""
        return self._terms

    async def lay(self, token: str, texts: Mapping[str, str]) -> Laid:
        """See the port."""
        self._lying[token] = dict(texts)
        return Laid(reads_from=f"memory:{token}", writes_to=f"memory:{token}")

    async def start(self, token: str) -> str:
        """See the port."""
        if token not in self._lying:
            raise NotFound(f"no texts lie under {token}")
        self._states.setdefault(token, JobState.RUNNING)
        return token

    async def look(self, name: str) -> JobLook:
        """See the port."""
        if name not in self._states:
            raise NotFound(f"there is no job {name}")
        if self._states[name] is JobState.RUNNING:
            self._states[name] = JobState.ENDED
        return JobLook(state=self._states[name], said=self._states[name].value)

    async def stop(self, name: str) -> None:
        """See the port."""
        if self._states.get(name) is JobState.RUNNING:
            self._states[name] = JobState.STOPPED

    async def results(self, name: str) -> AsyncIterator[Sequence[BatchResult]]:
        """See the port."""
        if self._states.get(name) is not JobState.ENDED:
            return
        # In another order than they were given in: nobody may rely on that one.
        keys = sorted(self._lying[name], reverse=True)
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            vectors = await self._embedder.embed([self._lying[name][key] for key in some])
            yield [
                BatchResult(key=key, vector=vector) if any(vector) else BatchResult(key=key, message="no words")
                for key, vector in zip(some, vectors, strict=True)
            ]
