"""What every QueueView promises."""

from datetime import timedelta

import pytest
from queue_rows import MINUTE, NOON, SECOND, a_step, a_task, a_worker, add, store
from sqlalchemy import text

from kodit.application.tasks import statistics as figures
from kodit.domain.tasks.progress import StepState, TaskOperation
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import OtherTaskType, TaskType
from kodit.infrastructure.sql import queue_view
from kodit.infrastructure.sql.queue_view import SqlQueueView

READY, BLOCKED, SCHEDULED, RUNNING = TaskState.READY, TaskState.BLOCKED, TaskState.SCHEDULED, TaskState.RUNNING
DONE, SKIPPED, DEAD, CANCELLED = TaskState.SUCCEEDED, TaskState.SKIPPED, TaskState.DEAD, TaskState.CANCELLED
SYNC, EXTRACT = TaskType.SYNC, TaskType.EXTRACT
HOUR = timedelta(hours=1)


@pytest.fixture
def view(database):
    return SqlQueueView(database)


async def counted(view, kind=SYNC):
    queue = await view.statistics(now=NOON)
    return next(one for one in queue.types if one.type == kind)


async def test_an_empty_queue_has_empty_numbers(view):
    queue = await view.statistics(now=NOON)

    assert (queue.types, queue.workers, queue.by_state, queue.depth) == ([], [], {}, 0)
    assert (queue.oldest_ready_at, queue.next_due_at, queue.error_rate) == (None, None, 0)
    assert queue.per_minute == (0, 0, 0)


async def test_tasks_are_counted_by_type_and_state(database, view):
    states = [READY, READY, BLOCKED, SCHEDULED, RUNNING, DONE, SKIPPED, DEAD, DEAD, CANCELLED]
    await store(database, *map(a_task, states), a_task(READY, EXTRACT))

    queue = await view.statistics(now=NOON)

    assert [one.type for one in queue.types] == [SYNC, EXTRACT]
    assert queue.types[0].by_state == {state: states.count(state) for state in states}
    assert queue.by_state[READY] == 3
    assert queue.depth == 4


async def test_the_oldest_ready_task_and_the_next_one_due_are_told_for_each_type(database, view):
    await store(
        database,
        a_task(READY, ready=NOON - MINUTE),
        a_task(READY, ready=NOON - 2 * MINUTE),
        a_task(RUNNING, ready=NOON - HOUR),
        a_task(READY, EXTRACT, ready=NOON - 9 * MINUTE),
        a_task(SCHEDULED, EXTRACT, ready=NOON + MINUTE),
        a_task(SCHEDULED, EXTRACT, ready=NOON + HOUR),
    )

    queue = await view.statistics(now=NOON)

    assert [one.oldest_ready_at for one in queue.types] == [NOON - 2 * MINUTE, NOON - 9 * MINUTE]
    assert [one.next_due_at for one in queue.types] == [None, NOON + MINUTE]
    assert (queue.oldest_ready_at, queue.next_due_at) == (NOON - 9 * MINUTE, NOON + MINUTE)


async def test_throughput_is_of_what_ended_by_work_within_one_five_and_sixty_minutes(database, view):
    ages = [10 * SECOND, 50 * SECOND, 2 * MINUTE, 30 * MINUTE, 2 * HOUR]
    never_begun = a_task(CANCELLED, attempts=0, started_at=None)
    await store(database, *(a_task(DONE, ended=NOON - age) for age in ages), never_begun)

    queue = await view.statistics(now=NOON)

    assert queue.types[0].finished == (2, 3, 4)
    assert queue.per_minute == (2, 3 / 5, 4 / 60)


async def test_a_queue_busier_than_what_is_looked_at_is_told_by_what_was_looked_at(database, view, monkeypatch):
    monkeypatch.setattr(queue_view, "SAMPLE", 4)
    await store(database, *(a_task(DONE, ended=NOON - number * 10 * SECOND) for number in range(1, 10)))

    queue = await view.statistics(now=NOON)

    assert queue.covers == 40 * SECOND
    assert queue.per_minute == (6, 6, 6)


async def test_the_error_rate_is_of_attempts_that_ended_within_the_hour_or_wait_for_another(database, view):
    await store(
        database,
        a_task(DONE, attempts=1),
        a_task(DONE, attempts=3),
        a_task(DEAD, attempts=4),
        a_task(SCHEDULED, attempts=2),
        a_task(SCHEDULED),
        a_task(DEAD, attempts=4, ended=NOON - 2 * HOUR),
    )

    queue = await view.statistics(now=NOON)

    assert (queue.attempts, queue.failed) == (1 + 3 + 4 + 2, 0 + 2 + 4 + 2)
    assert queue.error_rate == 0.8
    assert queue.types[0].tries == {1: 1, 3: 1, 4: 1}


async def test_durations_are_of_recent_tasks_that_succeeded_at_once(database, view):
    await store(
        database,
        *(a_task(DONE, took=seconds) for seconds in range(1, 21)),
        a_task(DONE, took=500, attempts=2),
        a_task(DONE, took=550, snoozes=1),
        a_task(DEAD, took=600),
        a_task(DONE, took=700, ended=NOON - 2 * HOUR),
        a_task(DONE, EXTRACT, took=0.25),
    )

    assert (await counted(view)).durations == figures.Durations(10, 19, of=20)
    assert (await counted(view, EXTRACT)).durations == figures.Durations(0.25, 0.25, of=1)


async def test_durations_of_one_type_leave_room_for_those_of_another(database, view, monkeypatch):
    monkeypatch.setattr(queue_view, "TIMED", 2)
    fast = [a_task(DONE, took=1, ended=NOON - number * SECOND) for number in range(9)]
    await store(database, *fast, a_task(DONE, EXTRACT, took=5, ended=NOON - MINUTE))

    assert (await counted(view)).durations.of == 2
    assert (await counted(view, EXTRACT)).durations.of == 1


async def test_workers_are_those_seen_lately_with_what_they_hold(database, view):
    await store(database, *(a_task(RUNNING, lease_owner="busy") for _ in range(2)), a_task(RUNNING, lease_owner="gone"))
    await add(
        database,
        workers_=[
            a_worker("idle"),
            a_worker("busy", started=NOON - HOUR, seen=NOON - 20 * SECOND),
            a_worker("patient", started=NOON + SECOND, seen=NOON - HOUR, lease=HOUR),
            a_worker("gone", seen=NOON - HOUR, lease=HOUR - SECOND),
        ],
    )

    queue = await view.statistics(now=NOON)

    assert [(worker.owner, worker.running) for worker in queue.workers] == [("busy", 2), ("idle", 0), ("patient", 0)]
    assert (queue.workers[0].host, queue.workers[0].pid, queue.workers[0].slots) == ("here", 17, 3)


async def test_what_is_ready_is_told_by_type_and_place_with_the_oldest(database, view):
    await store(
        database,
        a_task(READY),
        a_task(READY, ready=NOON - MINUTE),
        a_task(READY, place="attic", ready=NOON - HOUR),
        a_task(READY, OtherTaskType(1000)),
        a_task(BLOCKED, place="attic"),
    )
    await add(database, workers_=[a_worker("1", machine="attic", host="loft"), a_worker("2", seen=NOON - HOUR)])

    queue = await view.statistics(now=NOON)

    assert [(one.type, one.place, one.number, one.oldest_at) for one in queue.ready] == [
        (SYNC, "", 2, NOON - MINUTE),
        (1000, "", 1, NOON),
        (SYNC, "attic", 1, NOON - HOUR),
    ]
    assert queue.oldest_ready_at == NOON - HOUR
    assert queue.hosts == {"attic": "loft", "machine": "here"}
    assert [(one.type, one.place) for one in queue.unserved] == [(1000, ""), (SYNC, "attic")]


async def test_what_is_held_by_workers_that_are_not_alive_is_told_with_the_end_of_their_leases(database, view):
    def leased(owner, seconds):
        return a_task(RUNNING, lease_owner=owner, leased_until=NOON + seconds * SECOND)

    await store(database, leased("alive", 9), leased("silent", 5), leased("silent", 7), leased("attic-9-cafe", 3))
    await add(database, workers_=[a_worker("alive"), a_worker("silent", seen=NOON - HOUR)])

    held = (await view.statistics(now=NOON)).stranded

    assert [(one.owner, one.number, one.leased_until) for one in held] == [
        ("attic-9-cafe", 1, NOON + 3 * SECOND),
        ("silent", 2, NOON + 7 * SECOND),
    ]
    assert {one.type for one in held} == {SYNC}
    assert [(one.machine, one.host, one.pid) for one in held] == [("attic", None, None), ("machine", "here", 17)]


async def test_what_is_paused_says_so_though_nothing_waits_there(database, view):
    await store(database, a_task(READY, EXTRACT))
    await add(database, paused=[SYNC])

    queue = await view.statistics(now=NOON)

    assert [(one.type, one.paused) for one in queue.types] == [(SYNC, True), (EXTRACT, False)]
    assert not queue.all_paused


async def test_when_everything_is_paused_every_type_is(database, view):
    await store(database, a_task(READY))
    await add(database, paused=[0])

    queue = await view.statistics(now=NOON)

    assert queue.all_paused
    assert [one.paused for one in queue.types] == [True]


async def test_a_running_task_comes_with_its_source_its_step_and_when_this_attempt_began(database, view):
    first = a_task(RUNNING, started=NOON - MINUTE, lease_owner="worker")
    again = a_task(RUNNING, EXTRACT, started=NOON - HOUR, attempts=2)
    unreported = a_task(RUNNING, EXTRACT, started=NOON, attempts=2, payload={"index_id": "of another program"})
    snoozed = a_task(RUNNING, EXTRACT, started=NOON - 2 * MINUTE, snoozes=3)
    await store(database, unreported, first, again, snoozed)
    begun = NOON - 5 * SECOND
    await add(
        database,
        steps=[
            a_step(again["id"], TaskOperation.DELETE_OLD_SNIPPETS, 1, StepState.DONE, started=begun),
            a_step(again["id"], TaskOperation.EXTRACT_SNIPPETS, 2, StepState.RUNNING, current=3, total=9),
        ],
    )

    running = (await view.board(now=NOON)).running

    assert [one.task.id for one in running] == [again["id"], snoozed["id"], first["id"], unreported["id"]]
    assert [one.begun_at for one in running] == [begun, None, NOON - MINUTE, None]
    assert [one.task.source for one in running] == ["shop", "shop", "shop", None]
    assert (running[0].step.step, running[0].step.current, running[0].step.total) == ("extract snippets", 3, 9)
    assert running[2].step is None


async def test_retries_come_by_when_they_are_due_and_the_dead_by_when_they_died_last_first(database, view):
    later = a_task(SCHEDULED, attempts=1, ready=NOON + HOUR, note="no answer")
    sooner = a_task(SCHEDULED, attempts=2, ready=NOON + MINUTE)
    old, new = a_task(DEAD, ended=NOON - HOUR), a_task(DEAD, ended=NOON - MINUTE, note="broken")
    await store(database, later, sooner, a_task(SCHEDULED, ready=NOON + SECOND), old, new, a_task(DONE))

    board = await view.board(now=NOON)

    assert [task.id for task in board.retries] == [sooner["id"], later["id"]]
    assert board.retries[1].note == "no answer"
    assert [task.id for task in board.dead] == [new["id"], old["id"]]
    assert [task.id for task in (await view.board(now=NOON, limit=1)).dead] == [new["id"]]
    assert board.statistics.by_state[DEAD] == 2


async def test_what_is_over_is_found_through_indexes_however_much_it_is(database):
    statements = {"tasks_over": queue_view._over(NOON), "tasks_dead": queue_view._dead()}
    async with database.read() as connection:
        if not database.is_sqlite:
            # Reading a small table from end to end is cheaper; this asks whether the index would do.
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        for index, statement in statements.items():
            spelled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
            plan = str((await connection.execute(text(f"{explain} {spelled}"))).all())
            assert index in plan
