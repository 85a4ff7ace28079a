"""Wake-ups over a network that breaks, and a server that stops."""

import asyncio
import threading
import time

import asyncpg
import pytest

from kodit.infrastructure.postgres import wakeups as room
from kodit.infrastructure.postgres.wakeups import CHANNEL, PostgresWakeups

LONG = 240
"""Seconds; nobody waits that long unless a promise is broken."""


@pytest.fixture
async def ear(postgres_url):
    """Listens, and has looked at the queue since."""
    made = PostgresWakeups(postgres_url)
    await made.wait(LONG)
    yield made
    await made.close()


@pytest.fixture
async def mouth(postgres_url):
    made = PostgresWakeups(postgres_url)
    yield made
    await made.close()


@pytest.fixture
async def connection(postgres_url):
    made = await asyncpg.connect(f"postgresql{postgres_url.removeprefix('postgresql+asyncpg')}")
    yield made
    await made.close()


async def soon(waiting):
    async with asyncio.timeout(LONG / 4):
        await waiting


async def waits(wakeups):
    """A wait that has begun."""
    waiting = asyncio.create_task(wakeups.wait(LONG))
    await asyncio.sleep(0)
    return waiting


async def hang_up(connection):
    """Cut every other connection, as a server does that stops, or a proxy that loses patience."""
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def test_an_announcement_of_another_process_wakes(ear, mouth):
    waiting = await waits(ear)
    mouth.announce()

    await soon(waiting)
    assert waiting.result() is True


async def test_an_announcement_between_two_waits_is_not_lost(ear, connection):
    await connection.execute(f"NOTIFY {CHANNEL}")

    await soon(ear.wait(LONG))


async def test_who_begins_to_listen_looks_once_more_because_what_was_said_before_was_not_heard(mouth):
    await soon(mouth.wait(LONG))


async def test_what_another_process_announces_is_heard_by_each_who_waits(ear, mouth):
    other = ear.another()
    waiting = await waits(ear)
    mouth.announce()
    await soon(waiting)

    assert await other.wait(LONG) is True


async def test_a_broken_connection_wakes_each_who_waits(ear, connection):
    other = ear.another()
    waiting = await waits(ear)
    await hang_up(connection)

    await soon(waiting)
    assert await other.wait(LONG) is False


async def test_a_broken_connection_wakes_and_is_made_again(ear, mouth, connection):
    waiting = await waits(ear)
    await hang_up(connection)
    await soon(waiting)
    assert waiting.result() is False

    await soon(ear.wait(LONG))
    waiting = await waits(ear)
    mouth.announce()
    await soon(waiting)


async def test_who_only_tells_tells_again_after_a_broken_connection(ear, mouth, connection):
    waiting = await waits(ear)
    mouth.announce()
    await soon(waiting)
    waiting = await waits(ear)
    await hang_up(connection)
    await soon(waiting)
    await soon(ear.wait(LONG))

    waiting = await waits(ear)
    mouth.announce()
    await soon(waiting)


async def test_what_is_told_through_a_connection_that_nobody_knows_to_be_broken_is_told_through_another(
    ear, mouth, postgres_url
):
    waiting = await waits(ear)
    mouth.announce()
    await soon(waiting)
    waiting = await waits(ear)

    # While it hangs up, this thread waits, so that nobody here hears of it.
    hanging_up = threading.Thread(target=asyncio.run, args=(ended(postgres_url, mouth._connection.get_server_pid()),))
    hanging_up.start()
    hanging_up.join()
    mouth.announce()

    await soon(waiting)


async def ended(url, pid):
    """Returns once the server has ended a connection."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.fetch("SELECT pg_terminate_backend($1, 60000)", pid)
    await connection.close()


async def test_a_thousand_announcements_are_told_as_a_few(mouth, connection):
    heard = []
    await connection.add_listener(CHANNEL, lambda *told: heard.append(told))
    await mouth.wait(LONG)

    began = time.monotonic()
    for _ in range(1_000):
        mouth.announce()
        await asyncio.sleep(0)
    await mouth.close()
    took = time.monotonic() - began
    await connection.execute("SELECT 1")

    assert 1 <= len(heard) <= 3 + took / room.GAP_SECONDS


async def test_what_was_to_be_told_is_told_before_the_end(ear, postgres_url):
    brief = PostgresWakeups(postgres_url)
    brief.announce()
    await brief.close()

    await soon(ear.wait(LONG))


async def test_a_notification_stays_in_its_process(mouth, connection):
    heard = []
    await connection.add_listener(CHANNEL, lambda *told: heard.append(told))
    mouth.notify()
    await mouth.close()
    await connection.execute("SELECT 1")

    assert heard == []


async def test_without_a_server_a_wait_ends_by_its_time_and_by_a_notification_of_its_own_process(tmp_path):
    lonely = PostgresWakeups(f"postgresql+asyncpg://kodit@/kodit?host={tmp_path}")

    await soon(lonely.wait(0.01))
    waiting = await waits(lonely)
    lonely.notify()
    await soon(waiting)
    await lonely.close()


@pytest.fixture
async def half_open(postgres_url, tmp_path):
    """A way to the server, and an event after which it swallows what is said to the server."""
    cut, hosts = asyncio.Event(), postgres_url.partition("?host=")[2]
    writers = []

    async def carry(reader, writer, swallows):
        while words := await reader.read(65_536):
            if not (swallows and cut.is_set()):
                writer.write(words)
        writer.close()

    async def connect(reader, writer):
        answers, asks = await asyncio.open_unix_connection(f"{hosts}/.s.PGSQL.5432")
        writers.extend((writer, asks))
        await asyncio.gather(carry(reader, asks, True), carry(answers, writer, False))

    async with await asyncio.start_unix_server(connect, tmp_path / ".s.PGSQL.5432"):
        yield postgres_url.replace(hosts, str(tmp_path)), cut
        for writer in writers:
            writer.close()
            await writer.wait_closed()


async def test_a_connection_that_is_half_open_is_found_out(half_open, monkeypatch):
    monkeypatch.setattr(room, "TRY_SECONDS", 0)
    monkeypatch.setattr(room, "PATIENCE_SECONDS", 0.5)
    url, cut = half_open
    ear = PostgresWakeups(url)
    await ear.wait(LONG)
    cut.set()

    await ear.wait(0.01)
    await soon(ear.wait(LONG))

    cut.clear()
    await ear.close()
