"""Wake-ups between the processes, on any number of machines, that share one PostgreSQL database."""

import asyncio
import random
from contextlib import suppress
from typing import Any

import asyncpg  # type: ignore[import-untyped]

from kodit.application.tasks.waiters import Sharing, Waiter, Waiters

CHANNEL = "kodit_tasks"
GAP_SECONDS = 0.005
"""Least time between two notifications of one process. Each takes a lock that all of the server's share."""
TRY_SECONDS = 30
"""A connection that said nothing for so long is asked whether it is there: nobody tells of one that is half open."""
PATIENCE_SECONDS = 5
"""How long the server may take to answer."""
TRIES = 2
"""How often something is told before it is left to whoever looks by himself."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0
"""Before connecting again to a server that could not be reached; each pause is twice the last."""
_FAILURES = (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class PostgresWakeups:
    """Implements Wakeups by NOTIFY and LISTEN, on one connection of its own.

    A wait ends once when the connection is made, and when it breaks: what was said meanwhile was not heard. While
    there is none, waits end by their time, and announcements reach this process alone.
    """

    def __init__(self, url: str, channel: str = CHANNEL) -> None:
        self._channel = channel
        self._dsn = f"postgresql://{url.partition('://')[2]}"
        self._waiters = Waiters()
        self._own = self._waiters.new()
        self._turn = asyncio.Lock()
        self._connection: Any = None
        self._opening: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._trying: asyncio.Task[None] | None = None
        self._unsent = False
        self._heard_at = self._open_at = 0.0
        self._pause = FIRST_PAUSE_SECONDS

    def another(self) -> Sharing:
        """See the port."""
        return Sharing(self._waiters, self.announce, self._wait_as)

    def notify(self) -> None:
        """See the port."""
        self._own.wake()

    def announce(self) -> None:
        """See the port. Here at once, elsewhere after a round trip; many within `GAP_SECONDS` are told as one."""
        self._waiters.tell()
        self._unsent = True
        if self._sending is None or self._sending.done():
            self._sending = asyncio.ensure_future(self._send())

    async def wait(self, seconds: float) -> bool:
        """See the port."""
        return await self._wait_as(self._own, seconds)

    async def _wait_as(self, waiter: Waiter, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._opened()
                await waiter.woken()
        except TimeoutError:
            if self._trying is None or self._trying.done():
                self._trying = asyncio.ensure_future(self._try())
        return waiter.told()

    async def close(self) -> None:
        """Tell what is still to be told, and hang up."""
        for task in (self._sending, self._trying, self._opening):
            if task is not None:
                await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
                task.cancel()
        if (connection := self._connection) is not None:
            with suppress(*_FAILURES):
                await connection.close(timeout=PATIENCE_SECONDS)

    async def _opened(self) -> Any:
        """The connection, None while it cannot be made."""
        if self._connection is None and self._opening is None and asyncio.get_running_loop().time() >= self._open_at:
            self._opening = asyncio.ensure_future(self._open())
        if self._opening is not None:
            # A wait that ends sooner leaves it to the next.
            await asyncio.shield(self._opening)
        return self._connection

    async def _open(self) -> None:
        try:
            self._connection = await _listening(self._dsn, self._channel, self._hear, self._lose)
            self._pause = FIRST_PAUSE_SECONDS
            self._heard()
            self._waiters.wake()
        except _FAILURES:
            self._open_at = asyncio.get_running_loop().time() + self._pause * random.uniform(0.5, 1)  # noqa: S311 - spreads
            self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        finally:
            self._opening = None

    async def _send(self) -> None:
        while self._unsent:
            self._unsent = False
            # That a connection is broken may only be found out by speaking; then another one is spoken through.
            for _ in range(TRIES):
                if await self._opened() is None or await self._say(f"NOTIFY {self._channel}"):
                    break
            await asyncio.sleep(GAP_SECONDS)

    async def _try(self) -> None:
        if asyncio.get_running_loop().time() - self._heard_at > TRY_SECONDS:
            await self._say("SELECT 1")

    async def _say(self, statement: str) -> bool:
        """Whether the server has heard it."""
        async with self._turn:
            if (connection := self._connection) is None:
                return False
            try:
                await connection.execute(statement, timeout=PATIENCE_SECONDS)
            except _FAILURES:
                connection.terminate()
                self._lose(connection)
                return False
            self._heard()
            return True

    def _heard(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()

    def _hear(self, connection: Any, sender: int, _channel: str, _payload: str) -> None:
        self._heard()
        # Who waits here was woken when it was said.
        if sender != connection.get_server_pid():
            self._waiters.tell()

    def _lose(self, connection: Any) -> None:
        # It may be told of after another has taken its place.
        if self._connection is connection:
            self._connection = None
        self._waiters.wake()


async def _listening(dsn: str, channel: str, hear: Any, lose: Any) -> Any:
    connection = await asyncpg.connect(dsn, timeout=PATIENCE_SECONDS, server_settings={"application_name": "kodit"})
    try:
        # A hint may be lost with the server, so nobody waits until it is on the disk.
        await connection.execute("SET synchronous_commit = off", timeout=PATIENCE_SECONDS)
        await connection.add_listener(channel, hear)
        connection.add_termination_listener(lose)
    except BaseException:
        connection.terminate()
        raise
    return connection
