"""What every PackageRepository promises."""

from dataclasses import replace

from homes import homes
from indexed_nouns import a_file, a_source

from kodit.domain.sources.file import FileStatus
from kodit.domain.sources.manifest import (
    READ_AS,
    Manifest,
    PackageKind,
    ReadManifest,
    Requirement,
    RequirementScope,
    Shared,
    StoredManifest,
)
from kodit.domain.sources.package import OwnedFile, Package, PackageChanges, PackageKey, PackageRequirement
from kodit.infrastructure.memory.package_repository import MemoryPackageRepository


class InMemory:
    """A repository of packages beside files that are kept by nobody else."""

    def __init__(self):
        self._files = {}
        self._sources = 0
        self.packages = MemoryPackageRepository(lambda index_id: self._files.get(index_id, []))

    async def source(self, name="demo"):
        self._sources += 1
        return self._sources

    async def save(self, *files):
        for file in files:
            held = self._files.setdefault(file.index_id, [])
            held.append(replace(file, id=len(held) + 1 + 1_000 * file.index_id))


class InDatabase:
    """A repository of packages in a unit of work."""

    def __init__(self, unit):
        self._unit = unit
        self.packages = unit.packages

    async def source(self, name="demo"):
        return (await self._unit.sources.add(a_source(name))).id

    async def save(self, *files):
        await self._unit.files.save(files)


home, index_id = homes(InMemory, InDatabase)


def a_package(path="core", kind=PackageKind.NPM, **changes):
    given = {"name": "core", "manifest": f"{path}/package.json", "manifest_hash": "1" * 64}
    return Package(path=path, kind=kind, **(given | changes))


def requiring(*requirements, **changes):
    return a_package(requirements=tuple(PackageRequirement(*one) for one in requirements), **changes)


async def added(home, index_id, *packages):
    await home.packages.apply(index_id, PackageChanges(add=packages))
    return await home.packages.of(index_id)


def a_manifest(path="core/package.json", content_hash="1" * 64, **changes):
    manifest = Manifest(path=path, kind=PackageKind.NPM, name="core", **changes)
    return StoredManifest(content_hash=content_hash, read=ReadManifest(path=path, manifest=manifest))


async def test_a_package_comes_back_as_it_went_in(home, index_id):
    package = requiring(
        ("left-pad", "^1.3 || >2"),
        ("ärger 🏈", "", RequirementScope.DEV),
        path="",
        kind=PackageKind.CARGO,
        name="@größe/🏈",
        version="1.0.0-β",
        description="one\nand two",
        manifest=None,
    )

    [found] = await added(home, index_id, package)

    assert (found.package, found.index_id, found.source_hash) == (package, index_id, None)


async def test_packages_are_listed_by_path_and_then_by_what_kind_goes_first(home, index_id):
    keys = [("b", PackageKind.NPM), ("b", PackageKind.GO), ("a", PackageKind.DIRECTORY), ("", PackageKind.NPM)]
    packages = [a_package(path, kind) for path, kind in keys]

    found = await added(home, index_id, *packages)

    assert [stored.package.key for stored in found] == list(reversed([keys[0], keys[1], keys[2], keys[3]]))


async def test_a_requirement_leads_to_the_package_of_the_source_that_it_means(home, index_id):
    core, app = PackageKey("core", PackageKind.NPM), PackageKey("app", PackageKind.NPM)
    first = requiring(("app", "*", RequirementScope.PEER, app))
    second = requiring(("core", "*", RequirementScope.RUNTIME, core), ("else", "*"), path="app", name="app")

    found = await added(home, index_id, first, second)

    assert [stored.package for stored in found] == [second, first]


async def test_a_target_that_is_no_package_of_the_source_is_none(home, index_id):
    other = await home.source("other")
    await added(home, other, a_package("elsewhere"))
    target = PackageKey("elsewhere", PackageKind.NPM)

    [found] = await added(home, index_id, requiring(("x", "", RequirementScope.RUNTIME, target)))

    assert [one.target for one in found.package.requirements] == [None]


async def test_an_updated_package_keeps_its_id_and_has_the_new_requirements_only(home, index_id):
    [before] = await added(home, index_id, requiring(("a", "1"), ("b", "1")))
    changed = replace(before, source_hash="3" * 64, package=requiring(("b", "2"), ("c", "1"), version="2.0"))

    await home.packages.apply(index_id, PackageChanges(update=(changed,)))

    assert await home.packages.of(index_id) == [changed]


async def test_removing_a_package_leaves_requirements_of_others_without_a_target(home, index_id):
    target = PackageKey("core", PackageKind.NPM)
    asking = requiring(("core", "", RequirementScope.RUNTIME, target), path="app")
    app, core = await added(home, index_id, a_package(), asking)

    await home.packages.apply(index_id, PackageChanges(remove=(core.id,)))

    [found] = await home.packages.of(index_id)
    assert (found.id, [one.target for one in found.package.requirements]) == (app.id, [None])


async def test_a_package_may_take_the_place_of_one_that_goes(home, index_id):
    [before] = await added(home, index_id, a_package())

    await home.packages.apply(index_id, PackageChanges(add=(a_package(name="new"),), remove=(before.id,)))

    assert [stored.package.name for stored in await home.packages.of(index_id)] == ["new"]


async def test_a_source_hash_is_stored_and_one_of_a_package_that_is_gone_is_left_out(home, index_id):
    [before] = await added(home, index_id, a_package())

    await home.packages.extracted({before.id: "4" * 64, 404: "5" * 64})

    assert await home.packages.of(index_id) == [replace(before, source_hash="4" * 64)]


async def test_files_are_listed_by_path_with_their_owners_but_for_the_deleted(home, index_id):
    [core] = await added(home, index_id, a_package())
    await home.save(
        a_file(index_id, "core/b.js", size=7),
        a_file(index_id, "a.js", content_hash="2" * 64),
        a_file(index_id, "gone.js", status=FileStatus.DELETED),
    )
    a, b = await home.packages.files(index_id)

    await home.packages.own({b.id: core.id})

    assert await home.packages.files(index_id) == [
        OwnedFile(a.id, "a.js", 10, "2" * 64, None),
        OwnedFile(b.id, "core/b.js", 7, "1" * 64, core.id),
    ]


async def test_a_file_changes_its_owner_and_may_have_none_again(home, index_id):
    await home.save(a_file(index_id, "a.js"), a_file(index_id, "b.js"))
    a, b = await home.packages.files(index_id)
    one, two = await added(home, index_id, a_package("one"), a_package("two"))
    await home.packages.own({a.id: one.id, b.id: one.id})

    await home.packages.own({a.id: two.id, b.id: None})

    assert [file.package_id for file in await home.packages.files(index_id)] == [two.id, None]


async def test_the_files_of_packages_are_told_by_name_or_path(home, index_id):
    other = await home.source("other")
    outer, empty, inner = await added(home, index_id, a_package("."), a_package("in", name="inner"), a_package("empty"))
    [twin] = await added(home, other, a_package("lib", name="inner"))
    await home.save(*(a_file(index_id, path) for path in ("a.js", "in/b.js", "loose.js")), a_file(other, "lib/c.js"))
    ids = {file.path: file.id for one in (index_id, other) for file in await home.packages.files(one)}
    owners = {"a.js": outer, "in/b.js": inner, "lib/c.js": twin}
    await home.packages.own({ids[path]: owner.id for path, owner in owners.items()})

    async def owned(*names, index_ids=()):
        found = await home.packages.owned(names, index_ids=index_ids)
        return {name: {path for _, path in files.values()} for name, files in found.items()}

    assert await owned("inner") == {"inner": {"in/b.js", "lib/c.js"}}
    assert await owned("inner", ".", index_ids=[index_id]) == {"inner": {"in/b.js"}, ".": {"a.js"}}
    assert await owned("in") == {"in": {"in/b.js"}}
    assert await owned(empty.package.path, "nothing") == {"empty": set()}
    assert (await home.packages.owned(["in"], index_ids=[]))["in"] == {ids["in/b.js"]: (index_id, "in/b.js")}


async def test_the_files_of_a_removed_package_are_nobodys(home, index_id):
    await home.save(a_file(index_id, "a.js"))
    [file] = await home.packages.files(index_id)
    [package] = await added(home, index_id, a_package())
    await home.packages.own({file.id: package.id})

    await home.packages.apply(index_id, PackageChanges(remove=(package.id,)))

    assert await home.packages.files(index_id) == [file]


async def test_thousands_of_files_and_packages_are_stored_at_once(home, index_id):
    await home.save(*(a_file(index_id, f"{number:04}/a.js") for number in range(2_500)))
    files = await home.packages.files(index_id)

    packages = await added(home, index_id, *(requiring(("x", "1"), path=f"{number:04}") for number in range(2_500)))
    await home.packages.own({file.id: stored.id for file, stored in zip(files, packages, strict=True)})
    found = await home.packages.files(index_id)
    await home.packages.apply(index_id, PackageChanges(remove=tuple(stored.id for stored in packages)))

    assert [file.package_id for file in found] == [stored.id for stored in packages]
    assert await home.packages.of(index_id) == []


async def test_sources_do_not_see_each_others_packages_files_and_manifests(home, index_id):
    other = await home.source("other")
    await added(home, index_id, a_package())
    await home.save(a_file(index_id))
    await home.packages.save_manifests(index_id, [a_manifest()])

    await home.packages.forget_manifests(other, ["core/package.json"])

    assert (await home.packages.of(other), await home.packages.files(other)) == ([], [])
    assert await home.packages.manifests(other) == {}
    assert len(await home.packages.manifests(index_id)) == 1


async def test_a_manifest_comes_back_as_it_was_read(home, index_id):
    full = a_manifest(
        declares=False,
        group="org.größe",
        version="1",
        description="d",
        requirements=(
            Requirement("a", ">1", RequirementScope.DEV, "libs/a", inherited=True),
            Requirement("b"),
        ),
        members=("packages/*", "!packages/x"),
        parent="pom.xml",
        inherited=frozenset({"version", "group"}),
        shared=Shared(group="g", version="2", description="e", requirements=(Requirement("c", "3"),)),
        properties={"x.y": "", "z": "${x}"},
    )
    bare = a_manifest("bare/package.json", members=())
    broken = StoredManifest(
        content_hash="3" * 64, read=ReadManifest(path="x/setup.py", manifest=None, problem="no Python")
    )

    await home.packages.save_manifests(index_id, [full, bare, broken])

    expected = {stored.read.path: stored for stored in (full, bare, broken)}
    assert await home.packages.manifests(index_id) == expected


async def test_a_manifest_read_again_takes_the_place_of_what_it_said_before(home, index_id):
    await home.packages.save_manifests(index_id, [a_manifest(), a_manifest("b/package.json")])
    again = a_manifest(content_hash="2" * 64, version="2")

    await home.packages.save_manifests(index_id, [again])
    await home.packages.forget_manifests(index_id, ["b/package.json", "never/was.json"])

    assert await home.packages.manifests(index_id) == {"core/package.json": again}


async def test_a_manifest_that_was_read_by_other_rules_says_so(home, index_id):
    await home.packages.save_manifests(index_id, [replace(a_manifest(), read_as=READ_AS - 1)])

    [found] = (await home.packages.manifests(index_id)).values()

    assert found.read_as == READ_AS - 1


async def test_an_outline_has_no_more_of_a_package_than_what_finds_it(home, index_id):
    stored = await added(home, index_id, a_package("core"), a_package("", PackageKind.CARGO, name="root"))
    await added(home, await home.source("other"), a_package("elsewhere"))
    await home.packages.extracted({stored[1].id: "a" * 64})

    assert await home.packages.outlines(index_id) == [
        (stored[0].id, "", PackageKind.CARGO, "root", None),
        (stored[1].id, "core", PackageKind.NPM, "core", "a" * 64),
    ]


async def test_the_files_of_some_packages_are_those_that_they_own_and_that_are_there(home, index_id):
    first, second = await added(home, index_id, a_package("a"), a_package("b"))
    await home.save(a_file(index_id, "b/2"), a_file(index_id, "a/1"), a_file(index_id, "c"))
    await home.save(a_file(index_id, "b/3", status=FileStatus.DELETED))
    ids = {file.path: file.id for file in await home.packages.files(index_id)}
    await home.packages.own({ids["a/1"]: first.id, ids["b/2"]: second.id})

    found = await home.packages.files_of([second.id])

    assert [(file.path, file.package_id) for file in found] == [("b/2", second.id)]
    assert [file.path for file in await home.packages.files_of([second.id, first.id])] == ["a/1", "b/2"]
    assert await home.packages.files_of([]) == []
    assert await home.packages.owners(list(ids.values())) == {ids["a/1"]: first.id, ids["b/2"]: second.id}


async def test_manifests_that_were_read_by_other_rules_are_noticed_in_their_own_source(home, index_id):
    await home.packages.save_manifests(index_id, [a_manifest()])
    other = await home.source("other")
    await home.packages.save_manifests(other, [replace(a_manifest(), read_as=READ_AS + 1)])

    assert not await home.packages.has_other(index_id, READ_AS)
    assert await home.packages.has_other(other, READ_AS)
