"""Indexing works in whatever program calls it."""

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, sys
import kodit

async def main():
    async with kodit.open(sys.argv[1], retry_attempts=1) as k:
        report = await k.index(sys.argv[2])
        print(report.progress.run.state, report.files.snippets)

asyncio.run(main())
"""


@pytest.fixture
def source(tmp_path):
    root = tmp_path / "source"
    root.mkdir()
    (root / "a.py").write_text("def f():\n    return 1\n")
    return root


def test_a_script_without_a_guard_can_index(tmp_path, source):
    script = tmp_path / "script.py"
    script.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, script, tmp_path / "data", source], capture_output=True, text=True, check=True
    )

    assert done.stdout == "completed 1\n"


def test_a_program_on_standard_input_can_index(tmp_path, source):
    done = subprocess.run(
        [sys.executable, "-", tmp_path / "data", source], input=PROGRAM, capture_output=True, text=True, check=True
    )

    assert done.stdout == "completed 1\n"
