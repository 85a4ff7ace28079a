"""ENRICH: describe new snippets in words, embed the descriptions, and finish the run."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from kodit.application.indexing.batch_embedding import BatchEmbedding, Embedded, embedded, jobs_of
from kodit.application.indexing.missing_vectors import MissingVectors
from kodit.application.indexing.models import DerivedModels
from kodit.application.indexing.trailing import Trailing
from kodit.application.indexing.vectors import VectorFollower
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.code.marks import Derived
from kodit.domain.code.snippet import StoredSnippet
from kodit.domain.enrichment.ports import Describer, Enrichment
from kodit.domain.search.batch_ports import BatchEmbedder
from kodit.domain.search.ports import Embedder, VectorIndex, VectorKind
from kodit.domain.tasks.policy import Done, Outcome, Snoozed
from kodit.domain.tasks.progress import TaskOperation


async def enrich(  # noqa: PLR0913 - each by its name
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
    """Descriptions are kept by the hash of what they describe, so nothing is described twice."""
    follower = VectorFollower(
        storage=storage,
        embedder=embedder,
        vector_index=vector_index,
        index_id=work.index_id,
        kind=VectorKind.TEXT,
        derived=Derived.TEXT_VECTORS,
        model=models[Derived.TEXT_VECTORS],
    )
    jobs = jobs_of(MissingVectors(storage, embedder), VectorKind.TEXT, work, batch_embedder, now)
    if jobs is not None and (waiting := await jobs.look()):
        # What was described is with the service by now.
        return waiting
    total = await follower.total()
    described = await _describe(work, storage, describer, follower, total)
    came_of_it = await _embed(work, storage, describer, follower, jobs)
    if isinstance(came_of_it, Snoozed):
        return came_of_it
    await finish(work, storage, now)
    return Done({"described": described, **came_of_it.counts("text")})


async def _describe(work: Work, storage: Storage, describer: Describer, follower: VectorFollower, total: int) -> int:
    """Describe what has no description yet; a batch is stored while the next one is described."""

    async def store(texts: Mapping[str, Enrichment], passed: int) -> None:
        if texts:
            async with storage.write() as unit:
                await unit.enrichments.add(texts, model=describer.model)
        await step.advance(passed)

    described = 0
    on_the_way: Mapping[str, Enrichment] = {}
    async with work.progress.step(TaskOperation.ENRICH_SNIPPETS, total=total) as step:
        async with Trailing() as storing:
            async for page in follower.pages():
                for start in range(0, len(page), describer.batch):
                    part = page[start : start + describer.batch]
                    on_the_way = await _described(storage, describer, part, on_the_way)
                    await storing.give(store(on_the_way, len(part)))
                    described += len(on_the_way)
        if not total:
            await step.skip("no new snippets")
    return described


async def _described(
    storage: Storage, describer: Describer, page: Sequence[StoredSnippet], on_the_way: Collection[str]
) -> Mapping[str, Enrichment]:
    """Descriptions of what has none, neither stored nor on the way there."""
    by_hash = {stored.snippet.content_hash: stored.snippet for stored in page}
    async with storage.read() as unit:
        known = {*await unit.enrichments.get(by_hash, model=describer.model), *on_the_way}
    missing = {key: snippet for key, snippet in by_hash.items() if key not in known}
    texts = await describer.describe(list(missing.values())) if missing else ()
    return {key: _enrichment(text) for key, text in zip(missing, texts, strict=True)}


async def _embed(
    work: Work, storage: Storage, describer: Describer, follower: VectorFollower, jobs: BatchEmbedding | None
) -> Embedded | Snoozed:
    async def enrichments(page: Sequence[StoredSnippet]) -> Mapping[str, Enrichment]:
        async with storage.read() as unit:
            return await unit.enrichments.get([stored.snippet.content_hash for stored in page], model=describer.model)

    async def text_hashes(page: Sequence[StoredSnippet]) -> Mapping[int, str]:
        found = await enrichments(page)
        return {stored.id: found[stored.snippet.content_hash].text_hash for stored in page}

    async def texts(page: Sequence[StoredSnippet]) -> Mapping[str, str]:
        return {text.text_hash: text.text for text in (await enrichments(page)).values()}

    async with storage.read() as unit:
        gone = await unit.snippets.gone(work.index_id)
    total = await follower.total()
    async with work.progress.step(TaskOperation.CREATE_TEXT_EMBEDDINGS, total=2 * total) as step:
        came_of_it = await embedded(follower, jobs, texts, step)
        if isinstance(came_of_it, Snoozed):
            return came_of_it
        await follower.follow(gone, text_hashes, step, without=came_of_it.refused)
        if jobs is not None:
            await jobs.forget()
        if not total and not gone:
            await step.skip("no new snippets")
    return came_of_it


async def finish(work: Work, storage: Storage, now: Callable[[], datetime]) -> None:
    """Say that the source is indexed, and that every phase has let go of what changed."""
    async with work.progress.step(TaskOperation.UPDATE_INDEX_TIMESTAMP), storage.write() as unit:
        source = await unit.sources.get(work.index_id)
        await unit.sources.update(replace(source, indexed_at=now()))
    async with work.progress.step(TaskOperation.CLEAR_FILE_PROCESSING_STATUSES), storage.write() as unit:
        await unit.files.clear_statuses(work.index_id)
        await unit.snippets.forget_gone(work.index_id)


def _enrichment(text: str) -> Enrichment:
    return Enrichment(text, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
