"""What every NixPackageRepository promises."""

from dataclasses import replace

import pytest
from homes import homes
from indexed_nouns import a_file, a_source

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.channel import HeldPackage, PackageTally, StoredNixPackage
from kodit.domain.nixpkgs.nix_package import License, Maintainer, NixPackage, Position
from kodit.infrastructure.memory.nix_package_repository import MemoryNixPackageRepository

WHOLE = NixPackage(
    attr=AttrPath(("python3Packages", "a.b", 'c"d')),
    pname="größe",
    version="1.0-β",
    description="Eine Größe 🏈",
    long_description="one\n\ntwo",
    homepages=("https://a.example", "https://b.example"),
    licenses=(License("MIT License", "MIT", is_free=True), License("own", None, is_free=False), License("other")),
    maintainers=(Maintainer("Ann", "ann@example.org", "ann"), Maintainer("Bob")),
    platforms=("aarch64-linux", "x86_64-linux"),
    assigned_in=Position("pkgs/top-level/all-packages.nix", 12),
    implemented_in=Position("pkgs/a b/default.nix", 1),
    main_program="gr",
    outputs=("out", "dev"),
    system="x86_64-linux",
    is_broken=True,
    is_unfree=True,
    is_insecure=True,
    is_unsupported=True,
)


class InMemory:
    """A repository of packages, whose files are kept by nobody."""

    def __init__(self):
        self.packages = MemoryNixPackageRepository()
        self._sources = 0
        self._files = 0

    async def source(self, name="demo"):
        self._sources += 1
        return self._sources

    async def file(self, index_id, package):
        self._files += 1
        return self._files


class InDatabase:
    """A repository of packages in a unit of work."""

    def __init__(self, unit):
        self._unit = unit
        self.packages = unit.nix_packages

    async def source(self, name="demo"):
        return (await self._unit.sources.add(a_source(name))).id

    async def file(self, index_id, package):
        path = str(package.attr)
        await self._unit.files.save([a_file(index_id, path, content_hash=package.content_hash)])
        return (await self._unit.files.at(index_id, [path]))[path].id


home, index_id = homes(InMemory, InDatabase)


def a_package(path="hello", **changes):
    return NixPackage(attr=AttrPath.parse(path), pname=path.rpartition(".")[2], **changes)


async def saved(home, index_id, *packages):
    """Save packages with their files; the ids of these."""
    ids = {await home.file(index_id, package): package for package in packages}
    await home.packages.save(index_id, ids)
    return list(ids)


@pytest.mark.parametrize("package", [WHOLE, a_package()], ids=["whole", "bare"])
async def test_a_package_comes_back_as_it_went_in(home, index_id, package):
    [file_id] = await saved(home, index_id, package)

    stored = StoredNixPackage(file_id, index_id, package)
    assert await home.packages.get(index_id, package.attr) == stored
    assert await home.packages.of_files([file_id, file_id + 1]) == {file_id: stored}
    assert await home.packages.after(index_id, 0, limit=5) == [stored]


async def test_packages_that_share_their_licences_and_platforms_keep_them_each(home, index_id):
    alike = [replace(WHOLE, attr=AttrPath((name,))) for name in ("one", "two")]
    others = [
        a_package("three", licenses=WHOLE.licenses[:1]),
        a_package("four", platforms=WHOLE.platforms, licenses=WHOLE.licenses[::-1]),
    ]

    await saved(home, index_id, *alike)
    await saved(home, index_id, *others)

    found = await home.packages.after(index_id, 0, limit=9)
    assert [stored.package for stored in found] == [*alike, *others]


async def test_a_package_that_is_saved_again_replaces_the_one_before(home, index_id):
    [file_id] = await saved(home, index_id, WHOLE)
    changed = replace(WHOLE, version="2.0", licenses=(), platforms=("x86_64-linux",), main_program="other")

    await home.packages.save(index_id, {file_id: changed})

    assert (await home.packages.get(index_id, WHOLE.attr)).package == changed
    assert await home.packages.tally(index_id) == PackageTally(0, 1)


async def test_saving_nothing_changes_nothing(home, index_id):
    await saved(home, index_id, WHOLE)

    await home.packages.save(index_id, {})

    assert await home.packages.tally(index_id) == PackageTally(0, 1)


async def test_what_is_held_is_told_by_attribute_path_with_its_content_hash(home, index_id):
    other_index = await home.source("other")
    first, second = await saved(home, index_id, a_package("a"), a_package("b.c"))
    await saved(home, other_index, a_package("d"))

    assert await home.packages.held(index_id) == {
        "a": HeldPackage(first, a_package("a").content_hash),
        "b.c": HeldPackage(second, a_package("b.c").content_hash),
    }


async def test_packages_are_told_page_by_page(home, index_id):
    other_index = await home.source("other")
    packages = [a_package(name) for name in ("z", "a", "m")]
    ids = await saved(home, index_id, packages[0])
    await saved(home, other_index, a_package("x"))
    ids += await saved(home, index_id, *packages[1:])

    first = await home.packages.after(index_id, 0, limit=2)
    second = await home.packages.after(index_id, first[-1].file_id, limit=2)
    third = await home.packages.after(index_id, second[-1].file_id, limit=2)

    assert [stored.file_id for stored in [*first, *second]] == ids
    assert [stored.package for stored in [*first, *second]] == packages
    assert third == []


async def test_a_removed_package_is_gone_and_others_stay(home, index_id):
    alike = replace(WHOLE, attr=AttrPath(("other",)))
    gone, kept = await saved(home, index_id, WHOLE, alike)

    await home.packages.remove(index_id, [gone])

    assert await home.packages.get(index_id, WHOLE.attr) is None
    assert await home.packages.of_files([gone, kept]) == {kept: StoredNixPackage(kept, index_id, alike)}


async def test_tidying_up_takes_nothing_that_a_package_needs(home, index_id):
    [file_id] = await saved(home, index_id, WHOLE)
    changed = replace(WHOLE, licenses=WHOLE.licenses[:1], platforms=())
    await home.packages.save(index_id, {file_id: changed})

    await home.packages.tidy(index_id)
    await saved(home, index_id, replace(WHOLE, attr=AttrPath(("other",))))

    found = await home.packages.after(index_id, 0, limit=9)
    assert [stored.package for stored in found] == [changed, replace(WHOLE, attr=AttrPath(("other",)))]


async def test_nothing_is_removed_from_another_index(home, index_id):
    other_index = await home.source("other")
    [file_id] = await saved(home, index_id, WHOLE)

    await home.packages.remove(other_index, [file_id])

    assert (await home.packages.get(index_id, WHOLE.attr)).package == WHOLE


async def test_a_channel_may_have_what_another_has_otherwise(home, index_id):
    other_index = await home.source("other")
    newer = replace(WHOLE, version="2.0")
    await saved(home, index_id, WHOLE)
    await saved(home, other_index, newer)

    assert (await home.packages.get(index_id, WHOLE.attr)).package == WHOLE
    assert (await home.packages.get(other_index, WHOLE.attr)).package == newer
    assert await home.packages.get(index_id, AttrPath(("unknown",))) is None


async def test_packages_are_counted_at_the_top_and_in_sets(home, index_id):
    assert await home.packages.tally(index_id) == PackageTally(0, 0)

    await saved(home, index_id, a_package("a"), a_package('"b.c"'), a_package("d.e"), a_package("f.g.h"))

    assert await home.packages.tally(index_id) == PackageTally(2, 2)
    assert (await home.packages.tally(index_id)).total == 4
