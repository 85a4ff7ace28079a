"""Where a queue lives during a trial: a file of SQLite's, or a PostgreSQL server behind a network that breaks."""

import asyncio
import signal
import sqlite3
import time
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import chaos_ledger
from chaos_process import Setup
from chaos_proxy import Proxy

from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from postgres_server import USER, PostgresServer

HOUR = 3600
SKEWS = (0, 3 * HOUR, -5 * HOUR, 0)
"""By how much the clocks of the workers' machines are wrong."""


class SqliteHome:
    """One file, and the machine's clock, which is the database's."""

    name = "SQLite"

    def __init__(self, directory, **_options):
        self.url = f"sqlite+aiosqlite:///{directory / 'kodit.db'}"
        self._file = directory / "kodit.db"

    @asynccontextmanager
    async def open(self):
        await prepared(self.url)
        yield self

    def setup(self, number, **given):
        return Setup(url=self.url, **given)

    def hold(self, seconds):
        """Keep everybody else from writing, as a backup or a curious user may."""
        # A stopped worker may keep the lock for longer than anybody waits.
        patience = suppress(sqlite3.OperationalError)
        with patience, closing(sqlite3.connect(self._file, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            # The fault is how long this lasts.
            time.sleep(seconds)
            connection.execute("ROLLBACK")


class OwnServer(PostgresServer):
    """A server that can be stopped and killed, even where the other tests use one that cannot."""

    is_ours = True


class PostgresHome:
    """A server of the trial's own. Every other process reaches it through the proxy."""

    name = "PostgreSQL"

    def __init__(self, _directory, *, durable=False):
        # Without fsync a server that crashes on a machine that does not has lost nothing.
        self._server = OwnServer(() if durable else ("fsync=off",))
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def open(self):
        await asyncio.to_thread(self._server.open)
        try:
            self._database = await asyncio.to_thread(self._server.create)
            self.url = self._server.url(self._database)
            home = Path(self.url.rpartition("=")[2])
            self.proxy = Proxy(home / ".s.PGSQL.5432")
            await self.proxy.open()
            self._proxied = f"postgresql+asyncpg://{USER}@127.0.0.1:{self.proxy.port}/{self._database}"
            await prepared(self.url)
            yield self
            await self.proxy.close()
        finally:
            await asyncio.to_thread(self._server.close)

    def setup(self, number, **given):
        return Setup(url=self._proxied if number % 2 else self.url, skew=SKEWS[number % len(SKEWS)], **given)

    async def hang_up(self, share):
        """End a part of the connections, as an administrator may."""
        import asyncpg

        async with self._turn:
            connection = await asyncpg.connect(self._server.url("postgres", driver="postgresql"))
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND random() < $2".replace(
                    "$1", f"'{self._database}'"
                ).replace("$2", str(share))
            )
            await connection.close()

    async def restart(self, how=signal.SIGINT):
        """SIGINT in good order, SIGQUIT after a crash."""
        async with self._turn:
            await asyncio.to_thread(self._server.stop, how)
            await asyncio.to_thread(self._server.start)


async def prepared(url):
    database = Database(url)
    await upgrade(database)
    await chaos_ledger.create(database)
    await database.close()
