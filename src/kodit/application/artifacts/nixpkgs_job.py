"""From a channel of nixpkgs to published artifacts, in phases that may run together or each for itself."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kodit.application.artifacts.export_order import ExportOrder
from kodit.application.artifacts.publish import OpenStore
from kodit.application.artifacts.publish_order import LayerOrder, PublishOrder
from kodit.application.artifacts.publishing import Publishing
from kodit.application.channels.channels import Channels
from kodit.application.following import Watcher
from kodit.application.reports import RunProgress
from kodit.application.tasks.queue_service import QueueService
from kodit.application.working_off import WorkingOff
from kodit.domain.artifacts.artifact import Artifact, ArtifactContents
from kodit.domain.artifacts.ports import ArtifactWriter, OpenArtifact
from kodit.domain.artifacts.publication import FileToPublish
from kodit.domain.artifacts.terms import BuildTerms, Targets
from kodit.domain.errors import Conflict, InvalidInput, NotFound
from kodit.domain.nixpkgs.walk import Walk
from kodit.domain.sources.source import Source
from kodit.domain.tasks.pipeline import ARTIFACT, METADATA, PUBLICATION, Pipeline
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task_type import QueuePriority


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStore:
    """Where artifacts are kept, and under which keys; a key that is None is of what is kept nowhere."""

    location: str
    region: str | None = None
    full_key: str | None = None
    minified_key: str | None = None
    snapshots: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOrder:
    """What is to be done: the phases among metadata, embedding and minified, and all that they need to know.

    `full` and `minified` are absolute paths. `store` and `layer` are None where nothing is kept or published.
    """

    name: str
    location: str
    phases: Sequence[str]
    full: str
    minified: str
    walk: Walk = field(default_factory=Walk)
    terms: BuildTerms = field(default_factory=BuildTerms)
    store: JobStore | None = None
    layer: LayerOrder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseReport:
    """What came of a phase: its file, the keys that it was stored under, and the run that failed, if one did.

    `unevaluated` is how many attributes could not be evaluated, which are not in the file. `unchanged` is set where the
    store had this release already, with files that say the same.
    """

    phase: str
    artifact: Artifact | None
    took_seconds: float
    keys: Sequence[str] = ()
    layer: str | None = None
    unevaluated: int = 0
    unchanged: bool = False
    failed: RunProgress | None = None


class _Failed(Exception):
    """A run did not succeed, so that nothing after it makes sense."""

    def __init__(self, progress: RunProgress) -> None:
        super().__init__(progress.run.id)
        self.progress = progress


@dataclass(frozen=True, slots=True, kw_only=True)
class NixpkgsJob:
    """Has each phase done by runs on the queue, one after the other."""

    channels: Channels
    queue: QueueService
    working_off: WorkingOff
    writer: ArtifactWriter
    open_artifact: OpenArtifact
    open_store: OpenStore
    publishing: Callable[[Any], Publishing]
    is_there: Callable[[str], Awaitable[bool]]

    async def run(
        self, order: JobOrder, *, told: Callable[[PhaseReport], None], watch: Watcher | None = None
    ) -> Sequence[PhaseReport]:
        """Do all phases that are wanted, and tell of each when it is over; what follows one that failed is left out.

        Before anything is done it raises NotFound where the artifact that the first phase begins with is neither here
        nor in the store, what the store raises while it is brought here, InvalidInput for one that is not of packages,
        and what `ArtifactWriter.check` raises of the files that shall be written.
        """
        await self._ready(order)
        source = await self._source(order)
        reports: list[PhaseReport] = []
        for phase in order.phases:
            started = time.monotonic()
            try:
                keys, layer, unchanged = await self._done(phase, order, source, watch)
            except _Failed as failure:
                took = time.monotonic() - started
                report = PhaseReport(phase=phase, artifact=None, took_seconds=took, failed=failure.progress)
            else:
                artifact = await self._opened(order.minified if phase == "minified" else order.full)
                took = time.monotonic() - started
                report = PhaseReport(
                    phase=phase,
                    artifact=artifact,
                    took_seconds=took,
                    keys=keys,
                    layer=layer,
                    unchanged=unchanged,
                    unevaluated=(await self.channels.shown(order.name)).failures if phase == "metadata" else 0,
                )
            reports.append(report)
            told(report)
            if report.failed is not None:
                break
        return reports

    async def _source(self, order: JobOrder) -> Source:
        if "metadata" not in order.phases:
            try:
                return await self.channels.named(order.name)
            except NotFound:
                # Runs are about a source, even where its packages come out of an artifact.
                pass
        return await self.channels.add(order.name, order.location, walk=order.walk, moves=True)

    async def _done(
        self, phase: str, order: JobOrder, source: Source, watch: Watcher | None
    ) -> tuple[Sequence[str], str | None, bool]:
        """The keys and the layer that the phase has published, and whether the store had its files already."""
        if phase == "metadata":
            await self._finished(METADATA, source, {}, watch)
            made = ExportOrder(targets=Targets(full=order.full), terms=_without_index(order.terms), embeddings=False)
        else:
            targets = Targets(full=order.full) if phase == "embedding" else Targets(minified=order.minified)
            made = ExportOrder(targets=targets, terms=order.terms, made_from=order.full)
        await self._finished(ARTIFACT, source, made.payload, watch)
        published = await self._published(phase, order)
        if published is None:
            return (), None, False
        counts = await self._finished(PUBLICATION, source, published.payload, watch)
        layer = published.layer.layer if published.layer else None
        return [file.key for file in published.files], layer, counts.get("files_unchanged", 0) > 0

    async def _ready(self, order: JobOrder) -> None:
        """See that the files can be written, and that the artifact that the first phase begins with is here."""
        begins_anew = "metadata" in order.phases
        brings = not begins_anew and not await self.is_there(order.full)
        if brings and (order.store is None or order.store.full_key is None):
            raise NotFound(
                f"there is no full artifact at {order.full}, and no store to fetch it from",
                remedy="run the metadata phase first, or set ARTIFACTS_BUCKET and DUCKDB_DATA_KEY",
            )
        await self._check(order, writes_full=brings or order.phases[0] != "minified")
        if brings:
            await self._bring(order)
        if begins_anew:
            return
        if (await self._opened(order.full)).manifest.origin.contents is not ArtifactContents.PACKAGES:
            raise InvalidInput(
                f"{order.full} is an artifact of code, not of packages",
                remedy="name the full artifact of nixpkgs that the metadata phase has written",
            )

    async def _check(self, order: JobOrder, *, writes_full: bool) -> None:
        minified = order.minified if "minified" in order.phases else None
        both = Targets(full=order.full, minified=minified)
        try:
            await self.writer.check(both if writes_full else Targets(minified=minified))
        except Conflict as error:
            raise Conflict(str(error), remedy="choose another path, or take away what lies there") from error

    async def _bring(self, order: JobOrder) -> None:
        store = order.store
        if store is not None and store.full_key is not None:
            opened = self.open_store(store.location, store.region)
            try:
                await self.publishing(opened).fetch(store.full_key, order.full)
            except NotFound as error:
                raise NotFound(
                    f"there is no full artifact at {order.full}, nor in {store.location}: {error}",
                    remedy="run the metadata phase first, or have DUCKDB_DATA_KEY name one that lies there",
                ) from error

    async def _published(self, phase: str, order: JobOrder) -> PublishOrder | None:
        store = order.store
        if store is None:
            return None
        paths = [(order.full, store.full_key)]
        if phase == "minified":
            paths.append((order.minified, store.minified_key))
        files = tuple(FileToPublish(path, key) for path, key in paths if key is not None)
        is_last = phase == "minified"
        layer = order.layer if is_last else None
        if not files and layer is None:
            return None
        return PublishOrder(
            store=store.location,
            region=store.region,
            files=files,
            # What the phases before the last hand on is for the next phase alone, and half of a publication.
            snapshots=store.snapshots and is_last,
            latest=is_last,
            layer=layer,
        )

    async def _finished(
        self, pipeline: Pipeline, source: Source, payload: Mapping[str, Any], watch: Watcher | None
    ) -> Mapping[str, int]:
        """What the run has counted."""
        presence = self.working_off.presence
        elsewhere = bool(presence.alive())
        run = await self.queue.enqueue(
            pipeline,
            dedup_key=f"index:{source.id}:job:{pipeline.name}",
            payload={"index_id": source.id, "source": source.name, **payload},
            priority=QueuePriority.USER_INITIATED,
            # The files lie on this machine.
            place=presence.machine(),
        )
        # Nobody looks on who could come back later: what fails for a while is tried again here.
        runs = await self.working_off.finish(run.id, elsewhere=elsewhere, watch=watch, patient=True)
        progress = await self.working_off.progress(runs[-1])
        if progress.run.state is not RunState.COMPLETED:
            raise _Failed(progress)
        return progress.run.counts

    async def _opened(self, path: str) -> Artifact:
        async with self.open_artifact(path) as reader:
            return reader.artifact


def _without_index(terms: BuildTerms) -> BuildTerms:
    """An index of no vectors is none."""
    return BuildTerms(hnsw=None, fts=terms.fts)
