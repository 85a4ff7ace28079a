"""What embedding in batches needs from the world."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Protocol

from kodit.domain.search.embedding_job import BatchResult, BatchTerms, EmbeddingJob, JobLook, Laid
from kodit.domain.search.ports import VectorKind


class BatchEmbedder(Protocol):
    """A service that embeds many texts in its own time. Held to tests/contracts/test_batch_embedder.py.

    Its vectors are those that the Embedder of the same model gives. Each method raises Unavailable or RateLimited when
    trying again may help, Refused, InvalidInput or NotFound when it cannot.
    """

    @property
    def terms(self) -> BatchTerms:
        """What it asks of a job."""
        ...

    async def lay(self, token: str, texts: Mapping[str, str]) -> Laid:
        """Put a job's texts, by their keys, where the service finds them; doing it twice is the same as once."""
        ...

    async def start(self, token: str) -> str:
        """Start the job whose texts lie there, and give what the service calls it; a job is started once only.

        Raises NotFound where no texts lie, RateLimited while the service takes no more jobs.
        """
        ...

    async def look(self, name: str) -> JobLook:
        """How a job stands. Raises NotFound where the service knows none of that name."""
        ...

    async def stop(self, name: str) -> None:
        """End a job early; one that has ended already stays as it is."""
        ...

    def results(self, name: str) -> AsyncIterator[Sequence[BatchResult]]:
        """What a job has made, some at a time and in any order. A text of which it says nothing may be missing.

        A vector that is not what the model promises is none.
        """
        ...


class EmbeddingJobRepository(Protocol):
    """Which jobs there are. Held to tests/contracts/test_embedding_job_repository.py."""

    async def of(self, index_id: int, kind: VectorKind, *, model: str) -> Sequence[EmbeddingJob]:
        """The jobs for one kind of vectors of one index, by id."""
        ...

    async def add(self, job: EmbeddingJob) -> EmbeddingJob:
        """Store a new job and give it with its id; one with the same token is given in its place."""
        ...

    async def update(self, job: EmbeddingJob) -> None:
        """Store how a job stands now."""
        ...

    async def forget(self, ids: Collection[int]) -> None:
        """Remove jobs."""
        ...
