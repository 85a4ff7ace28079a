"""All that keeps sources fresh without anybody asking, ready to be used or to run in this process."""

import random
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from kodit.application.freshness.directory_watching import DirectoryWatching, Noticed
from kodit.application.freshness.here import Here
from kodit.application.freshness.ports import DirectoryWatcher, LeftIn
from kodit.application.freshness.sync_scheduler import SyncScheduler
from kodit.application.freshness.webhooks import Webhooks
from kodit.application.indexing.code_indexing_application_service import CodeIndexingApplicationService
from kodit.application.tasks.ports import Clock
from kodit.application.unit_of_work import Storage
from kodit.domain.errors import KoditError, NotFound
from kodit.domain.sources.reading import Reading
from kodit.domain.sources.schedule import NEVER, Schedule, checked_interval
from kodit.domain.sources.source import Source
from kodit.domain.sources.wanted import WantedSource, interval_named

if TYPE_CHECKING:
    from kodit.application.access.audit_trail import AuditTrail

log = structlog.get_logger(__name__)

Add = Callable[..., Awaitable[Source]]
"""`Kodit.add`."""


class KeepingFresh:
    """The scheduler, the watching of directories, webhooks, and the sources that the settings name.

    `usual` is the interval of sources without one of their own, `wanted` are the sources of the settings, and `secret`
    is what forges sign with.
    """

    def __init__(  # noqa: PLR0913 - what it needs from the world, each by its name
        self,
        *,
        storage: Storage,
        indexing: CodeIndexingApplicationService,
        clock: Clock,
        here: Here,
        watcher: DirectoryWatcher,
        left_in: LeftIn,
        add: Add,
        trail: Callable[[], "AuditTrail"],
        usual: timedelta = NEVER,
        wanted: Sequence[WantedSource] = (),
        secret: str | None = None,
    ) -> None:
        self._storage = storage
        self._indexing = indexing
        self._clock = clock
        self._here = here
        self._watcher = watcher
        self._left_in = left_in
        self._add = add
        self._trail = trail
        self._usual = usual
        self._wanted = wanted
        self._secret = secret

    def scheduler(self) -> SyncScheduler:
        """A scheduler for this process, not yet running."""
        return SyncScheduler(
            storage=self._storage, indexing=self._indexing, clock=self._clock, here=self._here, usual=self._usual
        )

    def watching(self, *, names: Collection[str] | None = None, noticed: Noticed | None = None) -> DirectoryWatching:
        """Watches the directories of this machine, or only the sources of these names; not yet running.

        What changes is queued in the background, unless it is for `noticed` to say what becomes of it.
        """
        return DirectoryWatching(
            storage=self._storage,
            watcher=self._watcher,
            left_in=self._left_in,
            here=self._here,
            noticed=noticed or self._queue,
            names=names,
        )

    @property
    def webhooks(self) -> Webhooks:
        """Takes what forges deliver."""
        return Webhooks(
            storage=self._storage,
            indexing=self._indexing,
            clock=self._clock,
            trail=self._trail(),
            secret=self._secret,
        )

    async def directories(self) -> Sequence[Source]:
        """The directories that this machine is to read, by name."""
        return list((await self.watching().wanted()).values())

    async def set_interval(self, name: str, every: timedelta | None) -> Schedule:
        """Give a source an interval of its own, NEVER for none, or None for the usual one; it holds from now on.

        Raises NotFound, and InvalidInput for an interval that is too short or too long.
        """
        every = None if every is None else checked_interval(every)
        await self._clock.follow()
        async with self._storage.write() as unit:
            source = await unit.sources.named(name)
            if source is None:
                raise NotFound(f"there is no source named {name}", remedy="list them: kodit sources")
            while True:
                before = await unit.schedules.of(source.id)
                chance = random.random()  # noqa: S311 - spreads the work, guards nothing
                changed = replace(before, every=every).after_last(failed=False)
                after = changed.put_off(self._usual, now=self._clock.now(), chance=chance)
                if await unit.schedules.move(before, after):
                    return after

    async def add_wanted(self) -> Sequence[Source]:
        """Add the sources that the settings name, and queue those that are new; gives those that were added.

        What cannot be added is logged: it keeps nobody from the others.
        """
        added = [await self._added(wanted) for wanted in self._wanted]
        return [source for source in added if source is not None]

    async def _added(self, wanted: WantedSource) -> Source | None:
        try:
            async with self._storage.read() as unit:
                before = {source.id for source in await unit.sources.all()}
            reading = Reading(branch=wanted.branch)
            source = await self._add(wanted.location, name=wanted.name, reading=reading)
            if source.id not in before:
                await self._indexing.queue_index_tasks(source.id, is_user_initiated=False)
            await self._have_interval(source, wanted)
        except KoditError as error:
            remedy = error.remedy or "correct KODIT_SOURCES"
            log.error("a source of the settings was not added", reason=str(error), remedy=remedy)
            return None
        return None if source.id in before else source

    async def _have_interval(self, source: Source, wanted: WantedSource) -> None:
        if wanted.every is None:
            return
        every = interval_named(wanted.every)
        async with self._storage.read() as unit:
            schedule = await unit.schedules.of(source.id)
        if schedule.every != every:
            await self.set_interval(source.name, every)

    async def _queue(self, source: Source, _paths: Collection[str]) -> Any:
        return await self._indexing.queue_index_tasks(source.id, is_user_initiated=False)
