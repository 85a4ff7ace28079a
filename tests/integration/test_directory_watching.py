"""What changes in a directory is indexed without anybody asking."""

import asyncio
import shutil
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from freshness_world import HALF_HOUR, opened

from kodit.application.freshness import directory_watching
from kodit.application.freshness.directory_watching import DirectoryWatching
from kodit.domain.errors import Unavailable
from kodit.domain.tasks.task_type import QueuePriority
from kodit.infrastructure.filesystem.changed_paths import left_in
from kodit.infrastructure.watchfiles.directory_watcher import Quiet, SystemDirectoryWatcher

LONG = 60
"""Seconds that nobody waits for."""


@pytest.fixture
async def world(tmp_path, monkeypatch):
    monkeypatch.setattr(directory_watching, "LOOK", timedelta(milliseconds=20))
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'kodit.db'}") as made:
        yield made


@pytest.fixture
def tree(tmp_path):
    """Makes directories with a file in each."""

    def make(name):
        root = tmp_path / name
        (root / "src").mkdir(parents=True)
        (root / "src" / "a.py").write_text("1")
        (root / ".gitignore").write_text("*.log\n")
        return root

    return make


def put(path, text="1"):
    """Write a file that others see only whole: making it and filling it may be told as two changes."""
    apart = path.parents[1].with_name("apart")
    apart.write_text(text)
    apart.replace(path)


class Heard:
    """What was noticed, as it comes."""

    def __init__(self):
        self._queue = asyncio.Queue()
        self.failures = 0

    async def __call__(self, source, paths):
        if self.failures:
            self.failures -= 1
            raise Unavailable("the database is away")
        await self._queue.put((source.name, sorted(paths)))

    async def next(self):
        return await asyncio.wait_for(self._queue.get(), LONG)


@asynccontextmanager
async def watching(world, noticed=None, **given):
    watched = DirectoryWatching(
        storage=world.storage,
        watcher=SystemDirectoryWatcher(Quiet(pause=20, most=2_000, look=20)),
        left_in=lambda directory, paths: left_in(directory, [], paths),
        here=world.here,
        noticed=noticed or Heard(),
        **given,
    )
    running = asyncio.create_task(watched.run())
    try:
        yield noticed
    finally:
        watched.stop()
        await asyncio.wait_for(running, LONG)


async def test_a_directory_is_noticed_when_watching_begins_and_with_each_change(world, tree):
    root = tree("shop")
    await world.add("shop", str(root))
    async with watching(world, Heard()) as heard:
        assert await heard.next() == ("shop", [])
        put(root / "src" / "b.py")
        assert await heard.next() == ("shop", ["src/b.py"])
        (root / "src" / "a.py").unlink()
        assert await heard.next() == ("shop", ["src/a.py"])


async def test_what_the_ignore_rules_leave_out_is_no_change(world, tree):
    root = tree("shop")
    await world.add("shop", str(root))
    async with watching(world, Heard()) as heard:
        await heard.next()
        for place in (".git", "node_modules"):
            (root / place).mkdir()
            (root / place / "x.py").write_text("1")
        (root / "src" / "debug.log").write_text("1")
        (root / "src" / "b.py").write_text("1")

        assert await heard.next() == ("shop", ["src/b.py"])


async def test_a_rule_that_changes_is_a_change(world, tree):
    root = tree("shop")
    await world.add("shop", str(root))
    async with watching(world, Heard()) as heard:
        await heard.next()
        (root / ".gitignore").write_text("*.txt\n")

        assert await heard.next() == ("shop", [".gitignore"])


async def test_sources_that_are_added_and_removed_later_are_followed(world, tree):
    shop, site = tree("shop"), tree("site")
    await world.add("repo")
    async with watching(world, Heard()) as heard:
        added = await world.add("shop", str(shop))
        assert await heard.next() == ("shop", [])
        async with world.storage.write() as unit:
            await unit.sources.remove(added.id)
        await world.add("site", str(site))
        assert await heard.next() == ("site", [])
        (shop / "b.py").write_text("1")
        (site / "b.py").write_text("1")

        assert await heard.next() == ("site", ["b.py"])


async def test_only_the_sources_that_were_asked_for_are_watched(world, tree):
    for name in ("shop", "site"):
        await world.add(name, str(tree(name)))
    async with watching(world, Heard(), names={"site"}) as heard:
        assert await heard.next() == ("site", [])
        heard._queue.put_nowait("nothing else")

        assert await heard.next() == "nothing else"


async def test_a_directory_of_another_machine_is_left_alone(world, tree):
    shop = await world.add("shop", str(tree("shop")))
    await world.change(shop, place="another machine")
    await world.add("site", str(tree("site")))
    async with watching(world, Heard()) as heard:
        assert await heard.next() == ("site", [])
        heard._queue.put_nowait("nothing else")

        assert await heard.next() == "nothing else"


async def test_a_directory_that_comes_back_is_watched_again(world, tree):
    root = tree("shop")
    await world.add("shop", str(root))
    async with watching(world, Heard()) as heard:
        await heard.next()
        away = root.with_name("away")
        root.rename(away)
        shutil.copytree(away, root)
        while (await heard.next())[1]:
            pass
        (root / "src" / "b.py").write_text("1")

        assert await heard.next() == ("shop", ["src/b.py"])


async def test_what_cannot_be_queued_now_is_noticed_again(world, tree):
    await world.add("shop", str(tree("shop")))
    heard = Heard()
    heard.failures = 3
    async with watching(world, heard):
        assert await heard.next() == ("shop", [])
    assert heard.failures == 0


async def test_a_server_queues_what_changes_in_the_background(world, tree):
    shop = await world.add("shop", str(tree("shop")))
    fresh = world.freshness()
    watched = fresh.watching()
    await watched.look()
    try:
        assert await world.wakeups.wait(LONG)
        run = await world.live_run(shop)
    finally:
        watched.stop()
        await watched.run()

    assert run.priority == QueuePriority.BACKGROUND
    assert (await world.schedule(shop)).due_at >= world.clock.at + HALF_HOUR
