"""What every DirectoryWatcher promises."""

import asyncio
import os
import shutil
import subprocess
import sys
from contextlib import aclosing

import pytest

from kodit.domain.errors import NotFound
from kodit.infrastructure.watchfiles.directory_watcher import Quiet, SystemDirectoryWatcher

QUICK = Quiet(pause=20, most=2_000, look=20)
LONG = 60
"""Seconds that nobody waits for."""


@pytest.fixture(params=["told by the system", "looking"])
def watcher(request):
    return SystemDirectoryWatcher(QUICK, polling=request.param == "looking")


class Watched:
    """A directory that is watched."""

    def __init__(self, changes):
        self._changes = changes

    async def next(self):
        return await asyncio.wait_for(anext(self._changes), LONG)

    async def all_of(self, *paths):
        """Everything until these paths have been told."""
        found = set()
        while not found >= set(paths):
            found |= await self.next()
        return found


@pytest.fixture
async def watched(watcher, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "old.py").write_text("1")
    os.utime(tmp_path / "old.py", (1, 1))
    async with aclosing(watcher.changes(str(tmp_path))) as changes:
        opened = Watched(changes)
        assert await opened.next() == frozenset()
        yield opened


async def test_what_is_made_changed_and_deleted_is_told_relative_to_the_directory(watched, tmp_path):
    (tmp_path / "new.py").write_text("1")
    await watched.all_of("new.py")
    (tmp_path / "old.py").write_text("changed")
    await watched.all_of("old.py")
    (tmp_path / "old.py").unlink()
    await watched.all_of("old.py")


async def test_all_below_is_watched_also_directories_made_later(watched, tmp_path):
    (tmp_path / "sub" / "a.py").write_text("1")
    await watched.all_of("sub/a.py")
    (tmp_path / "later").mkdir()
    await watched.all_of("later")
    (tmp_path / "later" / "b.py").write_text("1")
    await watched.all_of("later/b.py")


async def test_what_is_moved_away_and_what_is_moved_in_is_told(watched, tmp_path):
    (tmp_path / "old.py").rename(tmp_path / "sub" / "renamed.py")

    await watched.all_of("old.py", "sub/renamed.py")


async def test_nothing_is_missed_while_nobody_listens(watched, tmp_path):
    names = {f"file{number}.py" for number in range(50)}
    for name in names:
        (tmp_path / name).write_text("1")

    assert await watched.all_of(*names) >= names


async def test_reading_is_no_change(watched, tmp_path):
    (tmp_path / "old.py").read_text()
    (tmp_path / "new.py").write_text("1")

    assert "old.py" not in await watched.all_of("new.py")


@pytest.mark.parametrize("place", ["missing", "file"])
async def test_where_there_is_no_directory_there_is_an_error_that_says_so(watcher, tmp_path, place):
    (tmp_path / "file").write_text("1")
    async with aclosing(watcher.changes(str(tmp_path / place))) as changes:
        with pytest.raises(NotFound, match="does not exist"):
            await anext(changes)


async def test_a_directory_that_goes_away_is_told_as_an_error(watcher, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.py").write_text("1")
    async with aclosing(watcher.changes(str(root))) as changes:
        watched = Watched(changes)
        await watched.next()
        shutil.rmtree(root)
        with pytest.raises(NotFound):
            await watched.all_of("never")


async def test_a_directory_that_is_replaced_by_another_is_told_as_an_error(watcher, tmp_path):
    root, other = tmp_path / "root", tmp_path / "other"
    root.mkdir()
    (root / "a.py").write_text("1")
    other.mkdir()
    async with aclosing(watcher.changes(str(root))) as changes:
        watched = Watched(changes)
        await watched.next()
        (root / "a.py").unlink()
        root.rmdir()
        other.rename(root)
        with pytest.raises(NotFound):
            await watched.all_of("never")


async def test_many_changes_in_a_row_are_told_together(tmp_path):
    async with aclosing(SystemDirectoryWatcher(Quiet(pause=200)).changes(str(tmp_path))) as changes:
        watched = Watched(changes)
        await watched.next()
        names = {f"file{number}.py" for number in range(100)}
        for name in names:
            (tmp_path / name).write_text("1")

        found, times = set(), 0
        while found != names:
            found |= await watched.next()
            times += 1
        # Once, unless the machine was busy with something else in the midst of it.
        assert times < 10


async def test_directories_are_watched_side_by_side(watcher, tmp_path):
    roots = [tmp_path / f"root{number}" for number in range(12)]
    watched = []
    for root in roots:
        root.mkdir()
        watched.append(Watched(watcher.changes(str(root))))
    try:
        await asyncio.gather(*(one.next() for one in watched))
        for root in roots:
            (root / "a.py").write_text("1")
        await asyncio.gather(*(one.all_of("a.py") for one in watched))
    finally:
        await asyncio.gather(*(one._changes.aclose() for one in watched))


WITHOUT_WATCHES = """
import asyncio, sys
from pathlib import Path
from kodit.infrastructure.watchfiles.directory_watcher import Quiet, SystemDirectoryWatcher

async def main():
    root = Path(sys.argv[1])
    watcher = SystemDirectoryWatcher(Quiet(pause=20, look=20))
    for name in ("first.py", "second.py"):
        changes = watcher.changes(str(root))
        await anext(changes)
        (root / name).write_text("1")
        print(sorted(await asyncio.wait_for(anext(changes), 60)))
        await changes.aclose()

asyncio.run(main())
"""


@pytest.mark.parametrize("limit", ["max_inotify_watches", "max_inotify_instances"])
def test_where_the_system_lends_no_watches_it_looks_and_says_so_once(require, tmp_path, limit):
    require("limits of our own")
    refusing = f'echo 0 > /proc/sys/user/{limit}; exec "$@"'
    command = ["unshare", "--user", "--map-root-user", "sh", "-c", refusing, "sh", sys.executable, "-c"]
    done = subprocess.run([*command, WITHOUT_WATCHES, str(tmp_path)], capture_output=True, text=True, check=True)

    said = [line for line in done.stdout.splitlines() if "directories are looked through" in line]
    told = [line for line in done.stdout.splitlines() if line.startswith("[")]
    assert told == ["['first.py']", "['second.py']"]
    assert len(said) == 1
