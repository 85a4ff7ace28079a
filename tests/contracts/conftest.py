"""Storages and queues for the contract suites."""

import asyncio
import shutil

import pytest
from homes import EachVerbItsOwnUnit

from kodit.infrastructure.memory.rate_limits import MemoryRateLimits
from kodit.infrastructure.memory.task_repository import MemoryTaskRepository
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from kodit.infrastructure.sql.rate_limits import SqlRateLimits
from kodit.infrastructure.sql.unit_of_work import SqlStorage


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


@pytest.fixture(scope="session")
def postgres_template(postgres_server):
    """An empty database at the newest schema on PostgreSQL, to be copied."""
    name = postgres_server.create()

    async def migrate():
        database = Database(postgres_server.url(name))
        await upgrade(database)
        await database.close()

    asyncio.run(migrate())
    yield name
    postgres_server.drop(name)


@pytest.fixture
def postgres_copy(postgres_server, postgres_template):
    """The URL of a database of this test's own."""
    name = postgres_server.create(postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture
async def postgres(postgres_copy):
    """A database of this test's own, open."""
    database = Database(postgres_copy)
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    """A database of this test's own, open, at the newest schema."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def storage(database):
    """Opens units of work."""
    return SqlStorage(database)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def kept_in(request):
    """A database of this test's own as above, or None for memory."""
    return None if request.param == "memory" else request.getfixturevalue(request.param)


@pytest.fixture
def stored_in(kept_in):
    """What opens units of work, None for memory."""
    return None if kept_in is None else SqlStorage(kept_in)


@pytest.fixture
def queue(stored_in):
    """A task repository, each verb a transaction of its own."""
    return MemoryTaskRepository() if stored_in is None else EachVerbItsOwnUnit(stored_in, "tasks")


@pytest.fixture
def limits(kept_in):
    """Rates that several may use."""
    return MemoryRateLimits() if kept_in is None else SqlRateLimits(kept_in)
