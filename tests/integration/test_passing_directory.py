"""Directories that are gone when whoever made them is."""

import subprocess
import sys

import pytest

from kodit.infrastructure.filesystem.passing_directory import passing_directory

HOLD = """
import sys
from pathlib import Path
from kodit.infrastructure.filesystem.passing_directory import passing_directory
with passing_directory(Path(sys.argv[1])) as directory:
    (directory / "kodit.db").write_text("much")
    print(directory, flush=True)
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
