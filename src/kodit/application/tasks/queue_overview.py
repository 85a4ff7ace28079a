"""The queue as it is now, for whoever asks."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from kodit.application.tasks.ports import Clock, Presence
from kodit.application.tasks.queue_view import QueueBoard, QueueView
from kodit.application.tasks.statistics import QueueStatistics


class QueueOverview:
    """Looks at the queue by the database's clock. A worker of this machine that died does not count as alive.

    The first of the `presences` is that of kodit's own workers.
    Raises what the view raises: Locked or DatabaseUnusable.
    """

    def __init__(self, view: QueueView, *, clock: Clock, presences: Callable[[], Sequence[Presence]]) -> None:
        self._view = view
        self._clock = clock
        self._presences = presences

    async def statistics(self) -> QueueStatistics:
        """The queue in numbers."""
        await self._clock.follow()
        return self._of_the_living(await self._view.statistics(now=self._clock.now()))

    async def board(self, *, limit: int = 20) -> QueueBoard:
        """The queue in numbers, and at most `limit` of the tasks that run, are tried again and died."""
        await self._clock.follow()
        board = await self._view.board(now=self._clock.now(), limit=limit)
        return replace(board, statistics=self._of_the_living(board.statistics))

    def _of_the_living(self, queue: QueueStatistics) -> QueueStatistics:
        """A worker that is killed cannot say so, and others would hear it from its silence only."""
        workers = queue.workers
        if workers:
            owners = [worker.owner for worker in workers]
            gone = frozenset[str]().union(*(presence.gone(owners) for presence in self._presences()))
            workers = [worker for worker in workers if worker.owner not in gone]
        # Where nothing is bound to a machine, nobody needs to know which one this is.
        bound = any(ready.place for ready in queue.ready) or queue.held
        return replace(queue, workers=workers, here=self._presences()[0].machine() if bound else "")
