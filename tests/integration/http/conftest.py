"""The shop: one for all the tests of a file that only look, one for each test that changes something."""

import asyncio
import shutil

import pytest
import pytest_asyncio
from http_world import answering, client_of, indexed

import kodit


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("shop")
    asyncio.run(indexed(home))
    return home


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(home, tmp_path_factory):
    place = tmp_path_factory.mktemp("looked_at") / "data"
    async with kodit.open(shutil.copytree(home / "data", place), workers=1) as engine:
        yield engine


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(engine):
    async with client_of(answering(engine)) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def own_engine(home, tmp_path):
    async with kodit.open(shutil.copytree(home / "data", tmp_path / "data"), workers=1) as engine:
        yield engine


@pytest_asyncio.fixture(loop_scope="module")
async def own_client(own_engine):
    async with client_of(answering(own_engine)) as client:
        yield client
