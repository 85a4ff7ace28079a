"""What every NameFilterRepository promises."""

import pytest
from indexed_nouns import a_file, a_source

from kodit.application.channels.name_filters import make_name_filter
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.name_filter import NameFilter
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.infrastructure.sql.nix_package_search import SqlNixPackageSearch
from kodit.infrastructure.sql.text_rows import DatabaseRows

FIREFOX = NixPackage(attr=AttrPath(("firefox",)), pname="firefox-wrapper", main_program="ff")
NUMPY = NixPackage(attr=AttrPath(("python3Packages", "numpy")), pname="python3-numpy")


@pytest.fixture
async def index_id(storage):
    async with storage.write() as unit:
        return (await unit.sources.add(a_source("channel"))).id


async def save(storage, index_id, *packages):
    async with storage.write() as unit:
        await unit.files.save(a_file(index_id, str(one.attr)) for one in packages)
        files = await unit.files.at(index_id, [str(one.attr) for one in packages])
        await unit.nix_packages.save(index_id, {files[str(one.attr)].id: one for one in packages})
    return [files[str(one.attr)].id for one in packages]


async def version_of(storage, index_id):
    async with storage.read() as unit:
        return (await unit.name_filters.names(index_id))[0]


async def put(storage, index_id, version, names=("firefox",)):
    return await storage.transact(lambda unit: unit.name_filters.put(index_id, version, NameFilter.of(names)))


async def filters(database, *index_ids):
    return await SqlNixPackageSearch(DatabaseRows(database)).name_filters(index_ids)


async def test_whole_names_in_lower_case_go_into_a_filter(storage, index_id):
    await save(storage, index_id, FIREFOX, NUMPY)

    async with storage.read() as unit:
        _, names = await unit.name_filters.names(index_id)

    assert names == {
        *("firefox", "firefox-wrapper", "ff"),
        *("python3packages.numpy", "numpy", "python3-numpy"),
    }


async def test_a_filter_is_kept_for_its_channel(storage, database, index_id):
    await save(storage, index_id, FIREFOX)

    assert await put(storage, index_id, await version_of(storage, index_id))

    kept = await filters(database, index_id, index_id + 1)
    assert kept == {index_id: NameFilter.of(["firefox"])}


async def test_no_filter_outlives_a_change_of_names(storage, database, index_id):
    [file_id] = await save(storage, index_id, FIREFOX)
    await make_name_filter(storage, index_id)
    assert index_id in await filters(database, index_id)

    await save(storage, index_id, NUMPY)
    assert await filters(database, index_id) == {}

    await make_name_filter(storage, index_id)
    async with storage.write() as unit:
        await unit.nix_packages.remove(index_id, [file_id])
    assert await filters(database, index_id) == {}


async def test_a_filter_of_names_that_have_changed_meanwhile_is_refused(storage, database, index_id):
    await save(storage, index_id, FIREFOX)
    version = await version_of(storage, index_id)
    await save(storage, index_id, NUMPY)

    assert not await put(storage, index_id, version)

    assert await filters(database, index_id) == {}


async def test_a_change_that_is_taken_back_leaves_the_filter(storage, database, index_id):
    await save(storage, index_id, FIREFOX)
    await make_name_filter(storage, index_id)

    async def change_and_fail(unit):
        await unit.name_filters.names_changed(index_id)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await storage.transact(change_and_fail)

    assert (await filters(database, index_id))[index_id].may_have("firefox")


async def test_a_channel_without_packages_has_no_filter(storage, database, index_id):
    assert not await make_name_filter(storage, index_id)
    assert await filters(database, index_id) == {}


async def test_a_filter_goes_with_its_channel(storage, database, index_id):
    await save(storage, index_id, FIREFOX)
    await make_name_filter(storage, index_id)

    async with storage.write() as unit:
        await unit.sources.remove(index_id)

    assert await filters(database, index_id) == {}
