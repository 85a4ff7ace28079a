"""A worker process that kills itself, as `kill -9` would, at a given write to the database.

    python dying_worker.py DATA_DIR WRITE before|after

Works the queue off; dies at write transaction number WRITE, before or after it is committed.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from kodit import bootstrap
from kodit.infrastructure.sql.database import Database
from kodit.rooms import Rooms
from kodit.settings import load


class DyingDatabase(Database):
    def __init__(self, url: str, fatal: int, moment: str) -> None:
        super().__init__(url)
        self._left = fatal
        self._moment = moment

    async def at_once(self, work, *, lasting=True):
        self._left -= 1
        fatal = self._left == 0

        async def dying(connection):
            done = await work(connection)
            if fatal and self._moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        done = await super().at_once(dying, lasting=lasting)
        if fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        self._left -= 1
        fatal = self._left == 0
        async with super().write() as connection:
            yield connection
            if fatal and self._moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
        if fatal:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(data_dir: str, fatal: int, moment: str) -> None:
    settings = load(data_dir=Path(data_dir), workers=1)
    rooms = Rooms(settings)
    rooms.database = DyingDatabase(settings.database, fatal, moment)
    engine = bootstrap.assembled(rooms)
    async with engine:
        await engine.worker().run(drain=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
