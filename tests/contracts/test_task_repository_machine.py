"""The SQL queue does what the queue in memory does, whatever is asked of them and in whatever order."""

import asyncio
import os
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from queue_steps import MINUTE, NOON, SECOND, SINGLE, demand, ending, new
from sqlalchemy import text

from kodit.domain.errors import KoditError, NotFound
from kodit.domain.tasks.claim import EVERYTHING, Control, Retention
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Cancelled, Done, Failed, Released, Retry, Skipped, Snoozed
from kodit.domain.tasks.presence import Gap
from kodit.domain.tasks.run import LIVE_RUNS
from kodit.domain.tasks.task import LIVE, SATISFYING, Lease, TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.memory.task_repository import MemoryTaskRepository
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.unit_of_work import SqlStorage

PIPELINES = {"a": SINGLE, "b": CODE, "c": SINGLE}
PLACES = {"c": "here"}
OUTCOMES = [
    Done({"files": 1}),
    Done(skip_followers="unchanged"),
    Skipped("nothing to do"),
    Retry("network", kind="Unavailable"),
    Retry("slow down", after=10 * MINUTE),
    Retry("no answer", kind="DatabaseAway", excused=True),
    Failed("no such place"),
    Cancelled(),
    Released(),
    Snoozed(MINUTE, "not yet"),
    Snoozed(10 * MINUTE, "no answer"),
]
EXAMPLES = int(os.environ.get("KODIT_TEST_EXAMPLES", "30"))
keys = st.sampled_from(sorted(PIPELINES))
owners = st.sampled_from(["ada", "bob"])
durations = st.sampled_from([MINUTE, 0 * MINUTE, SECOND, 60 * MINUTE])
demands = st.builds(
    demand,
    st.integers(0, 3),
    types=st.sampled_from([tuple(TaskType), (TaskType.SYNC,), (TaskType.ENRICH, TaskType.BM25_INDEX), ()]),
    places=st.sampled_from([("", "here"), ("",), ("here",)]),
    oldest=st.integers(0, 2),
    aged_until=st.sampled_from([None, NOON, NOON + MINUTE, NOON + 90 * MINUTE]),
)
held_back = st.builds(
    Control,
    type=st.sampled_from([TaskType.SYNC, EVERYTHING, TaskType.BM25_INDEX]),
    paused=st.booleans(),
    most=st.sampled_from([None, 1, 0, 2]),
)


class Undone(Exception):
    """Rolls back."""


class Twins(RuleBasedStateMachine):
    """Asks both queues the same. Nothing is committed: what is seen is seen in one transaction, and then undone."""

    def __init__(self, runner, storage):
        super().__init__()
        self._runner = runner
        self._memory = MemoryTaskRepository()
        self._writing = storage.write()
        self._sql = runner.run(self._writing.__aenter__()).tasks
        runner.run(_count_from_one(self._sql._connection))
        self._now = NOON
        self._claimed = []
        self._tokens = 0
        self._seen = {}
        self._latest = 0

    def both(self, verb, *args, **kwargs):
        answers = [self._runner.run(_answer(queue, verb, *args, **kwargs)) for queue in (self._memory, self._sql)]
        assert answers[0] == answers[1], f"{verb}: {_difference(*answers)}"
        return answers[0]

    @rule(key=keys, priority=st.sampled_from([50, 10, 90]), attempts=st.integers(1, 3), age=st.sampled_from([1, 0, 2]))
    def enqueue(self, key, priority, attempts, age):
        at = self._now - age * SECOND
        self.both("enqueue", [_new(key, priority, at=at, attempts=attempts)])

    @rule(batch=st.lists(st.tuples(keys, st.sampled_from([50, 10, 90])), max_size=4))
    def enqueue_many(self, batch):
        # In the order of their keys: of runs that are stored together nobody promises in which order their ids are.
        self.both("enqueue", [_new(key, priority, at=self._now) for key, priority in sorted(batch)])

    @initialize(priority=st.sampled_from([50, 10]))
    def begin(self, priority):
        for key in PIPELINES:
            self.enqueue(key, priority, 2, 0)
        self.claim("ada", 2)

    @rule(owner=owners, limit=st.integers(1, 3))
    def claim(self, owner, limit):
        self._tokens += 1
        lease = Lease(owner=owner, token=f"token {self._tokens}", until=self._now + MINUTE)
        self._claimed += self.both("claim", lease, demand(limit, places=("", "here")), now=self._now)

    @rule(wanted=demands)
    def claim_some(self, wanted):
        self._tokens += 1
        lease = Lease(owner="eve", token=f"token {self._tokens}", until=self._now + MINUTE)
        awaited = self.both("awaits", wanted, now=self._now)
        # No port says what becomes of more that have aged than are wanted at all.
        wanted = replace(wanted, oldest=min(wanted.oldest, wanted.limit))
        claimed = self.both("claim", lease, wanted, now=self._now)
        assert awaited or not claimed
        self._claimed += claimed

    @rule(
        outcomes=st.lists(st.just(Done()), max_size=3) | st.lists(st.sampled_from(OUTCOMES), max_size=3),
        wanted=demands,
    )
    def take_a_turn(self, outcomes, wanted):
        endings = [ending(task, how, self._now) for task, how in zip(reversed(self._claimed), outcomes, strict=False)]
        self._tokens += 1
        lease = Lease(owner="eve", token=f"token {self._tokens}", until=self._now + MINUTE)
        wanted = replace(wanted, oldest=min(wanted.oldest, wanted.limit))
        _, claimed = self.both("exchange", endings, lease, wanted, now=self._now)
        self._claimed += claimed

    @rule(change=held_back, how=st.sampled_from(["both", "pause", "limit"]))
    def hold_back(self, change, how):
        if how != "limit":
            self.both("pause", change.type, paused=change.paused)
        if how != "pause":
            self.both("limit", change.type, change.most)
        self.both("controls")

    @rule()
    def hold_nothing_back(self):
        for kind in TaskType.SYNC, EVERYTHING, TaskType.BM25_INDEX:
            self.both("pause", kind, paused=False)
            self.both("limit", kind, None)

    @precondition(lambda self: self._claimed)
    @rule(outcomes=st.lists(st.sampled_from(OUTCOMES), min_size=2, max_size=4))
    def settle_together(self, outcomes):
        endings = [ending(task, how, self._now) for task, how in zip(reversed(self._claimed), outcomes, strict=False)]
        self.both("settle", endings, now=self._now)

    @precondition(lambda self: self._claimed)
    @rule(place=st.integers(1, 4))
    def hold(self, place):
        self.both("hold", self._claimed[-min(place, len(self._claimed))])
        self.both("held", [task.lease_token for task in self._claimed[-place:]])

    @rule(place=st.integers(1, 6))
    def discard(self, place):
        dead = [task.id for _, tasks in self._seen.values() for task in tasks if task.state is TaskState.DEAD]
        self.both("discard", dead[-min(place, len(dead))] if dead else place)

    @rule(finished=durations, failed=durations, keep=st.integers(0, 3), most=st.integers(0, 3))
    def prune(self, finished, failed, keep, most):
        kept = Retention(finished_until=self._now - finished, failed_until=self._now - failed, keep=keep)
        self.both("prune", kept, most=most)

    @precondition(lambda self: self._claimed)
    @rule(place=st.integers(1, 5), outcome=st.sampled_from(OUTCOMES))
    def settle(self, place, outcome):
        # The latest is the likeliest to be leased still; the others are late workers.
        task = self._claimed[-min(place, len(self._claimed))]
        self.both("settle", [ending(task, outcome, self._now)], now=self._now)

    @rule(owner=owners, limit=st.integers(1, 2))
    def work(self, owner, limit):
        before = len(self._claimed)
        self.claim(owner, limit)
        for place in range(len(self._claimed) - before, 0, -1):
            self.settle(place, Done({"files": 1}))

    @precondition(lambda self: self._claimed)
    @rule(place=st.integers(1, 3), many=st.integers(1, 3), passed=durations)
    def extend(self, place, many, passed):
        self._now += passed
        # Of several attempts at one task the last of these.
        latest = {task.id: task for task in self._claimed[-place:][:many]}
        self.both("extend", latest.values(), until=self._now + MINUTE)

    @rule(passed=durations)
    def time_passes(self, passed):
        self._now += passed

    @rule(gone=st.sets(owners), passed=durations, spared=st.none() | st.tuples(durations, durations))
    def rescue(self, gone, passed, spared):
        self._now += passed
        gap = spared and Gap(self._now - spared[0] - spared[1], self._now - spared[1])
        self.both("rescue", now=self._now, gone=gone, spared=gap)

    @precondition(lambda self: self._claimed)
    @rule(owner=owners, outcome=st.sampled_from(OUTCOMES))
    def come_late(self, owner, outcome):
        place = len(self._claimed)
        self.both("rescue", now=self._now, gone={"ada", "bob"})
        self.claim(owner, 3)
        self.settle(len(self._claimed) - place + 1, outcome)

    @rule(place=st.integers(1, 5))
    def cancel(self, place):
        self.both("cancel", max(self._latest - place, 1), now=self._now)

    @rule(place=st.integers(1, 6))
    def retry(self, place):
        tasks = [task.id for _, tasks in self._seen.values() for task in tasks if task.state not in LIVE]
        self.both("retry", tasks[-min(place, len(tasks))] if tasks else place, now=self._now)

    @rule(key=keys)
    def forget(self, key):
        self.both("forget", key)

    @invariant()
    def both_are_in_one_sound_state(self):
        self.both("owners")
        self.both("next_due")
        before, self._seen = self._seen, self._remembered()
        for run_id in before.keys() | self._seen.keys():
            if before.get(run_id) != self._seen.get(run_id):
                self._compare(run_id)
        live = Counter(run.dedup_key for run, _ in self._seen.values() if run.state in LIVE_RUNS)
        assert set(live.values()) <= {1}

    def teardown(self):
        try:
            for run_id in self._ids():
                self._compare(run_id)
        finally:
            self._runner.run(self._writing.__aexit__(Undone, Undone(), None))

    def _remembered(self):
        """Every run in memory with its tasks. Ids are given in order, so that new runs are found by counting."""
        while self._told("run", self._latest + 1) is not NotFound:
            self._latest += 1
        told = {run_id: (self._told("run", run_id), self._told("tasks_of", run_id)) for run_id in self._ids()}
        return {run_id: found for run_id, found in told.items() if found[0] is not NotFound}

    def _told(self, verb, run_id):
        return self._runner.run(_answer(self._memory, verb, run_id))

    def _ids(self):
        return range(1, self._latest + 1)

    def _compare(self, run_id):
        run, tasks = self.both("run", run_id), self.both("tasks_of", run_id)
        states = {task.type: task.state for task in tasks}
        for task in tasks:
            _assert_in_place(task, {states[need] for need in task.needs})
        if run is not NotFound:
            assert run == run.after(tasks, now=self._now)._replace(finished_at=run.finished_at)


async def _count_from_one(connection):
    """PostgreSQL uses no id twice, though it was given out in a transaction that was undone."""
    if connection.dialect.name == "postgresql":
        for table in ("runs", "tasks"):
            await connection.scalar(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1, false)"))


def _new(key, priority, **changes):
    return new(key, priority, pipeline=PIPELINES[key], place=PLACES.get(key, ""), **changes)


def _assert_in_place(task, needs):
    assert (task.state is TaskState.RUNNING) == (task.lease_token is not None)
    assert not task.is_snoozed or task.state is TaskState.SCHEDULED
    assert task.state is not TaskState.SCHEDULED or task.note
    if task.state in (TaskState.READY, TaskState.RUNNING, TaskState.SCHEDULED):
        assert needs <= SATISFYING
    if task.state is TaskState.BLOCKED:
        assert not needs <= SATISFYING
        assert not needs & {TaskState.DEAD, TaskState.CANCELLED}


async def _answer(queue, verb, *args, **kwargs):
    try:
        answer = await getattr(queue, verb)(*args, **kwargs)
    except KoditError as error:
        return type(error)
    return list(answer) if type(answer) in (list, tuple) else answer


@pytest.fixture(params=["sqlite", "postgres"])
def url(request):
    if request.param == "postgres":
        return request.getfixturevalue("postgres_copy")
    return f"sqlite+aiosqlite:///{request.getfixturevalue('sqlite_file')}"


def test_the_queues_agree_step_by_step(url):
    with asyncio.Runner() as runner:
        database = Database(url)
        storage = SqlStorage(database)
        try:
            steps = settings(deadline=None, max_examples=EXAMPLES, stateful_step_count=30)
            run_state_machine_as_test(lambda: Twins(runner, storage), settings=steps)
        finally:
            runner.run(database.close())


def _difference(left, right):
    """What differs, field by field where both are lists of the same nouns."""
    if not (type(left) is type(right) is list and len(left) == len(right)):
        return left, right
    return [
        (one.id, name, getattr(one, name), getattr(other, name))
        for one, other in zip(left, right, strict=True)
        for name in one._fields
        if getattr(one, name) != getattr(other, name)
    ]
