"""kill -9 while a channel is read loses no package and doubles none."""

import asyncio
import json
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

DYING = Path(__file__).with_name("dying_channel.py")
BEFORE = {"same": "1", "changed": "1", "gone": "1", "set.same": "1", "set.gone": "1"}
AFTER = {"same": "1", "changed": "2", "set.same": "1", "set.new": "1", "new": "1", "newer": "1", "a.b": "1", "a.c": "1"}


def put(path: Path, versions: dict[str, str]) -> None:
    packages = {
        attr: {
            "name": f"{attr.rpartition('.')[2]}-{version}",
            "meta": {"description": f"What {attr} is for", "platforms": [version], "license": {"spdxId": "MIT"}},
        }
        for attr, version in versions.items()
    }
    # What has no name of its own is no package, and fails.
    path.write_text(json.dumps({"version": 2, "packages": {**packages, "bad name..": {"name": "bad"}}}))


async def index(data_dir: Path, path: Path, *, wait: bool = True) -> None:
    async with kodit.open(data_dir, workers=1) as engine:
        source = await engine.channels.add("demo", str(path))
        report = await engine.working_off.index(source, wait=wait, watch=None)
        assert not wait or report.progress.run.state is RunState.COMPLETED, report.progress.tasks


def state_of_extract(data_dir: Path) -> str:
    with closing(sqlite3.connect(data_dir / "kodit.db")) as connection:
        [(state,)] = connection.execute("SELECT state FROM tasks WHERE type = 2 ORDER BY id DESC LIMIT 1")
    return state


@pytest.mark.timeout(300)
def test_a_worker_killed_between_any_two_batches_leaves_a_channel_that_ends_as_if_undisturbed(tmp_path):
    packages, before, undisturbed = tmp_path / "packages.json", tmp_path / "before", tmp_path / "undisturbed"
    put(packages, BEFORE)
    asyncio.run(index(before, packages))
    put(packages, AFTER)
    asyncio.run(index(before, packages, wait=False))
    shutil.copytree(before, undisturbed)
    asyncio.run(index(undisturbed, packages))
    expected = asyncio.run(export(undisturbed))
    assert len(expected["nix packages"]) == len(AFTER)
    assert len(expected["nix failures"]) == 1

    for fatal in (7, 11, 15, 19):
        data_dir = tmp_path / str(fatal)
        shutil.copytree(before, data_dir)
        died = [sys.executable, DYING, data_dir, str(fatal), "before"]
        assert subprocess.run(died, capture_output=True, check=False).returncode == -9
        assert state_of_extract(data_dir) == "running", "another phase was killed"
        asyncio.run(index(data_dir, packages))
        assert asyncio.run(export(data_dir)) == expected, f"write {fatal}"
