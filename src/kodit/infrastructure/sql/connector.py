"""Making connections that nobody loses."""

import asyncio
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class Connector:
    """Makes connections; SQLAlchemy loses one whose making is cancelled.

    So it is made to the end, and then given back.
    """

    def __init__(self) -> None:
        self._unwanted: set[asyncio.Future[None]] = set()

    async def connected(self, engine: AsyncEngine) -> AsyncConnection:
        """A connection of the engine. Raises what connecting raises."""
        making = asyncio.ensure_future(engine.connect().start())
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            giving_back = asyncio.ensure_future(_give_back(making))
            self._unwanted.add(giving_back)
            giving_back.add_done_callback(self._unwanted.discard)
            raise

    async def close(self) -> None:
        """Wait until all that nobody wanted any more has been given back."""
        await asyncio.gather(*self._unwanted)


async def _give_back(making: asyncio.Future[AsyncConnection]) -> None:
    with suppress(Exception):
        await (await making).close()
