"""Who counts as alive when somebody asks for the queue."""

from datetime import UTC, datetime, timedelta

from worker_steps import dead_worker

from kodit.application.tasks.queue_overview import QueueOverview
from kodit.application.tasks.queue_view import QueueBoard
from kodit.application.tasks.statistics import QueueStatistics, WorkerRow
from kodit.infrastructure.filesystem.presence import LockedPresence

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Noon:
    """A clock that learns from the database that it is noon."""

    def __init__(self):
        self._time = NOON - timedelta(hours=1)

    def now(self):
        return self._time

    async def follow(self):
        self._time = NOON


class Written:
    """A view of workers that all said they are there."""

    def __init__(self, *owners):
        self._owners = owners

    async def statistics(self, *, now):
        about = {"machine": "m", "host": "here", "pid": 1, "slots": 3, "running": 0, "types": (), "places": ()}
        about |= {"started_at": now, "seen_at": now, "alive_until": now}
        workers = [WorkerRow(owner=owner, **about) for owner in self._owners]
        return QueueStatistics(at=now, types=[], workers=workers, covers=timedelta(hours=1), all_paused=False)

    async def board(self, *, now, limit=20):
        return QueueBoard(statistics=await self.statistics(now=now), running=[], retries=[], dead=[])


async def test_a_worker_of_this_machine_that_died_is_not_alive_and_one_elsewhere_is(tmp_path):
    presence, other = LockedPresence(tmp_path), LockedPresence(tmp_path / "of-programs")
    here, died, elsewhere = presence.owner(), dead_worker(presence), "another-machine-17-cafe"
    written = Written(here, died, dead_worker(other), elsewhere)
    overview = QueueOverview(written, clock=Noon(), presences=lambda: (presence, other))

    with presence.register(here):
        queue = await overview.statistics()
        board = await overview.board()

    assert [worker.owner for worker in queue.workers] == [here, elsewhere]
    assert [worker.owner for worker in board.statistics.workers] == [here, elsewhere]


async def test_the_time_is_the_database_s(tmp_path):
    overview = QueueOverview(Written(), clock=Noon(), presences=lambda: [LockedPresence(tmp_path)])

    assert (await overview.statistics()).at == NOON
    assert list(tmp_path.iterdir()) == []
