"""A server that says farewell, on a network that is slow to hang up."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import make_url, text

from kodit.domain.errors import DatabaseAway
from kodit.infrastructure.sql.database import Database

END = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :of")


class Network:
    """Carries everything to a socket file and back, but not that the server has hung up: `gone` says that.

    Once the `last` words have been said, it calls `hang_up`, and the answer comes together with the farewell.
    """

    last = hang_up = None

    def __init__(self, socket_file):
        self.gone = asyncio.Event()
        self._socket_file = socket_file
        self._over = asyncio.Event()
        self._carrying = []

    async def carry(self, reader, writer):
        self._carrying.append(asyncio.current_task())
        far_reader, far_writer = await asyncio.open_unix_connection(self._socket_file)

        kept = None

        async def forth():
            nonlocal kept
            while some := await reader.read(65536):
                if self.last is not None and self.last in some:
                    kept = []
                far_writer.write(some)

        sending = asyncio.ensure_future(forth())
        while some := await far_reader.read(65536):
            if kept is None:
                writer.write(some)
                continue
            if not kept:
                await self.hang_up()
            kept.append(some)
        writer.write(b"".join(kept or []))
        self.gone.set()
        await self._over.wait()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        for one in (writer, far_writer):
            one.close()
            with suppress(OSError):
                await one.wait_closed()

    async def end(self):
        self._over.set()
        await asyncio.gather(*self._carrying)


END_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def network(require, postgres_url):
    require("postgres of our own")
    direct = make_url(postgres_url)
    made = Network(f"{direct.query['host']}/.s.PGSQL.5432")
    server = await asyncio.start_server(made.carry, "127.0.0.1", 0)
    made.url = direct.set(host="127.0.0.1", port=server.sockets[0].getsockname()[1], query={}).render_as_string()
    yield made
    await made.end()
    server.close()


@asynccontextmanager
async def opened(url):
    database = Database(url)
    yield database
    await database.close()


async def end(database, process):
    async with database.write() as connection:
        await connection.execute(END, {"of": process})


async def end_others(database):
    async with database.write() as connection:
        await connection.execute(END_OTHERS)


async def read_what_has_come():
    for _ in range(100):
        await asyncio.sleep(0)


async def test_a_statement_after_the_servers_farewell_is_unavailable(network, postgres_url):
    async def hear_farewell(beside, connection):
        await end(beside, await connection.scalar(text("SELECT pg_backend_pid()")))
        await network.gone.wait()
        await read_what_has_come()
        await connection.scalar(text("SELECT 1"))

    async with opened(postgres_url) as beside, opened(network.url) as database:
        with pytest.raises(DatabaseAway):
            async with database.write() as connection:
                await hear_farewell(beside, connection)


async def test_a_farewell_to_one_who_is_just_connecting_is_unavailable(network, postgres_url):
    async with opened(postgres_url) as beside, opened(network.url) as database:
        network.last = b"show transaction isolation level"
        network.hang_up = lambda: end_others(beside)
        with pytest.raises(DatabaseAway):
            async with database.write():
                pass
