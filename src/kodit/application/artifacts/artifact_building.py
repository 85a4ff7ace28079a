"""The one door to building artifacts of what is indexed."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from kodit.application.artifacts.export_order import ExportOrder
from kodit.application.artifacts.publish_order import PublishOrder
from kodit.application.following import Watcher
from kodit.application.reports import RunProgress
from kodit.application.tasks.queue_service import QueueService
from kodit.application.unit_of_work import Storage
from kodit.application.working_off import WorkingOff
from kodit.domain.artifacts.artifact import Artifact
from kodit.domain.artifacts.ports import ArtifactWriter, OpenArtifact
from kodit.domain.errors import NotFound
from kodit.domain.sources.source import Source
from kodit.domain.tasks.pipeline import ARTIFACT, PUBLISHED_ARTIFACT
from kodit.domain.tasks.run import Run, RunState
from kodit.domain.tasks.task_type import QueuePriority


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What came of building: the run as it ended, or as it was queued, and the files where it succeeded.

    `elsewhere` is True when another process works on it.
    """

    progress: RunProgress
    artifacts: Sequence[Artifact]
    elsewhere: bool
    took_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactBuilding:
    """Builds artifacts by tasks on the queue."""

    storage: Storage
    queue: QueueService
    working_off: WorkingOff
    writer: ArtifactWriter
    open_artifact: OpenArtifact

    async def build(
        self,
        name: str,
        order: ExportOrder,
        *,
        publish: PublishOrder | None = None,
        wait: bool = True,
        watch: Watcher | None = None,
    ) -> BuildReport:
        """Build what the order says of the index of a source; its paths must be absolute, as any worker of this machine
        may do it. Then what was built is published, where an order says how.

        With `wait`, see to it that it is done, as `Kodit.index`. Raises NotFound for a source that there is none of,
        and what `ArtifactWriter.check` raises. A run that failed is reported, not raised.
        """
        started = time.monotonic()
        async with self.storage.read() as unit:
            source = await unit.sources.named(name)
        if source is None:
            raise NotFound(f"there is no source named {name}", remedy="list them: kodit sources")
        await self.writer.check(order.targets)
        elsewhere = bool(self.working_off.presence.alive())
        run = await self._queued(source, order, publish)
        runs = await self.working_off.finish(run.id, elsewhere=elsewhere, watch=watch) if wait else [run.id]
        progress = await self.working_off.progress(runs[-1])
        done = progress.run.state is RunState.COMPLETED
        return BuildReport(
            progress=progress,
            artifacts=[await self._opened(path) for path in order.targets.paths] if done else (),
            elsewhere=elsewhere,
            took_seconds=time.monotonic() - started,
        )

    async def _queued(self, source: Source, order: ExportOrder, publish: PublishOrder | None) -> Run:
        orders = {**order.payload, **(publish.payload if publish else {})}
        # What asks for the same files in the same way is one run; the key begins as that of the source's own runs.
        digest = hashlib.sha256(json.dumps(orders, sort_keys=True).encode()).hexdigest()
        return await self.queue.enqueue(
            PUBLISHED_ARTIFACT if publish else ARTIFACT,
            dedup_key=f"index:{source.id}:artifact:{digest[:16]}",
            payload={"index_id": source.id, "source": source.name, **orders},
            priority=QueuePriority.USER_INITIATED,
            # The files shall lie on this machine.
            place=self.working_off.presence.machine(),
        )

    async def _opened(self, path: str) -> Artifact:
        async with self.open_artifact(path) as reader:
            return reader.artifact
