"""What an older kodit indexed becomes, indexed again, what this kodit makes of it; what is the same is kept."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import kodit
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState
from kodit.infrastructure.sql.migrations import scripts

IDENTITY = ("-c", "user.name=Ann", "-c", "user.email=ann@example.invalid")
BEFORE_SYMBOLS = "0004"

FILES = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "2.0"\n',
    "shop/prices.py": "def parse_price(text):\n    '''Read a price.'''\n    return int(text)\n",
    "shop/orders.py": "from shop.prices import parse_price\n\n\ndef place(text):\n    return parse_price(text)\n",
    "README.md": "# Shop\n\nIt sells things.\n",
}
SNIPPETS = "SELECT id, file_id, content_hash FROM snippets ORDER BY id"
FACTS = (
    "SELECT COUNT(*) FROM symbols",
    "SELECT COUNT(*) FROM symbol_references",
    "SELECT COUNT(*) FROM symbol_references WHERE target_id IS NOT NULL",
    "SELECT COUNT(*) FROM imports",
    "SELECT name FROM packages",
)


@pytest.fixture
def source(tmp_path):
    root = tmp_path / "source"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return root


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def opened(data: Path):
    return kodit.open(data, workers=1, retry_base_seconds=0)


def rows(data: Path, *statements: str) -> list[list[tuple]]:
    with closing(sqlite3.connect(data / "kodit.db")) as connection, connection:
        return [connection.execute(statement).fetchall() for statement in statements]


def made_older(data: Path) -> None:
    """Leave of the database what a kodit that knew no symbols would have stored."""
    engine = create_engine(f"sqlite:///{data / 'kodit.db'}")
    config = Config()
    config.set_main_option("script_location", str(scripts()))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, BEFORE_SYMBOLS)
    engine.dispose()


async def test_what_was_indexed_without_symbols_has_them_once_it_is_indexed_again(data, source):
    async with opened(data) as engine:
        await engine.index(source)
    facts, snippets = rows(data, *FACTS), rows(data, SNIPPETS)
    made_older(data)

    async with opened(data) as engine:
        again = await engine.index(source)
        once_more = await engine.index(source)

    assert again.progress.run.state is RunState.COMPLETED
    assert all(facts)
    assert rows(data, *FACTS) == facts
    assert rows(data, SNIPPETS) == snippets
    assert again.counts["files_extracted"] == len(FILES)
    assert {again.counts[name] for name in ("files_modified", "snippets_added", "snippets_removed")} == {0}
    assert again.counts.get("code_embedded", 0) == 0
    assert again.counts.get("described", 0) == 0
    assert [task.state for task in once_more.progress.tasks] == [TaskState.SUCCEEDED, *[TaskState.SKIPPED] * 4]


async def test_files_are_extracted_again_when_extraction_was_another_one(data, source):
    async with opened(data) as engine:
        await engine.index(source)
        rows(data, "UPDATE sources SET extracted_as = 0")
        again = await engine.index(source)

    assert again.counts["files_extracted"] == again.counts["files_unchanged"] == len(FILES)
    assert rows(data, "SELECT status, COUNT(*) FROM files GROUP BY 1") == [[("clean", len(FILES))]]


async def test_files_that_an_unfinished_run_has_extracted_otherwise_are_extracted_again(data, source):
    async with opened(data) as engine:
        await engine.index(source)
        rows(data, "UPDATE sources SET extracted_as = 0", "UPDATE files SET status = 'added'")
        again = await engine.index(source)

    assert again.counts["files_extracted"] == len(FILES)


async def test_a_commit_that_has_not_changed_is_extracted_again_when_extraction_has(data, source):
    for arguments in (["init", "--quiet"], ["add", "--all"], [*IDENTITY, "commit", "--quiet", "--message=all"]):
        subprocess.run(["git", *arguments], cwd=source, check=True, capture_output=True)
    async with opened(data) as engine:
        await engine.index(f"file://{source}")
        before = rows(data, SNIPPETS, *FACTS)
        rows(data, "UPDATE sources SET extracted_as = 0")
        again = await engine.index(f"file://{source}")

    assert again.counts["files_extracted"] == len(FILES)
    assert rows(data, SNIPPETS, *FACTS) == before
