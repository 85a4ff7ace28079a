"""What every Presence promises."""

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest

from kodit.domain.tasks.claim import ANYWHERE, Demand
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.filesystem.presence import LockedPresence

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LIVES = """
import sys
from pathlib import Path
from kodit.infrastructure.filesystem.presence import LockedPresence

presence = LockedPresence(Path(sys.argv[1]))
owner = presence.owner()
with presence.register(owner):
    print(owner, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def presence(tmp_path):
    return LockedPresence(tmp_path / "workers")


@pytest.fixture
def other(tmp_path):
    """Another process with a worker, and the worker's name."""
    with subprocess.Popen(
        [sys.executable, "-c", LIVES, tmp_path / "workers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process, process.stdout.readline().strip()
        process.kill()


def test_a_registered_worker_is_alive_until_it_leaves(presence):
    owner = presence.owner()
    with presence.register(owner):
        assert presence.alive() == {owner}
        assert presence.gone([owner]) == frozenset()

    assert presence.alive() == frozenset()
    assert presence.gone([owner]) == {owner}


def test_names_are_never_given_twice(presence):
    assert len({presence.owner() for _ in range(100)}) == 100


def test_a_worker_of_another_process_is_alive(presence, other):
    _, owner = other

    assert presence.alive() == {owner}
    assert presence.gone([owner]) == frozenset()


def test_a_killed_worker_is_gone_at_once(presence, other):
    process, owner = other
    process.kill()
    process.wait()

    assert presence.gone([owner]) == {owner}
    assert presence.alive() == frozenset()


def test_a_worker_of_another_machine_is_never_declared_dead(presence):
    assert presence.gone(["0123456789ab-77-cafe"]) == frozenset()


def test_two_data_directories_are_two_machines(presence, tmp_path):
    elsewhere = LockedPresence(tmp_path / "elsewhere")

    assert presence.gone([elsewhere.owner()]) == frozenset()


def test_a_worker_is_introduced_with_its_machine_its_process_and_what_it_can_take(presence):
    demand = Demand(limit=3, types=(TaskType.SYNC,), places=(ANYWHERE, presence.machine()))

    worker = presence.introduce("ada", demand, started_at=NOON, seen_at=NOON, alive_until=NOON)

    assert (worker.owner, worker.machine, worker.pid) == ("ada", presence.machine(), os.getpid())
    assert (worker.slots, worker.types, worker.places) == (demand.limit, demand.types, demand.places)


def test_being_looked_at_never_harms_a_worker_that_registers(presence):
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            presence.alive()

    presence.owner()
    onlookers = [threading.Thread(target=look) for _ in range(3)]
    for onlooker in onlookers:
        onlooker.start()
    try:
        for _ in range(200):
            owner = presence.owner()
            with presence.register(owner):
                assert presence.gone({owner}) == frozenset()
    finally:
        over.set()
        for onlooker in onlookers:
            onlooker.join()
