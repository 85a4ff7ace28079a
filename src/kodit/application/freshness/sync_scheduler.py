"""Has every source synchronised at its interval, once across any number of processes."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import structlog

from kodit.application.freshness.here import Here
from kodit.application.indexing.code_indexing_application_service import CodeIndexingApplicationService
from kodit.application.tasks.ports import Clock
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.errors import NotFound, TransientError
from kodit.domain.sources.schedule import NEVER, Schedule, may_change
from kodit.domain.sources.source import Source
from kodit.domain.tasks.run import RunState

LOOK = timedelta(seconds=10)
"""How often it is looked whether anything is due, and so how late a source comes at most: it costs two short reads."""

log = structlog.get_logger(__name__)


class SyncScheduler:
    """Queues what is due, until it is stopped.

    Any process may have one. Who moves a source's schedule on has queued it, in the same transaction; the others find
    it moved. Moments are those of the clock that all who share the database agree on.

    A source that is being indexed, or waits for it, is not queued again, and one that somebody queued otherwise comes
    an interval after that. `usual` is the interval of a source that has none of its own, NEVER for none.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        indexing: CodeIndexingApplicationService,
        clock: Clock,
        here: Here,
        usual: timedelta,
    ) -> None:
        self._storage = storage
        self._indexing = indexing
        self._clock = clock
        self._here = here
        self._usual = usual
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Look again and again, until `stop`. What goes wrong is logged: nothing ends it."""
        while not self._stopping.is_set():
            try:
                await self.look()
            except TransientError as error:
                log.warning("cannot look at what is due now", error=str(error))
            except Exception:  # without it sources would grow old and nobody would notice
                log.error("looking at what is due failed unexpectedly", exc_info=True)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK.total_seconds())

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()

    async def abandon(self) -> None:
        """The same: what was queued is queued."""
        self.stop()

    async def look(self) -> Sequence[str]:
        """Plan what is new and queue what is due; gives the names of the sources that were queued."""
        await self._clock.follow()
        now = self._clock.now()
        async with self._storage.read() as unit:
            sources, held = await unit.sources.all(), await unit.schedules.all()
        moved: list[tuple[Schedule, Schedule]] = []
        queued: list[str] = []
        for source in sources:
            before = held.get(source.id) or Schedule(index_id=source.id)
            if not await self._here.has(source, before):
                continue
            after = before.planned(self._interval(source), now=now, chance=_chance())
            if after.is_due(now=now):
                queued += [source.name] if await self._queue(source.id, before) else []
            elif after != before:
                moved.append((before, after))
        await self._move(moved)
        return queued

    async def _move(self, moved: Sequence[tuple[Schedule, Schedule]]) -> None:
        if not moved:
            return
        # One that is gone keeps the others back until the next look, which does not find it any more.
        with suppress(NotFound):
            async with self._storage.write() as unit:
                for before, after in moved:
                    await unit.schedules.move(before, after)

    async def _queue(self, index_id: int, before: Schedule) -> bool:
        """Move one schedule on and queue its source; False when another was quicker, or it is at work anyway."""
        try:
            async with self._storage.write() as unit:
                queued = await self._queued(unit, index_id, before)
        except NotFound:
            return False
        if queued:
            self._indexing.wake()
            log.info("queued what was due", index_id=index_id)
        return queued

    async def _queued(self, unit: UnitOfWork, index_id: int, before: Schedule) -> bool:
        source = await unit.sources.get(index_id)
        ended = before.after_last(failed=await _has_failed(unit, before.run_id))
        after = ended.put_off(self._interval(source), now=self._clock.now(), chance=_chance())
        if not await unit.schedules.move(before, after) or await self._indexing.live_run_in(unit, index_id):
            return False
        run = await self._indexing.queue_in(unit, source, is_user_initiated=False)
        return await unit.schedules.move(after, after.queued(run.id, self._indexing.place_of(source)))

    def _interval(self, source: Source) -> timedelta:
        return self._usual if may_change(source) else NEVER


async def _has_failed(unit: UnitOfWork, run_id: int | None) -> bool:
    if run_id is None:
        return False
    try:
        return (await unit.tasks.run(run_id)).state is RunState.FAILED
    except NotFound:
        return False


def _chance() -> float:
    return random.random()  # noqa: S311 - spreads the work, guards nothing
