"""Bells between processes that share one SQLite file: who waits is woken, and the dead leave nothing behind."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from kodit.infrastructure.sqlite import wakeups as room
from kodit.infrastructure.sqlite.bell import Bell, ring
from kodit.infrastructure.sqlite.wakeups import TASKS, SqliteWakeups

LONG = 240
"""Seconds; nobody waits that long unless a promise is broken."""
LISTENER = """
import asyncio, sys
from pathlib import Path
from kodit.infrastructure.sqlite import wakeups as room

room.WATCH_SECONDS = 240

async def main():
    heard = room.SqliteWakeups(Path(sys.argv[1]))
    await heard.wait(0)
    print("listening", flush=True)
    await heard.wait(240)
    print("woken", flush=True)
    await heard.close()

asyncio.run(main())
"""
CALLER = """
import asyncio, sys
from pathlib import Path
from kodit.infrastructure.sqlite.wakeups import SqliteWakeups

async def main():
    caller = SqliteWakeups(Path(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        caller.announce()
    await caller.close()

asyncio.run(main())
"""


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "queue.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE tasks (id INTEGER)")
        connection.commit()
    return path


@pytest.fixture
def bells(database):
    return database.parent / "workers"


@pytest.fixture
def hearing_only_bells(monkeypatch):
    monkeypatch.setattr(room, "WATCH_SECONDS", LONG)


@pytest.fixture
async def wakeups(database):
    made = SqliteWakeups(database)
    yield made
    await made.close()


@pytest.fixture
def listener(database):
    process = subprocess.Popen([sys.executable, "-c", LISTENER, database], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "listening\n"
    yield process
    process.kill()
    process.communicate()


async def soon(waiting):
    async with asyncio.timeout(LONG / 4):
        await waiting


async def announced_elsewhere(database, times=1):
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", CALLER, database, str(times)], check=True)


async def test_an_announcement_wakes_who_waits_in_another_process(wakeups, listener):
    wakeups.announce()

    assert await asyncio.to_thread(listener.stdout.readline) == "woken\n"


@pytest.mark.usefixtures("hearing_only_bells")
async def test_who_waits_hears_another_process(wakeups, database):
    await wakeups.wait(0)
    waiting = asyncio.create_task(wakeups.wait(LONG))
    await announced_elsewhere(database)

    await soon(waiting)
    assert waiting.result() is True


@pytest.mark.usefixtures("hearing_only_bells")
async def test_an_announcement_between_two_waits_is_not_lost(wakeups, database):
    await wakeups.wait(0)
    await announced_elsewhere(database)

    await soon(wakeups.wait(LONG))


@pytest.mark.usefixtures("hearing_only_bells")
async def test_the_first_wait_ends_at_once_as_nobody_knows_what_was_announced_before_it(wakeups, database):
    await announced_elsewhere(database)

    await soon(wakeups.wait(LONG))


@pytest.mark.usefixtures("hearing_only_bells")
async def test_many_announcements_wake_once(wakeups, database):
    await wakeups.wait(0)
    await announced_elsewhere(database, times=100)
    await wakeups.wait(LONG)
    waiting = asyncio.create_task(wakeups.wait(LONG))
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    waiting.cancel()

    assert not done


@pytest.mark.usefixtures("hearing_only_bells")
@pytest.mark.parametrize("is_stranger", [True, False], ids=["another process", "another in this process"])
async def test_who_waits_no_longer_leaves_the_others_listening(wakeups, database, is_stranger):
    other = wakeups.another()
    await wakeups.wait(0)
    await other.wait(0)
    waiting = asyncio.create_task(other.wait(LONG))
    await wakeups.wait(0.01)
    if is_stranger:
        await announced_elsewhere(database)
    else:
        wakeups.announce()

    await soon(waiting)
    assert waiting.result() is True


@pytest.mark.usefixtures("hearing_only_bells")
async def test_what_is_announced_last_is_told_before_closing(wakeups, database):
    await wakeups.wait(0)
    hasty = SqliteWakeups(database)
    hasty.announce()
    await wakeups.wait(LONG)
    hasty.announce()
    await hasty.close()

    await soon(wakeups.wait(LONG))


async def test_a_killed_listener_leaves_nothing_behind(wakeups, listener, bells):
    assert len(list(bells.iterdir())) == 1
    listener.send_signal(signal.SIGKILL)
    await asyncio.to_thread(listener.wait)
    wakeups.announce()

    assert list(bells.iterdir()) == []


async def test_who_closes_leaves_nothing_behind(database, bells):
    brief = SqliteWakeups(database)
    await brief.wait(0)
    await brief.close()

    assert list(bells.iterdir()) == []


async def test_a_listener_that_is_stopped_does_not_hold_up_who_announces(wakeups, listener, bells):
    listener.send_signal(signal.SIGSTOP)
    for _ in range(100_000):
        ring(bells, TASKS)
    listener.send_signal(signal.SIGCONT)

    assert await asyncio.to_thread(listener.stdout.readline) == "woken\n"


async def test_without_bells_a_commit_is_seen_soon(database, bells):
    bells.write_text("a file where the bells should be")
    deaf = SqliteWakeups(database)
    await deaf.wait(0)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO tasks VALUES (1)")
        connection.commit()

    await soon(deaf.wait(LONG))
    await deaf.close()


def test_a_file_that_is_no_bell_is_not_rung(tmp_path):
    other = tmp_path / "other"
    other.write_text("mine")
    (tmp_path / "false.tasks-bell").symlink_to(other)
    ring(tmp_path, TASKS)

    assert other.read_text() == "mine"


def test_a_full_bell_has_been_heard_once(tmp_path):
    bell = Bell(tmp_path, TASKS)
    for _ in range(70_000):
        ring(tmp_path, TASKS)

    assert bell.heard()
    assert not bell.heard()
    bell.close()


async def test_waiting_costs_next_to_nothing(wakeups):
    statements = []
    await wakeups.wait(0)
    wakeups._connection.set_trace_callback(statements.append)
    before = time.thread_time()
    await wakeups.wait(1.2)

    assert len(statements) <= 3
    assert time.thread_time() - before < 0.5


async def test_who_cannot_look_at_the_file_waits_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "WATCH_SECONDS", 0)
    no_file = SqliteWakeups(tmp_path)

    assert await no_file.wait(0.01) is False
    await no_file.close()
