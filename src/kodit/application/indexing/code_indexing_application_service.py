"""The one door to indexing: sources are added, queued and removed here."""

import random
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from kodit.application.reports import how_to_index
from kodit.application.tasks.queue_service import QueueService
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.errors import Conflict, NotFound
from kodit.domain.search.ports import KeywordIndex, VectorIndex
from kodit.domain.sources.ports import WorkingCopies
from kodit.domain.sources.reading import HEAD, Reading
from kodit.domain.sources.schedule import NEVER
from kodit.domain.sources.selection import spellings
from kodit.domain.sources.source import Naming, Source, SourceKind
from kodit.domain.tasks.claim import ANYWHERE
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.run import Run
from kodit.domain.tasks.task_type import QueuePriority


class CodeIndexingApplicationService:
    """Adds and removes sources and queues their indexing.

    `depth` is how many commits of history the mirrors of new sources are made with, 0 for all of it. `usual` is the
    interval at which sources are synchronised that have none of their own. `discard_channel` deletes what is kept on
    disk of a channel's release.
    """

    def __init__(  # noqa: PLR0913 - the composition root hands over what it needs
        self,
        *,
        storage: Storage,
        queue: QueueService,
        working_copies: WorkingCopies,
        keyword_index: KeywordIndex,
        vector_index: VectorIndex,
        machine: Callable[[], str],
        now: Callable[[], datetime],
        depth: int = 0,
        usual: timedelta = NEVER,
        discard_channel: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._storage = storage
        self._queue = queue
        self._working_copies = working_copies
        self._keyword_index = keyword_index
        self._vector_index = vector_index
        self._machine = machine
        self._now = now
        self._depth = depth
        self._usual = usual
        self._discard_channel = discard_channel

    async def queue_index_tasks(self, index_id: int, is_user_initiated: bool = True) -> Run:
        """Queue the five phases of one index in one transaction. Raises NotFound for an unknown index.

        An index whose run still waits is raised to the higher priority; one whose run has begun gets another run.
        Either way it is not due by itself before an interval has passed.
        """
        now = await self._queue.ago(timedelta())
        async with self._storage.write() as unit:
            source = await unit.sources.get(index_id)
            # First the schedule, then the queue, as whoever queues what is due: so nobody waits for each other.
            before = await unit.schedules.of(index_id)
            chance = random.random()  # noqa: S311 - spreads the work, guards nothing
            after = before.after_last(failed=False).put_off(self._usual, now=now, chance=chance)
            moved = await unit.schedules.move(before, after)
            run = await self.queue_in(unit, source, is_user_initiated=is_user_initiated)
            if moved:  # else somebody else has planned it at the same time
                await unit.schedules.move(after, after.queued(run.id, self.place_of(source)))
        self.wake()
        return run

    async def queue_in(self, unit: UnitOfWork, source: Source, *, is_user_initiated: bool) -> Run:
        """The same as part of a bigger transaction, in which the clock is followed; who opened it calls `wake`."""
        priority = QueuePriority.USER_INITIATED if is_user_initiated else QueuePriority.BACKGROUND
        # The name is for those who read about the tasks.
        about = {"index_id": source.id, "source": source.name}
        planned = self._queue.planned(CODE, _key(source.id), about, priority, self.place_of(source))
        return await self._queue.enqueue_in(unit, planned)

    def wake(self) -> None:
        """Tell workers everywhere that there is something to do."""
        self._queue.wake()

    def place_of(self, source: Source) -> str:
        """Where it can be read: only by the machine that has it on its disk, else anywhere."""
        return self._machine() if source.lies_on_disk else ANYWHERE

    async def live_run(self, index_id: int) -> Run | None:
        """The run of this index that waits or is under way, None when there is none."""
        async with self._storage.read() as unit:
            return await self.live_run_in(unit, index_id)

    async def live_run_in(self, unit: UnitOfWork, index_id: int) -> Run | None:
        """The same as part of a bigger transaction."""
        return await unit.tasks.live_run(_key(index_id))

    async def add_source(self, *, kind: SourceKind, location: str, naming: Naming, reading: Reading = HEAD) -> Source:
        """The source at this location, added when it is new; a known one is read as `reading` says from now on.

        With an exact name, Conflict when another source has it, or when the location is known under another name.
        """
        async with self._storage.write() as unit:
            if (known := await _known(unit, location)) is not None:
                if naming.exact and known.name != naming.name:
                    raise Conflict(
                        f"{location} is indexed already, as {known.name}",
                        remedy=f"leave --name out, or remove it first: kodit sources remove {shlex.quote(known.name)}",
                    )
                return await _read_as(unit, known, reading)
            free = naming.name if naming.exact else await _free_name(unit, naming.name)
            depth = self._depth if reading.depth is None else reading.depth
            return await unit.sources.add(
                Source(
                    name=free,
                    kind=kind,
                    location=location,
                    created_at=self._now(),
                    depth=depth or None if kind is SourceKind.GIT else None,
                    follows_submodules=bool(reading.submodules),
                )
            )

    async def check_is_no_name(self, typed: str) -> None:
        """Raises NotFound, with the command that is meant, for a source's name where its location is asked for."""
        async with self._storage.read() as unit:
            source = await unit.sources.named(typed)
        if source is not None:
            remedy = f"to index it again: {how_to_index(source)}"
            raise NotFound(f"there is nothing at {typed}, but there is a source of that name", remedy=remedy)

    async def remove_source(self, name: str) -> Source:
        """Forget a source and all that was made from it. Its own files are left alone.

        Raises NotFound, and Conflict while a worker is at it.
        """
        async with self._storage.write() as unit:
            source = await unit.sources.named(name)
            if source is None:
                raise NotFound(f"there is no source named {name}", remedy="list them: kodit sources")
            mirrored = await _repositories(unit, source)
            await unit.tasks.forget(_key(source.id))
            await unit.sources.remove(source.id)
            # Sources share what kodit keeps of a repository on disk: several branches, or a submodule of several.
            others = await unit.sources.all()
            for other in others:
                mirrored -= await _repositories(unit, other)
            shared = {other.repository for other in others if other.kind is SourceKind.NIXPKGS_CHANNEL}
        await self._keyword_index.clear(source.id)
        await self._vector_index.clear(source.id)
        for repository in sorted(mirrored):
            await self._working_copies.discard(replace(source, location=repository))
        if source.kind is SourceKind.NIXPKGS_CHANNEL and source.repository not in shared and self._discard_channel:
            await self._discard_channel(source.repository)
        return source


async def _repositories(unit: UnitOfWork, source: Source) -> set[str]:
    """The repositories that are mirrored for a source: its own and those of the submodules that it follows."""
    if source.kind is not SourceKind.GIT:
        return set()
    inside = await unit.sources.submodules(source.id) if source.follows_submodules else ()
    return {source.repository, *(one.url for one in inside if one.url is not None)}


def _key(index_id: int) -> str:
    return f"index:{index_id}"


async def _known(unit: UnitOfWork, location: str) -> Source | None:
    """The source at this location, however what it reads was written."""
    for spelling in spellings(location):
        if (known := await unit.sources.at(spelling)) is not None:
            return known
    return None


async def _read_as(unit: UnitOfWork, known: Source, reading: Reading) -> Source:
    depth = known.depth if reading.depth is None else reading.depth or None
    follows = known.follows_submodules if reading.submodules is None else reading.submodules
    changed = replace(known, depth=depth, follows_submodules=follows)
    if changed == known:
        return known
    # What was read otherwise is compared with nothing: all is listed anew.
    changed = replace(changed, rules=None)
    await unit.sources.update(changed)
    return changed


async def _free_name(unit: UnitOfWork, name: str) -> str:
    taken = {source.name for source in await unit.sources.all()}
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(free for free in numbered if free not in taken)
