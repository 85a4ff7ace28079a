"""Waiting for runs to be over."""

import asyncio
from collections.abc import Collection, Sequence

from kodit.application.tasks.ports import Wakeups
from kodit.application.unit_of_work import Storage
from kodit.domain.errors import NotFound, TransientError
from kodit.domain.tasks.run import LIVE_RUNS, Run

LOOK_SECONDS = 5.0
"""How often somebody looks though nobody told that anything ended."""


class RunsOver:
    """Lets any number wait for runs, and looks for all of them at once when something has ended.

    `wakeups` are those of the ends of attempts, for nobody else to wait on.
    """

    def __init__(self, storage: Storage, wakeups: Wakeups) -> None:
        self._storage = storage
        self._wakeups = wakeups
        self._awaited: dict[int, asyncio.Future[Run]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def wait(self, run_id: int) -> Run:
        """The run once it is over. Raises NotFound, also when it is removed meanwhile, and what a Storage raises."""
        async with self._storage.read() as unit:
            run = await unit.tasks.run(run_id)
        if run.state not in LIVE_RUNS:
            return run
        if run_id not in self._awaited:
            self._awaited[run_id] = asyncio.get_running_loop().create_future()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        else:
            # It may have ended since the last look, which was for others.
            self._wakeups.notify()
        return await asyncio.shield(self._awaited[run_id])

    async def close(self) -> None:
        """Wait no more: whoever still does is cancelled."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})
        for future in self._awaited.values():
            future.cancel()

    async def _look(self) -> None:
        now = asyncio.get_running_loop().time
        counted_at = now()
        while self._awaited:
            awaited = tuple(self._awaited)
            over: Sequence[Run] = ()
            gone: Collection[int] = ()
            try:
                async with self._storage.read() as unit:
                    over = await unit.tasks.over(awaited)
                    # Few are ever removed, and nobody tells of it.
                    if now() >= counted_at + LOOK_SECONDS:
                        gone = await unit.tasks.missing(awaited)
                        counted_at = now()
            except TransientError:
                pass
            except Exception as error:  # noqa: BLE001 - told to everybody who waits
                self._fail(error)
                return
            for run in over:
                self._awaited.pop(run.id).set_result(run)
            for run_id in gone:
                self._awaited.pop(run_id).set_exception(_removed(run_id))
            if self._awaited:
                await self._wakeups.wait(LOOK_SECONDS)

    def _fail(self, error: Exception) -> None:
        awaited, self._awaited = self._awaited, {}
        for future in awaited.values():
            future.set_exception(error)


def _removed(run_id: int) -> NotFound:
    return NotFound(f"run {run_id} was removed while it was awaited", remedy="if it is still wanted, enqueue it again")
