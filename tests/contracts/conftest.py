"""Storages and queues for the contract suites."""

import asyncio
import shutil

import pytest

from kodit.infrastructure.memory.task_repository import MemoryTaskRepository
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from kodit.infrastructure.sql.unit_of_work import SqlStorage


class EachVerbItsOwnUnit:
    """The task repository of a storage, opening a unit of work for each call."""

    def __init__(self, storage):
        self._storage = storage

    def __getattr__(self, verb):
        async def call(*args, **kwargs):
            async with self._storage.write() as unit:
                return await getattr(unit.tasks, verb)(*args, **kwargs)

        return call


def url_of(path):
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """An empty database at the newest schema, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "kodit.db"

    async def migrate():
        database = Database(url_of(path))
        await upgrade(database)
        await database.close()

    asyncio.run(migrate())
    return path


@pytest.fixture
def sqlite_file(migrated, tmp_path):
    """A database of this test's own."""
    return shutil.copy(migrated, tmp_path / "kodit.db")


@pytest.fixture
async def sqlite(sqlite_file):
    """A database of this test's own, open."""
    database = Database(url_of(sqlite_file))
    yield database
    await database.close()


@pytest.fixture(params=["sqlite"])
def storage(request):
    """Opens units of work."""
    return SqlStorage(request.getfixturevalue(request.param))


@pytest.fixture(params=["memory", "sqlite"])
def queue(request):
    """A task repository, each verb a transaction of its own."""
    if request.param == "memory":
        return MemoryTaskRepository()
    return EachVerbItsOwnUnit(SqlStorage(request.getfixturevalue(request.param)))
