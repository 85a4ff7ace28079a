"""ENRICH: describe new snippets in words, embed the descriptions, and finish the run."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from kodit.application.indexing.models import DerivedModels
from kodit.application.indexing.vectors import VectorFollower
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.code.marks import Derived
from kodit.domain.code.snippet import StoredSnippet
from kodit.domain.enrichment.ports import Describer, Enrichment
from kodit.domain.search.ports import Embedder, VectorIndex, VectorKind
from kodit.domain.tasks.policy import Done, Outcome
from kodit.domain.tasks.progress import TaskOperation


async def enrich(
    work: Work,
    *,
    storage: Storage,
    describer: Describer,
    embedder: Embedder,
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
    total = await follower.total()
    described = await _describe(work, storage, describer, follower, total)
    embedded = await _embed(work, storage, describer, follower, total)
    await _finish(work, storage, now)
    return Done({"described": described, "text_embedded": embedded})


async def _describe(work: Work, storage: Storage, describer: Describer, follower: VectorFollower, total: int) -> int:
    described = 0
    async with work.progress.step(TaskOperation.ENRICH_SNIPPETS, total=total) as step:
        async for page in follower.pages():
            for start in range(0, len(page), describer.batch):
                part = page[start : start + describer.batch]
                described += await _describe_missing(storage, describer, part)
                await step.advance(len(part))
        if not total:
            await step.skip("no new snippets")
    return described


async def _describe_missing(storage: Storage, describer: Describer, page: Sequence[StoredSnippet]) -> int:
    by_hash = {stored.snippet.content_hash: stored.snippet for stored in page}
    async with storage.read() as unit:
        known = await unit.enrichments.get(by_hash, model=describer.model)
    missing = {key: snippet for key, snippet in by_hash.items() if key not in known}
    if missing:
        texts = await describer.describe(list(missing.values()))
        described = {key: _enrichment(text) for key, text in zip(missing, texts, strict=True)}
        async with storage.write() as unit:
            await unit.enrichments.add(described, model=describer.model)
    return len(missing)


async def _embed(work: Work, storage: Storage, describer: Describer, follower: VectorFollower, total: int) -> int:
    async def enrichments(page: Sequence[StoredSnippet]) -> Mapping[str, Enrichment]:
        async with storage.read() as unit:
            return await unit.enrichments.get([stored.snippet.content_hash for stored in page], model=describer.model)

    async def text_hashes(page: Sequence[StoredSnippet]) -> Mapping[int, str]:
        texts = await enrichments(page)
        return {stored.id: texts[stored.snippet.content_hash].text_hash for stored in page}

    async with storage.read() as unit:
        gone = await unit.snippets.gone(work.index_id)
    embedded = 0
    async with work.progress.step(TaskOperation.CREATE_TEXT_EMBEDDINGS, total=2 * total) as step:
        async for page in follower.pages():
            texts = (await enrichments(page)).values()
            embedded += await follower.embed({text.text_hash: text.text for text in texts})
            await step.advance(len(page))
        await follower.follow(gone, text_hashes, step)
        if not total and not gone:
            await step.skip("no new snippets")
    return embedded


async def _finish(work: Work, storage: Storage, now: Callable[[], datetime]) -> None:
    async with work.progress.step(TaskOperation.UPDATE_INDEX_TIMESTAMP), storage.write() as unit:
        source = await unit.sources.get(work.index_id)
        await unit.sources.update(replace(source, indexed_at=now()))
    async with work.progress.step(TaskOperation.CLEAR_FILE_PROCESSING_STATUSES), storage.write() as unit:
        await unit.files.clear_statuses(work.index_id)
        await unit.snippets.forget_gone(work.index_id)


def _enrichment(text: str) -> Enrichment:
    return Enrichment(text, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
