"""A directory and a git repository, indexed once for all journeys; a journey that changes something takes a copy."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command_line import CommandLine
from journey_world import LIBRARY, SHOP, World, git, write


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("journeys")
    shop, work, library = root / "shop", root / "work", root / "library.git"
    write(shop, SHOP)
    (shop / "logo.bin").write_bytes(bytes(range(256)))
    write(work, LIBRARY)
    git("init", "--quiet", "--initial-branch=main", cwd=work)
    git("add", ".", cwd=work)
    git("commit", "--quiet", "--message=first", cwd=work)
    git("clone", "--quiet", "--bare", work, library, cwd=root)
    kodit = CommandLine(root / "data")
    kodit.ok("index", shop)
    kodit.ok("index", f"file://{library}", "--name", "library")
    return World(kodit, shop, library, git("rev-parse", "HEAD", cwd=work))


@pytest.fixture(autouse=True)
def the_world_stays_as_it_was_found(request: pytest.FixtureRequest) -> Iterator[None]:
    """The journey that leaves work in the world fails, and not one that comes after it."""
    if "world" not in request.fixturenames:
        yield
        return
    world: World = request.getfixturevalue("world")
    found = _tasks(world)
    yield
    assert _tasks(world) == found, "what changes the world takes a copy of it: the fixture `copied`"


def _tasks(world: World) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(world.kodit.data_dir / "kodit.db")) as database:
        return database.execute("SELECT id, state FROM tasks ORDER BY id").fetchall()


@pytest.fixture
def copied(world: World, tmp_path: Path) -> CommandLine:
    """`kodit` with a copy of the indexed world's data, to be changed."""
    shutil.copytree(world.kodit.data_dir, tmp_path / "data")
    return CommandLine(tmp_path / "data")


@pytest.fixture
def fresh(tmp_path: Path) -> CommandLine:
    """`kodit` without any data."""
    return CommandLine(tmp_path / "data")


@pytest.fixture
def a_tree(tmp_path: Path) -> Callable[[int], Path]:
    """Makes a directory with so many Python files."""

    def make(files: int) -> Path:
        root = tmp_path / "tree"
        body = "".join(f"def step_{n}(value):\n    '''Add {n}.'''\n    return value + {n}\n\n\n" for n in range(20))
        write(root, {f"part{n // 50}/module_{n}.py": f"NUMBER = {n}\n\n\n{body}" for n in range(files)})
        return root

    return make
