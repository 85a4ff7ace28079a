"""Where repositories live whose rows belong to a source: in memory, or in each kind of database."""

import pytest

from kodit.infrastructure.sql.unit_of_work import SqlStorage


def homes(in_memory, in_database):
    """The fixtures `storage`, `home` and `index_id` of a suite: `home` is what one of the two makes."""

    @pytest.fixture(params=["memory", "sqlite", "postgres"])
    def storage(request):
        """A storage, None for memory."""
        return None if request.param == "memory" else SqlStorage(request.getfixturevalue(request.param))

    @pytest.fixture
    async def home(storage):
        if storage is None:
            yield in_memory()
            return
        async with storage.write() as unit:
            yield in_database(unit)

    @pytest.fixture
    async def index_id(home):
        return await home.source()

    return storage, home, index_id
