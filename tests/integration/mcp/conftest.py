"""What assistants ask, indexed once."""

import asyncio

import pytest
from assistant_world import asked_by, copied, indexed

import kodit


@pytest.fixture(scope="session")
def assistant_home(tmp_path_factory):
    return asyncio.run(indexed(tmp_path_factory.mktemp("assistants")))


@pytest.fixture
def data_dir(assistant_home, tmp_path):
    return copied(assistant_home, tmp_path)


@pytest.fixture
async def engine(data_dir):
    async with kodit.open(data_dir, workers=1) as opened:
        yield opened


@pytest.fixture
def assistant(engine):
    return asked_by(engine)
