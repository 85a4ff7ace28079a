"""What every Presence promises."""

import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from kodit.application.tasks.upkeep import FORGET_WORKERS
from kodit.domain.tasks.claim import ANYWHERE, Demand
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.filesystem.presence import LockedPresence

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CLASH = RuntimeError("an error of the worker")
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


def test_a_worker_that_leaves_by_an_error_is_gone(presence):
    owner = presence.owner()
    with suppress(RuntimeError), presence.register(owner):
        raise CLASH

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


def test_everybody_who_looks_is_told_of_a_killed_worker_however_often(presence, other, tmp_path):
    process, owner = other
    process.kill()
    process.wait()
    peers = [presence, LockedPresence(tmp_path / "workers"), presence]

    assert presence.alive() == frozenset()
    assert [peer.gone([owner]) for peer in peers] == [{owner}] * 3


def test_a_live_worker_of_a_machine_that_calls_itself_the_same_is_not_declared_dead(presence, other, tmp_path):
    _, owner = other
    (tmp_path / "clone").mkdir()
    shutil.copy(tmp_path / "workers" / "machine", tmp_path / "clone")
    clone = LockedPresence(tmp_path / "clone")

    assert clone.machine() == presence.machine()
    assert clone.gone([owner]) == frozenset()


def test_workers_that_died_long_ago_leave_nothing_behind(presence, tmp_path):
    long_ago = (NOON - FORGET_WORKERS).timestamp()
    dead = [presence.owner() for _ in range(3)]
    for owner in dead:
        with suppress(RuntimeError), presence.register(owner):
            raise CLASH
    # Somebody has looked for two of them, for one of these long ago.
    assert presence.gone(dead[1:]) == set(dead[1:])
    for file in (tmp_path / "workers").glob(f"{dead[2]}*"):
        os.utime(file, (long_ago, long_ago))
    with presence.register(presence.owner()):
        assert presence.gone(dead) == set(dead[:2])

    assert len([file for file in (tmp_path / "workers").iterdir() if file.name.startswith(presence.machine())]) == 2


def test_a_worker_that_was_taken_for_dead_while_it_registered_is_alive(presence, tmp_path):
    owner = presence.owner()
    (tmp_path / "workers" / f"{owner}.lock").touch()
    assert presence.gone([owner]) == {owner}
    with presence.register(owner):
        assert presence.gone([owner]) == frozenset()

    assert presence.gone([owner]) == frozenset()


@pytest.mark.parametrize("left", [b"", b"\0" * 12], ids=["nothing", "zeros"])
def test_a_machine_whose_name_a_power_cut_has_taken_gets_another(tmp_path, left):
    (tmp_path / "machine").write_bytes(left)
    named = LockedPresence(tmp_path).machine()

    assert named.isalnum()
    assert LockedPresence(tmp_path).machine() == named


def test_of_several_that_name_the_machine_at_once_one_does(tmp_path):
    (tmp_path / "machine").touch()
    with ThreadPoolExecutor(8) as threads:
        named = set(threads.map(lambda _: LockedPresence(tmp_path).machine(), range(50)))

    assert named == {LockedPresence(tmp_path).machine()}
    assert [file.name for file in tmp_path.iterdir()] == ["machine"]


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
