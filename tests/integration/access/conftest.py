"""Databases for access."""

import asyncio
import shutil

import httpx
import pytest
from access_desk import ELSEWHERE, Desk, SetClock, whoami
from serving_world import two_teams

from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from kodit.interfaces.gate.gate import Gate


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


@pytest.fixture
def asking(desk):
    """Asks through a gate: rules, an address to come from, and what the request says."""

    async def asked(rules, path="/api/v1/sources", *, method="GET", host="localhost:8765", come_from=None, **given):
        address = come_from or (ELSEWHERE if rules.exposed else "127.0.0.1")
        gate = given.pop("gate", None) or Gate(given.pop("inner", whoami), rules, desk.access)
        transport = httpx.ASGITransport(gate, client=(address, 40_000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.request(method, path, **given)

    return asked
