"""CODE_EMBEDDINGS: embed new snippets."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from kodit.application.indexing.batch_embedding import embedded, jobs_of
from kodit.application.indexing.missing_vectors import MissingVectors
from kodit.application.indexing.models import DerivedModels
from kodit.application.indexing.vectors import VectorFollower
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.code.marks import Derived
from kodit.domain.code.snippet import StoredSnippet
from kodit.domain.search.batch_ports import BatchEmbedder
from kodit.domain.search.embedding import code_text
from kodit.domain.search.ports import Embedder, VectorIndex, VectorKind
from kodit.domain.tasks.policy import Done, Outcome, Snoozed
from kodit.domain.tasks.progress import TaskOperation


async def code_embeddings(
    work: Work,
    *,
    storage: Storage,
    embedder: Embedder,
    batch_embedder: BatchEmbedder | None,
    vector_index: VectorIndex,
    models: DerivedModels,
    now: Callable[[], datetime],
) -> Outcome:
    """Embed what has no vector yet, by the hash of its content, and bring the vector index up to date.

    With a `batch_embedder` this takes several attempts, each of which ends in a snooze while jobs are under way.
    """
    follower = VectorFollower(
        storage=storage,
        embedder=embedder,
        vector_index=vector_index,
        index_id=work.index_id,
        kind=VectorKind.CODE,
        derived=Derived.CODE_VECTORS,
        model=models[Derived.CODE_VECTORS],
    )
    jobs = jobs_of(MissingVectors(storage, embedder), VectorKind.CODE, work, batch_embedder, now)
    async with storage.read() as unit:
        gone = await unit.snippets.gone(work.index_id)
    total = await follower.total()
    # Each snippet is passed twice: when it is embedded, and when the vector index takes it.
    async with work.progress.step(TaskOperation.CREATE_CODE_EMBEDDINGS, total=2 * total) as step:
        came_of_it = await embedded(follower, jobs, _texts, step)
        if isinstance(came_of_it, Snoozed):
            return came_of_it
        await follower.follow(gone, _content_hashes, step, without=came_of_it.refused)
        if jobs is not None:
            await jobs.forget()
        if not total and not gone:
            await step.skip("no new snippets")
    return Done({**came_of_it.counts("code"), "code_vectors_added": total})


async def _texts(page: Sequence[StoredSnippet]) -> Mapping[str, str]:
    snippets = (stored.snippet for stored in page)
    return {snippet.content_hash: code_text(snippet.path, snippet.header, snippet.content) for snippet in snippets}


async def _content_hashes(page: Sequence[StoredSnippet]) -> Mapping[int, str]:
    return {stored.id: stored.snippet.content_hash for stored in page}
