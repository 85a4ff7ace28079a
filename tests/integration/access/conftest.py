"""Databases for access."""

import asyncio
import shutil

import pytest
from access_desk import Desk, SetClock
from serving_world import two_teams

from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("migrated") / "kodit.db"

    async def migrate():
        database = Database(f"sqlite+aiosqlite:///{path}")
        await upgrade(database)
        await database.close()

    asyncio.run(migrate())
    return path


@pytest.fixture
async def database(template, tmp_path):
    database = Database(f"sqlite+aiosqlite:///{shutil.copy(template, tmp_path / 'kodit.db')}")
    yield database
    await database.close()


@pytest.fixture
async def desk(database):
    desk = Desk(database, SetClock())
    yield desk
    await desk.doors.close()


@pytest.fixture(scope="session")
def two_teams_indexed(tmp_path_factory):
    home = tmp_path_factory.mktemp("teams")
    asyncio.run(two_teams(home))
    return home / "data"


@pytest.fixture
def teams(two_teams_indexed, tmp_path):
    """A data directory with the sources of two teams, of this test's own."""
    return shutil.copytree(two_teams_indexed, tmp_path / "data")
