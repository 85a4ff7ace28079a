"""Whatever ends the building of an artifact, what lay there stays, and the next building takes away what is left."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dying_build import build, quietly, targets

from kodit.domain.artifacts.artifact import Artifact
from kodit.domain.errors import StorageFull
from kodit.infrastructure.duckdb.artifact_reader import opened_artifact

DYING = Path(__file__).with_name("dying_build.py")
STEPS = ["write tables", "index vectors", "minify tables", "index words", "verify artifact"]
BEFORE, AFTER = 3, 5


async def sound(path: str | None) -> Artifact:
    async with opened_artifact(str(path)) as reader:
        assert await reader.problems() == []
        return reader.artifact


@pytest.mark.parametrize("fatal", [*STEPS, "full.duckdb", "minified.duckdb"])
async def test_a_build_killed_at_any_point_leaves_whole_artifacts_and_the_next_one_succeeds(tmp_path, fatal):
    await build(str(tmp_path), BEFORE, quietly)
    files = targets(str(tmp_path))
    before = {path: Path(path).read_bytes() for path in files.paths}

    died = subprocess.run([sys.executable, DYING, tmp_path, str(AFTER), fatal], capture_output=True, check=False)
    assert died.returncode == -9, died.stderr
    assert any(path.name.startswith(".") for path in tmp_path.iterdir())
    # The full one takes its place first.
    changed = [files.full] if fatal == "minified.duckdb" else []
    assert [path for path in files.paths if Path(path).read_bytes() != before[path]] == changed
    for path in files.paths:
        assert (await sound(path)).manifest.entries == (AFTER if path in changed else BEFORE)

    await build(str(tmp_path), AFTER, quietly)
    for path in files.paths:
        assert (await sound(path)).manifest.entries == AFTER
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full.duckdb", "minified.duckdb"]


@pytest.fixture
def disk(require: Callable[[str], None], tmp_path: Path) -> Iterator[Path]:
    require("small disks")
    directory = tmp_path / "disk"
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "none", directory], check=True)
    yield directory
    subprocess.run(["umount", "--lazy", directory], check=True)


async def test_on_a_full_disk_what_lay_there_stays_and_room_is_given_back(disk):
    await build(str(disk), BEFORE, quietly)
    free = shutil.disk_usage(disk).free
    before = {path: Path(path).read_bytes() for path in targets(str(disk)).paths}
    (disk / "filling").write_bytes(bytes(free - 1_500_000))
    with pytest.raises(StorageFull, match=r"cannot write .*/(full|minified).duckdb: no space left"):
        await build(str(disk), AFTER, quietly)
    assert {path: Path(path).read_bytes() for path in before} == before
    assert sorted(path.name for path in disk.iterdir()) == ["filling", "full.duckdb", "minified.duckdb"]
    (disk / "filling").unlink()
    await build(str(disk), AFTER, quietly)
    for path in before:
        assert (await sound(path)).manifest.entries == AFTER
