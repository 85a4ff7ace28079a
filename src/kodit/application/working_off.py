"""Queueing what is to be done with a source, and seeing to it that it is done."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kodit.application.following import FollowedRuns, Watcher
from kodit.application.indexing.code_indexing_application_service import CodeIndexingApplicationService
from kodit.application.reports import IndexReport, RunProgress, added_up
from kodit.application.tasks.ports import Presence
from kodit.application.tasks.worker import IndexingWorkerService
from kodit.application.unit_of_work import Storage
from kodit.application.views import Views
from kodit.domain.sources.source import Source
from kodit.domain.tasks.run import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingOff:
    """Has runs worked off: in this process, unless a worker or server is alive already, which is then followed."""

    storage: Storage
    views: Views
    indexing: CodeIndexingApplicationService
    presence: Presence
    new_worker: Callable[[], IndexingWorkerService]
    progress: Callable[[int], Awaitable[RunProgress]]

    async def index(self, source: Source, *, wait: bool, watch: Watcher | None) -> IndexReport:
        """Queue the indexing of what changed in a source, and with `wait`, wait until that is over."""
        started = time.monotonic()
        elsewhere = bool(self.presence.alive())
        live = await self.indexing.live_run(source.id)
        run = await self.indexing.queue_index_tasks(source.id, is_user_initiated=True)
        runs = await self.finish(run.id, elsewhere=elsewhere, watch=watch) if wait else [run.id]
        ended = [await self.progress(run_id) for run_id in runs]
        return IndexReport(
            progress=next((one for one in ended if one.run.state is not RunState.COMPLETED), ended[0]),
            counts=added_up(ended),
            files=await self.views.files(source.id),
            elsewhere=elsewhere,
            took_seconds=time.monotonic() - started,
            already=live is not None and live.id == run.id,
        )

    async def finish(self, run_id: int, *, elsewhere: bool, watch: Watcher | None, patient: bool = False) -> list[int]:
        """Wait until a run and those that follow it are over; returns their ids.

        `elsewhere` is set where another process was alive to work on it. Who is `patient` waits for further tries, too.
        """
        following_runs = FollowedRuns(self.storage, self.progress, watch, patient=patient)
        if elsewhere and (followed := await following_runs.after(run_id, served_by=self.presence.alive)) is not None:
            return followed
        worker = self.new_worker()
        working = asyncio.create_task(worker.run())
        following = asyncio.create_task(following_runs.after(run_id))
        try:
            await asyncio.wait({working, following}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
            return await following or [run_id]
        finally:
            following.cancel()
            await worker.abandon()
            await asyncio.gather(working, following, return_exceptions=True)
