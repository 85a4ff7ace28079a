"""kill -9 at any moment loses no work and doubles no effect."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import kodit
from export import export
from kodit.domain.tasks.run import RunState

DYING = Path(__file__).with_name("dying_worker.py")
FILES = {
    "app/users.py": "import os\nfrom app.parse import parse_headers\n\n\nclass User:\n    def full_name(self):\n"
    "        return parse_headers(self.name)\n",
    "app/parse.py": "def parse_headers(text):\n    '''Read header lines.'''\n    return text.splitlines()\n",
    "README.md": "# Demo\n\nSome words.\n\n## Use\n\nMore words.\n",
    "web/page.js": "export const getUserName = (user) => user.name;\n",
    "web/package.json": '{"name": "web", "dependencies": {"app": "1"}}\n',
    "blob.bin": "\0\0\0",
}


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


async def index(data_dir: Path, source: Path, *, wait: bool = True) -> None:
    async with kodit.open(data_dir, workers=1) as engine:
        report = await engine.index(str(source), wait=wait)
        assert not wait or report.progress.run.state is RunState.COMPLETED, report.progress.tasks


def die(data_dir: Path, fatal: int, moment: str) -> bool:
    """True when the worker died; False when the queue was worked off before."""
    done = subprocess.run(
        [sys.executable, DYING, data_dir, str(fatal), moment], capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9


def attempts(data_dir: Path) -> dict[int, tuple[str, int]]:
    with closing(sqlite3.connect(data_dir / "kodit.db")) as connection:
        return {row[0]: row[1:] for row in connection.execute("SELECT id, state, attempts FROM tasks")}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A source indexed once, then changed: the queue holds the run that takes in the change."""
    root = tmp_path_factory.mktemp("killed")
    source, before = root / "source", root / "before"
    write(source, FILES)
    asyncio.run(index(before, source))
    changes = {"app/parse.py": "def parse_body(text):\n    return text\n", "app/new.py": "LIMIT = 3\n"}
    write(source, {**changes, "app/package.json": '{"name": "app", "version": "1"}\n'})
    (source / "web/page.js").unlink()
    asyncio.run(index(before, source, wait=False))
    undisturbed = root / "undisturbed"
    shutil.copytree(before, undisturbed)
    asyncio.run(index(undisturbed, source))
    return before, source, asyncio.run(export(undisturbed))


# A kill after one commit is all but a kill before the next, so a part of those stands for the rest.
@pytest.mark.parametrize(("moment", "step"), [("before", 7), ("after", 13)])
@pytest.mark.timeout(300)
def test_a_worker_killed_at_any_write_leaves_a_run_that_ends_as_if_undisturbed(prepared, tmp_path, moment, step):
    before, source, expected = prepared
    for fatal in range(1, 200, step):
        data_dir = tmp_path / str(fatal)
        shutil.copytree(before, data_dir)
        if not die(data_dir, fatal, moment):
            assert fatal > 15, "the run took fewer writes than it has phases and steps"
            return
        at_death = attempts(data_dir)
        asyncio.run(index(data_dir, source))
        afterwards = attempts(data_dir)
        redone = [
            task for task, (state, tries) in at_death.items() if state == "succeeded" and afterwards[task][1] != tries
        ]

        assert redone == [], f"write {fatal}: phases that had succeeded ran again"
        assert asyncio.run(export(data_dir)) == expected, f"write {fatal}"
        shutil.rmtree(data_dir)
    pytest.fail("the run never ended")
