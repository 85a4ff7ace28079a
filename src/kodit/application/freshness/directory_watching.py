"""Notices at once what changes in directories."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import aclosing, suppress
from datetime import timedelta

import structlog

from kodit.application.freshness.here import Here
from kodit.application.freshness.ports import DirectoryWatcher, LeftIn
from kodit.application.unit_of_work import Storage
from kodit.domain.errors import KoditError
from kodit.domain.sources.schedule import Schedule
from kodit.domain.sources.source import Source, SourceKind

LOOK = timedelta(seconds=5)
"""How often it is looked for sources that were added or removed, and for directories that can be watched again."""

Noticed = Callable[[Source, Collection[str]], Awaitable[object]]
"""Called with a source and the paths that changed in it: none when watching has begun, as much may have changed before.

While it is awaited, further changes of that source are collected.
"""

log = structlog.get_logger(__name__)


class DirectoryWatching:
    """Watches the directories of this machine, each by itself, until it is stopped.

    With `names`, only the sources of these names; else every directory, also those still to come.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        watcher: DirectoryWatcher,
        left_in: LeftIn,
        here: Here,
        noticed: Noticed,
        names: Collection[str] | None = None,
    ) -> None:
        self._storage = storage
        self._watcher = watcher
        self._left_in = left_in
        self._here = here
        self._noticed = noticed
        self._names = names
        self._following: dict[int, asyncio.Task[None]] = {}
        self._told: dict[int, str] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Watch until `stop`. What goes wrong is logged, and tried again."""
        try:
            while not self._stopping.is_set():
                try:
                    await self.look()
                except KoditError as error:
                    log.warning("cannot look for directories to watch now", error=str(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), LOOK.total_seconds())
        finally:
            await self._leave(list(self._following))

    def stop(self) -> None:
        """Let `run` return."""
        self._stopping.set()

    async def abandon(self) -> None:
        """The same: what was noticed is queued already."""
        self.stop()

    async def look(self) -> None:
        """Begin to watch what was added, or can be watched again, and leave what was removed."""
        wanted = await self.wanted()
        await self._leave([one for one in self._following if one not in wanted])
        for index_id, source in wanted.items():
            if index_id not in self._following or self._following[index_id].done():
                self._following[index_id] = asyncio.create_task(self._follow(source))

    async def wanted(self) -> Mapping[int, Source]:
        """What is to be watched now, by the sources' ids."""
        async with self._storage.read() as unit:
            sources, schedules = await unit.sources.all(), await unit.schedules.all()
        return {
            source.id: source
            for source in sources
            if source.kind is SourceKind.DIRECTORY and (self._names is None or source.name in self._names)
            if await self._here.has(source, schedules.get(source.id) or Schedule(index_id=source.id))
        }

    async def _leave(self, index_ids: Collection[int]) -> None:
        left = [self._following.pop(one) for one in index_ids]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _follow(self, source: Source) -> None:
        try:
            async with aclosing(self._watcher.changes(source.location)) as changes:
                async for paths in changes:
                    await self._tell(source, paths)
        except KoditError as error:
            await self._complain(source, str(error))
        except Exception:  # watching goes on at the next look
            log.error("watching a directory failed unexpectedly", source=source.name, exc_info=True)

    async def _tell(self, source: Source, paths: Collection[str]) -> None:
        left_in = await asyncio.to_thread(self._left_in, source.location, paths) if paths else ()
        if paths and not left_in:
            return
        await self._noticed(source, left_in)
        self._told.pop(source.id, None)

    async def _complain(self, source: Source, reason: str) -> None:
        """Once: what cannot be watched is tried again at every look."""
        if self._told.get(source.id) != reason:
            self._told[source.id] = reason
            log.warning("cannot watch a directory", source=source.name, error=reason)
