"""A server that says farewell, on a network that is slow to hang up."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import make_url, text

from kodit.domain.errors import Unavailable
from kodit.infrastructure.sql import postgres_connections
from kodit.infrastructure.sql.database import Database

END = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :of")


class Network:
    """Carries everything to a socket file and back, but not that the server has hung up: `gone` says that."""

    def __init__(self, socket_file):
        self.gone = asyncio.Event()
        self._socket_file = socket_file
        self._over = asyncio.Event()
        self._carrying = []

    async def carry(self, reader, writer):
        self._carrying.append(asyncio.current_task())
        far_reader, far_writer = await asyncio.open_unix_connection(self._socket_file)

        async def forth():
            while some := await reader.read(65536):
                far_writer.write(some)

        sending = asyncio.ensure_future(forth())
        while some := await far_reader.read(65536):
            writer.write(some)
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


@pytest.fixture
async def network(postgres_server, postgres_url):
    if not postgres_server.is_ours:
        pytest.skip("the server is not ours, and may be anywhere")
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
        with pytest.raises(Unavailable):
            async with database.write() as connection:
                await hear_farewell(beside, connection)


async def test_a_farewell_to_one_who_has_just_connected_is_unavailable(network, postgres_url, monkeypatch):
    class Unlucky(postgres_connections.PostgresConnections):
        async def _connect(self, settings):
            connection = await super()._connect(settings)
            await end(beside, connection.get_server_pid())
            await network.gone.wait()
            await read_what_has_come()
            made.append(connection)
            return connection

    made = []
    async with opened(postgres_url) as beside:
        monkeypatch.setattr(postgres_connections, "PostgresConnections", Unlucky)
        async with opened(network.url) as database:
            with pytest.raises(Unavailable):
                async with database.write():
                    pass
    # SQLAlchemy has let go of it.
    made[0].terminate()
