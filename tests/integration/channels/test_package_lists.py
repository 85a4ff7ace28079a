import asyncio
import gzip
import json
import os
from pathlib import Path

import pytest

from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.nixpkgs.release import Release, ReleaseForm
from kodit.infrastructure.channels.package_lists import BATCH, fetched, read
from kodit.infrastructure.channels.unpacking import Limits

PACKAGES = {f"package{number}": {"name": f"p-{number}"} for number in range(BATCH * 5 + 3)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "nixos-24.05.1234.0a1b2c3d" / "packages.json"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(json.dumps({"packages": PACKAGES}).encode()))
    return path


def open_files(path: Path) -> int:
    return sum(os.path.realpath(link) == str(path) for link in Path("/proc/self/fd").iterdir())


async def test_a_file_stays_where_it_is_and_is_known_by_what_is_in_it(file: Path, tmp_path: Path) -> None:
    release = await fetched(str(file), tmp_path / "nothing")
    assert release == Release(id=release.id, form=ReleaseForm.LIST, path=str(file), name="nixos-24.05.1234.0a1b2c3d")
    assert not (tmp_path / "nothing").exists()
    assert await fetched(file.as_uri(), tmp_path) == release
    plain = tmp_path / "plain"
    plain.write_bytes(gzip.decompress(file.read_bytes()))
    assert (await fetched(str(plain), tmp_path)).id == release.id
    plain.write_bytes(plain.read_bytes().replace(b"p-1", b"p-2", 1))
    assert (await fetched(str(plain), tmp_path)).id != release.id


async def test_everything_in_a_list_is_read_in_its_order(file: Path) -> None:
    assert [str(one.attr) async for one in read(file)] == list(PACKAGES)


async def test_others_go_on_while_a_list_is_read(file: Path) -> None:
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    others = asyncio.create_task(take_turns())
    assert len([one async for one in read(file)]) == len(PACKAGES)
    others.cancel()
    assert turns >= len(PACKAGES) / BATCH


@pytest.mark.needs("linux")
async def test_a_list_that_is_not_read_to_its_end_is_closed(file: Path) -> None:
    entries = read(file)
    await anext(entries)
    assert open_files(file) == 1
    await entries.aclose()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert open_files(file) == 0


@pytest.mark.parametrize("where", ["nowhere.json", "packages.json/x"])
async def test_a_file_that_is_not_there_is_not_found(where: str, file: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no file"):
        await fetched(str(file.parent / where), tmp_path)
    with pytest.raises(NotFound, match="there is no file"):
        await anext(read(file.parent / where))


async def test_a_folder_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is a folder"):
        await fetched(str(tmp_path), tmp_path)


async def test_a_file_of_another_machine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="on another machine"):
        await fetched("file://elsewhere/packages.json", tmp_path)


async def test_what_is_wrong_in_the_middle_is_told_after_what_stands_before_it(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes(json.dumps(PACKAGES).encode().replace(b'"p-700"', b"p-700"))
    entries = read(broken)
    assert str([await anext(entries) for _ in range(BATCH)][-1].attr) == f"package{BATCH - 1}"
    with pytest.raises(InvalidInput, match="after 'package700'"):
        [one async for one in entries]


async def test_the_limits_hold_for_files_too(file: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="unpacks to more than 1,000 bytes"):
        await fetched(str(file), tmp_path, Limits(unpacked=1000))
    with pytest.raises(InvalidInput, match="unpacks to more than 1,000 bytes"):
        await anext(read(file, Limits(unpacked=1000)))
