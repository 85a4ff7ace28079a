"""Directories that are gone when whoever made them is."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from kodit.infrastructure.processes.passing_directory import passing_directory

HOLD = """
import sys
from pathlib import Path
from kodit.infrastructure.processes.passing_directory import passing_directory
with passing_directory(Path(sys.argv[1])) as directory:
    (directory / "kodit.db").write_text("much")
    print(directory, flush=True)
    sys.stdin.read()
"""

WORK = """
import sys
from concurrent.futures import ProcessPoolExecutor
from kodit.infrastructure.processes.context import process_context
with ProcessPoolExecutor(1, process_context([])) as pool:
    pool.submit(abs, -1).result()
    print("worked", flush=True)
    sys.stdin.read()
"""


def test_nothing_is_left_of_a_directory_however_its_job_ends(tmp_path):
    with passing_directory(tmp_path) as directory:
        (directory / "kodit.db").write_text("much")
    with pytest.raises(KeyError), passing_directory(tmp_path):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_job_left_is_removed_by_the_next_one_and_what_a_living_job_has_is_not(tmp_path):
    arguments = [sys.executable, "-c", HOLD, str(tmp_path)]
    jobs = [subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    killed, living = jobs
    left, held = (job.stdout.readline().strip() for job in jobs)
    killed.kill()
    killed.communicate()

    with passing_directory(tmp_path) as directory:
        there = {path.name for path in tmp_path.iterdir() if path.is_dir()}
        assert there == {directory.name, held.rpartition("/")[2]}
        assert left.rpartition("/")[2] not in there

    living.communicate()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def short():
    """A directory whose name leaves room for a socket's."""
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        yield Path(directory)


def test_worker_processes_start_however_long_the_name_of_the_temporary_directory_is(tmp_path):
    deep = tmp_path / ("deep" * 20)
    deep.mkdir()
    arguments = [sys.executable, "-c", WORK]

    subprocess.run(arguments, input="", text=True, env={**os.environ, "TMPDIR": str(deep)}, check=True, timeout=60)


def test_what_a_killed_program_left_of_its_worker_processes_is_removed_by_the_next_one(short):
    arguments = [sys.executable, "-c", WORK]
    where = {**os.environ, "TMPDIR": str(short)}
    killed = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=where)
    assert killed.stdout.readline() == "worked\n"
    killed.kill()
    killed.communicate()
    assert list(short.iterdir()) != []

    subprocess.run(arguments, input="", text=True, env=where, check=True, stdout=subprocess.DEVNULL)

    assert list(short.iterdir()) == []
