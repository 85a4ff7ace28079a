"""EXPORT: write an index as files."""

from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime

from kodit.application.artifacts.export_order import ExportOrder
from kodit.application.artifacts.index_entries import IndexEntries
from kodit.application.artifacts.remaking import Remaking
from kodit.application.reports import how_to_index
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.artifacts.artifact import ArtifactContents, Origin
from kodit.domain.artifacts.ports import ArtifactWriter, OpenArtifact, Step
from kodit.domain.errors import NothingIndexed
from kodit.domain.search.batch_ports import BatchEmbedder
from kodit.domain.search.ports import Embedder
from kodit.domain.sources.location import without_credentials
from kodit.domain.sources.source import Source, SourceKind
from kodit.domain.tasks.policy import Done, Outcome
from kodit.domain.tasks.progress import TaskOperation


async def export(
    work: Work,
    *,
    storage: Storage,
    embedder: Embedder,
    batch_embedder: BatchEmbedder | None,
    artifact_writer: ArtifactWriter,
    open_artifact: OpenArtifact,
    now: Callable[[], datetime],
) -> Outcome:
    """Write what the order says; the files take their places when all of them are whole."""
    order = ExportOrder.of(work.payload)
    if order.made_from is not None:
        remaking = Remaking(
            storage=storage,
            embedder=embedder,
            batch_embedder=batch_embedder,
            artifact_writer=artifact_writer,
            open_artifact=open_artifact,
            now=now,
        )
        return await remaking.remade(work, order, order.made_from)
    async with storage.read() as unit:
        source = await unit.sources.get(work.index_id)
        origin = await _origin(unit, source, embedder if order.embeddings else None)
        # Vectors are made after the packages were read, and may be left to somebody else.
        is_there = source.indexed_at is not None or (not order.embeddings and await _is_read(unit, source))
    if not is_there:
        raise NothingIndexed(f"{source.name} is not indexed yet", remedy=f"index it: {how_to_index(source)}")
    entries = IndexEntries(storage=storage, source=source, model=origin.model, dimension=origin.dimension)
    step = _with_total(work.progress.step, await entries.count())
    async with aclosing(entries.pages()) as pages:
        artifacts = await artifact_writer.write(order.targets, origin, pages, order.terms, step)
    return Done({"artifacts_built": len(artifacts), "entries_exported": artifacts[0].manifest.entries})


async def _origin(unit: UnitOfWork, source: Source, embedder: Embedder | None) -> Origin:
    is_channel = source.kind is SourceKind.NIXPKGS_CHANNEL
    channel = await unit.channels.of(source.id) if is_channel else None
    return Origin(
        contents=ArtifactContents.PACKAGES if is_channel else ArtifactContents.CODE,
        source=source.name,
        location=without_credentials(source.as_told.location),
        release=source.commit,
        release_name=channel.release_name if channel else None,
        indexed_at=source.indexed_at,
        model=embedder.model if embedder else None,
        dimension=embedder.dimension if embedder else None,
    )


async def _is_read(unit: UnitOfWork, source: Source) -> bool:
    is_channel = source.kind is SourceKind.NIXPKGS_CHANNEL
    return is_channel and (await unit.channels.of(source.id)).complete_as is not None


def _with_total(step: Step, total: int) -> Step:
    return lambda operation: step(operation, **({"total": total} if operation == TaskOperation.WRITE_TABLES else {}))
