"""ENRICH of a channel: describe its packages where that is wanted, and finish the run."""

from collections.abc import Callable
from datetime import datetime

from kodit.application.indexing.enrich import enrich, finish
from kodit.application.indexing.models import DerivedModels
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.code.marks import Derived
from kodit.domain.enrichment.ports import Describer
from kodit.domain.search.batch_ports import BatchEmbedder
from kodit.domain.search.ports import Embedder, VectorIndex, VectorKind
from kodit.domain.tasks.policy import Done, Outcome
from kodit.domain.tasks.progress import TaskOperation


async def enrich_channel(  # noqa: PLR0913 - each by its name
    work: Work,
    *,
    storage: Storage,
    describer: Describer,
    embedder: Embedder,
    batch_embedder: BatchEmbedder | None,
    vector_index: VectorIndex,
    models: DerivedModels,
    now: Callable[[], datetime],
) -> Outcome:
    """Packages have descriptions of their own; other words than theirs are made only for channels that ask for it."""
    async with storage.read() as unit:
        channel = await unit.channels.of(work.index_id)
        gone = await unit.snippets.gone(work.index_id)
        mark = await unit.snippets.mark(work.index_id, Derived.TEXT_VECTORS, model=models[Derived.TEXT_VECTORS])
    if channel.described:
        return await enrich(
            work,
            storage=storage,
            describer=describer,
            embedder=embedder,
            batch_embedder=batch_embedder,
            vector_index=vector_index,
            models=models,
            now=now,
        )
    async with work.progress.step(TaskOperation.ENRICH_SNIPPETS) as step:
        await step.skip("its packages are described in their own words")
    if gone and mark:
        # What was described while that was wanted leaves the index of descriptions with its package.
        await vector_index.update(
            work.index_id,
            VectorKind.TEXT,
            model=models[Derived.TEXT_VECTORS],
            dimension=embedder.dimension,
            add=(),
            remove=gone,
        )
    await finish(work, storage, now)
    return Done({})
