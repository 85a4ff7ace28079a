"""Directories as they are found: with pipes, links that move, and places that may not be read."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kodit.domain.errors import InvalidInput, NotFound, Unreadable
from kodit.domain.sources.source import Source, SourceKind
from kodit.infrastructure.filesystem.path_facts import path_facts
from kodit.infrastructure.filesystem.reading import SafeOpener
from kodit.infrastructure.filesystem.working_copy import DirectoryWorkingCopies, DirectoryWorkingCopy


def at(location: Path) -> Source:
    created_at = datetime(2026, 1, 1, tzinfo=UTC)
    return Source(name="it", kind=SourceKind.DIRECTORY, location=str(location), created_at=created_at)


def put(root: Path, *paths: str, content: str = "x") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


async def listed(root: Path, *excluded: Path) -> list[str]:
    copy = await DirectoryWorkingCopies(excluded).refresh(at(root))
    return [entry.path for entry in await copy.entries()]


def git(root: Path, *arguments: str) -> None:
    environment = {**os.environ, "HOME": str(root), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.invalid")
    subprocess.run(["git", *identity, *arguments], cwd=root, env=environment, check=True, capture_output=True)


@pytest.mark.timeout(60)
async def test_pipes_and_sockets_are_neither_listed_nor_waited_for(tmp_path: Path) -> None:
    put(tmp_path, "a.py")
    os.mkfifo(tmp_path / "pipe")
    copy = await DirectoryWorkingCopies().refresh(at(tmp_path))
    with closing(socket.socket(socket.AF_UNIX)) as one, chdir(tmp_path):
        one.bind("socket")

    assert await listed(tmp_path) == ["a.py"]
    told = [item async for item in copy.read(["pipe", "socket", "a.py"])]
    assert told == [("pipe", None), ("socket", None), ("a.py", b"x")]


@pytest.mark.needs("linux")
async def test_a_file_that_fails_to_be_read_is_told_and_the_others_are_read() -> None:
    copy = DirectoryWorkingCopy(Path("/proc", str(os.getpid())))

    with pytest.raises(Unreadable, match="mem cannot be read: Input/output error"):
        await copy.hash_of("mem")
    assert [path for path, content in [item async for item in copy.read(["mem", "comm"])] if content] == ["comm"]
    with pytest.raises(NotFound):
        await copy.hash_of("pipe")


@pytest.mark.timeout(60)
async def test_what_takes_the_place_of_a_file_or_directory_leads_nowhere(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    put(outside, "secret")
    put(root, "file", "directory/secret", "pipe")
    copy = await DirectoryWorkingCopies().refresh(at(root))
    paths = [entry.path for entry in await copy.entries()]
    (root / "file").unlink()
    (root / "file").symlink_to(outside / "secret")
    (root / "pipe").unlink()
    os.mkfifo(root / "pipe")
    (root / "directory").rename(tmp_path / "moved")
    (root / "directory").symlink_to(outside)

    assert paths == ["directory/secret", "file", "pipe"]
    assert [content async for _, content in copy.read(paths)] == [None, None, None]
    for path in paths:
        with pytest.raises(NotFound):
            await copy.hash_of(path)


def test_a_directory_that_is_missing_does_not_change_where_the_next_file_is_looked_for(tmp_path: Path) -> None:
    put(tmp_path, "a/only-below", "b")

    with SafeOpener(tmp_path) as opener:
        with pytest.raises(FileNotFoundError):
            opener.open("a/missing/x")
        with pytest.raises(FileNotFoundError):
            opener.open("only-below")
        with opener.open("b") as file:
            assert file.read() == b"x"


async def test_reading_leaves_no_descriptor_open(tmp_path: Path) -> None:
    put(tmp_path, *(f"{n}/{m}" for n in range(20) for m in range(20)))
    copy = await DirectoryWorkingCopies().refresh(at(tmp_path))
    paths = [entry.path for entry in await copy.entries()]
    await copy.hash_of(paths[0])
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208 - a path that only the kernel knows

    async for _ in copy.read([*paths, "no/such/file"]):
        pass
    await copy.hash_of(paths[1])

    assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208


async def test_a_root_that_is_a_link_is_read_where_it_leads(tmp_path: Path) -> None:
    put(tmp_path / "real", "a.py")
    (tmp_path / "link").symlink_to("real")

    assert await listed(tmp_path / "link") == ["a.py"]


async def test_a_root_that_is_a_file_or_a_loop_is_no_directory(tmp_path: Path) -> None:
    put(tmp_path, "file")
    (tmp_path / "loop").symlink_to("loop")

    with pytest.raises(InvalidInput):
        await listed(tmp_path / "file")
    with pytest.raises(NotFound):
        await listed(tmp_path / "loop")


async def test_a_root_that_vanishes_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    put(tmp_path / "root", "a.py")
    copy = await DirectoryWorkingCopies().refresh(at(tmp_path / "root"))
    (tmp_path / "root").rename(tmp_path / "gone")

    with pytest.raises(NotFound):
        await copy.entries()
    assert [item async for item in copy.read(["a.py"])] == [("a.py", None)]


async def test_kodits_own_directory_is_left_out_even_behind_a_link(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "data/kodit.db", "other/data/x.py")
    (tmp_path / "alias").symlink_to("data")

    assert await listed(tmp_path, tmp_path / "alias") == ["a.py", "other/data/x.py"]


async def test_gitignore_files_are_obeyed_where_there_is_no_git(tmp_path: Path) -> None:
    put(tmp_path, "a.log", "a.py", "sub/a.log", "sub/keep.log", "out/x.py")
    put(tmp_path, ".gitignore", content="*.log\nout/\n")
    put(tmp_path, "sub/.gitignore", content="!keep.log\n")

    assert await listed(tmp_path) == [".gitignore", "a.py", "sub/.gitignore", "sub/keep.log"]


async def test_the_exclude_file_of_a_linked_working_tree_is_that_of_its_repository(tmp_path: Path) -> None:
    main = tmp_path / "main"
    put(main, "a.py")
    git(main, "init", "--quiet")
    git(main, "add", "--all")
    git(main, "commit", "--quiet", "--message=all")
    git(main, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    put(main / ".git" / "info", "exclude", content="scratch\n")
    put(tmp_path / "linked", "scratch", "b.py")

    assert await listed(tmp_path / "linked") == ["a.py", "b.py"]


async def test_a_repository_inside_a_directory_obeys_its_own_exclude_file(tmp_path: Path) -> None:
    put(tmp_path, "scratch", "inner/scratch", "inner/a.py", "inner/deep/scratch")
    git(tmp_path / "inner", "init", "--quiet")
    put(tmp_path, "inner/.git/info/exclude", content="/scratch\n")

    assert await listed(tmp_path) == ["inner/a.py", "inner/deep/scratch", "scratch"]


async def test_an_ignore_file_of_megabytes_or_behind_a_link_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "b/a.py", "patterns")
    put(tmp_path, ".gitignore", content="a.py\n" * 300_000)
    put(tmp_path / "elsewhere", "rules", content="a.py\n")
    (tmp_path / "b" / ".gitignore").symlink_to(tmp_path / "elsewhere" / "rules")

    assert await listed(tmp_path) == [".gitignore", "a.py", "b/a.py", "elsewhere/rules", "patterns"]


async def test_a_file_moved_over_another_shows_as_changed_though_it_is_older(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "b.py")
    os.utime(tmp_path / "a.py", ns=(1, 1))
    os.utime(tmp_path / "b.py", ns=(1, 1))
    copy = await DirectoryWorkingCopies().refresh(at(tmp_path))
    [before, _] = await copy.entries()
    # The clock of a file system may stand still for some milliseconds.
    while (tmp_path / "b.py").stat().st_ctime_ns <= before.mtime_ns:
        os.utime(tmp_path / "b.py", ns=(1, 1))
    (tmp_path / "b.py").rename(tmp_path / "a.py")
    [after] = await copy.entries()

    assert (before.path, before.size) == (after.path, after.size)
    assert before.mtime_ns < after.mtime_ns


async def test_the_event_loop_stays_free_while_a_directory_is_listed_and_read(tmp_path: Path) -> None:
    put(tmp_path, *(f"{n % 10}/{n}" for n in range(500)))
    copy = await DirectoryWorkingCopies().refresh(at(tmp_path))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    entries = await copy.entries()
    async for _ in copy.read([entry.path for entry in entries]):
        pass
    counting.cancel()

    assert turns > 10


@pytest.fixture
def forbidden() -> Iterator[Path]:
    """A directory, open to all, with a file and a directory in it that only their owner may read."""
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        put(root, "a.py", "closed.py", "closed/x.py")
        root.chmod(0o755)
        (root / "closed.py").chmod(0)
        (root / "closed").chmod(0)
        yield root
        (root / "closed").chmod(0o700)


def as_nobody(*arguments: object) -> str:
    """Run the script below as a user without rights, where the tests run as one who may read everything."""
    command = [sys.executable, "-c", SCRIPT, *map(str, arguments)]
    ran = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip().splitlines()[-1]


SCRIPT = """
import asyncio, os, sys, structlog
from pathlib import Path
from kodit.infrastructure.filesystem.working_copy import DirectoryWorkingCopy
async def main():
    copy = DirectoryWorkingCopy(Path(sys.argv[1]))
    try:
        entries = [(entry.path, entry.unreadable) for entry in await copy.entries()]
        contents = [content async for _, content in copy.read(["a.py", "closed.py", "closed/x.py"])]
        await copy.hash_of("closed.py")
    except Exception as error:
        print(entries if "closed.py" in str(error) else "", contents if "closed.py" in str(error) else "",
              type(error).__name__)
asyncio.run(main())  # everything is imported by then: a user without rights may not reach the interpreter's files
if os.geteuid() == 0:
    structlog.get_logger().warning("so is what logging needs")
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
    asyncio.run(main())
"""


def test_what_may_not_be_read_is_told_and_the_rest_is_read(forbidden: Path) -> None:
    told = as_nobody(forbidden)

    assert told == "[('a.py', False), ('closed', True), ('closed.py', True)] [b'x', None, None] Refused"


def test_a_root_that_may_not_be_read_is_refused(forbidden: Path) -> None:
    assert as_nobody(forbidden / "closed").strip() == "Refused"


def test_a_copy_of_a_directory_has_no_commit(tmp_path: Path) -> None:
    assert DirectoryWorkingCopy(tmp_path).commit is None


def test_facts_tell_directories_from_bare_repositories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    git(tmp_path, "init", "--quiet", "tree")
    put(tmp_path, "file")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "link").symlink_to("tree")

    def facts(text: str) -> tuple[str, bool, bool, bool] | None:
        found = path_facts(text)
        return found and (found.absolute, found.is_directory, found.is_bare_repository, found.is_repository)

    assert facts("bare.git") == (str(tmp_path / "bare.git"), True, True, True)
    assert facts("~/tree") == (str(tmp_path / "tree"), True, False, True)
    assert facts("tree/.git") == (str(tmp_path / "tree" / ".git"), True, False, True)
    assert facts("link") == (str(tmp_path / "tree"), True, False, True)
    assert facts(".") == (str(tmp_path), True, False, False)
    assert facts("file") == (str(tmp_path / "file"), False, False, False)
    assert facts("nothing") is None
