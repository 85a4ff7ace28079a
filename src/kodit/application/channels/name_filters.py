"""Making the filter that tells which names a channel has not."""

import asyncio

from kodit.application.unit_of_work import Storage
from kodit.domain.nixpkgs.name_filter import NameFilter


async def make_name_filter(storage: Storage, index_id: int) -> bool:
    """Make a channel's filter of the names that it has now; False when these have changed meanwhile.

    Who changed them makes it then. Until it is there, names are looked for themselves.
    """
    async with storage.read() as unit:
        version, names = await unit.name_filters.names(index_id)
    # Hashing a hundred thousand names takes about a second, which the event loop has not.
    made = await asyncio.to_thread(NameFilter.of, names)
    return await storage.transact(lambda unit: unit.name_filters.put(index_id, version, made))
