"""Where repositories live: in memory, or in each kind of database."""

import pytest


class EachVerbItsOwnUnit:
    """A repository, by its name in a unit of work of a storage, of which each call opens another."""

    def __init__(self, storage, name):
        self._storage = storage
        self._name = name

    def __getattr__(self, verb):
        async def call(*args, **kwargs):
            return await self._storage.transact(lambda unit: getattr(getattr(unit, self._name), verb)(*args, **kwargs))

        return call


def homes(in_memory, in_database):
    """The fixtures `home` and `index_id` of a suite whose rows belong to a source; one of the two makes the home."""

    @pytest.fixture
    async def home(stored_in):
        if stored_in is None:
            yield in_memory()
            return
        async with stored_in.write() as unit:
            yield in_database(unit)

    @pytest.fixture
    async def index_id(home):
        return await home.source()

    return home, index_id
