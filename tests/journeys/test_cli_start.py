"""A command starts quickly, because it imports only what it needs."""

import subprocess
import sys

import pytest
from command_line import CommandLine
from journey_world import World

NEVER = {"structlog", "alembic", "pebble", "tree_sitter", "httpx", "rich", "filelock", "multiprocessing"}
HEAVY = NEVER | {"sqlalchemy", "pydantic", "numpy", "tantivy", "tokenizers", "asyncio"}


def _imported(kodit: CommandLine, *arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "kodit", *arguments],
        env=kodit.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize(
    ("arguments", "without"),
    [
        (["--help"], HEAVY),
        (["search", "price", "--mode", "keyword"], NEVER | {"sqlalchemy", "numpy", "tokenizers"}),
        (["search", "price"], NEVER | {"sqlalchemy"}),
        (["sources"], NEVER | {"numpy", "tantivy", "tokenizers"}),
    ],
    ids=["help", "search by keyword", "search by all", "sources"],
)
def test_a_command_imports_nothing_that_it_does_not_need(world: World, arguments: list[str], without: set[str]):
    imported = _imported(world.kodit, *arguments)
    assert "kodit.interfaces.cli.app" in imported
    assert imported & without == set()


def test_a_first_start_needs_neither_the_revisions_nor_what_draws_nor_what_works(fresh: CommandLine):
    imported = _imported(fresh, "mcp")
    assert {"kodit.serving.session_program", "structlog", "kodit.infrastructure.sql.code_tables"} <= imported
    assert imported & {"alembic", "rich.console", "tree_sitter", "pebble", "tantivy", "numpy", "tokenizers"} == set()
