"""What every NixPackageSearch promises."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from indexed_nouns import a_file, a_snippet, a_source, add_snippets

from kodit.application.channels.name_filters import make_name_filter
from kodit.domain.errors import DatabaseUnusable
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.nix_package import License, Maintainer, NixPackage, Position
from kodit.domain.nixpkgs.package_query import PackageCandidate, PackageFilters, SearchedChannel
from kodit.domain.sources.source import SourceKind
from kodit.infrastructure.memory.nix_package_search import HeldText, MemoryNixPackageSearch
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.nix_package_search import SqlNixPackageSearch
from kodit.infrastructure.sql.text_rows import DatabaseRows
from kodit.infrastructure.sql.unit_of_work import SqlStorage
from kodit.infrastructure.sqlite.reading import SqliteRows

ANY = PackageFilters()
MIT = License("MIT License", "MIT", is_free=True)
GPL = License("GNU GPL v2 or later", "GPL-2.0-or-later", is_free=True)
OWN = License("Acme Terms", None, is_free=False)


def a_package(path, **changes):
    attr = AttrPath.parse(path)
    return NixPackage(attr=attr, pname=changes.pop("pname", attr.name), **changes)


FIREFOX = a_package("firefox", pname="firefox-wrapper", main_program="ff", version="47.0", licenses=(MIT,))
NUMPY = a_package("python3Packages.numpy", pname="python3-numpy", platforms=("x86_64-linux",), licenses=(GPL, OWN))
QT = a_package("python3Packages.qt", platforms=("aarch64-linux",), is_broken=True)
WEB = a_package("webkitGtk", is_unfree=True, is_insecure=True, licenses=(OWN,), description="shows 🌐 pages")
DOTTED = a_package('sets."a.b"', is_unsupported=True, long_description="one\n\ntwo", version="1")
ALL = (FIREFOX, NUMPY, QT, WEB, DOTTED)


class InMemory:
    """Packages that are given to the search as they are."""

    def __init__(self):
        self.held, self.channels = [], []

    async def channel(self, name, *packages, release=None):
        index_id = len(self.channels) + 1
        self.channels.append(SearchedChannel(index_id, name, release, release is not None))
        first = len(self.held) + 1
        self.held += [HeldText(first + place, index_id, one) for place, one in enumerate(packages)]
        return index_id, list(range(first, first + len(packages)))

    async def forget(self, index_id, package_id):
        self.held = [one for one in self.held if one.id != package_id]

    @property
    def search(self):
        return MemoryNixPackageSearch(self.channels, self.held)


class InDatabase:
    """Packages that are stored as EXTRACT stores them."""

    def __init__(self, database, rows):
        self._storage = SqlStorage(database)
        self.search = SqlNixPackageSearch(rows)

    async def channel(self, name, *packages, release=None):
        async with self._storage.write() as unit:
            source = await unit.sources.add(a_source(name, kind=SourceKind.NIXPKGS_CHANNEL, location=f"/{name}#{name}"))
            channel = await unit.channels.of(source.id)
            await unit.channels.save(replace(channel, release_name=release, complete_as=release))
            await unit.files.save(a_file(source.id, str(one.attr)) for one in packages)
            files = await unit.files.at(source.id, [str(one.attr) for one in packages])
            ids = []
            for one in packages:
                ids += await add_snippets(unit, source.id, files[str(one.attr)].id, a_snippet(path=str(one.attr)))
            await unit.nix_packages.save(source.id, {files[str(one.attr)].id: one for one in packages})
        await make_name_filter(self._storage, source.id)
        return source.id, ids

    async def forget(self, index_id, package_id):
        package = (await self.search.packages([package_id]))[package_id]
        async with self._storage.write() as unit:
            stored = await unit.nix_packages.get(index_id, package.attr)
            await unit.nix_packages.remove(index_id, [stored.file_id])


@pytest.fixture
async def read_alone(sqlite_file):
    rows = SqliteRows(sqlite_file, nothing_else)
    yield rows
    await rows.close()


@pytest.fixture(params=["memory", "sqlite", "sqlite_alone", "postgres"])
def home(request):
    if request.param == "memory":
        return InMemory()
    database = request.getfixturevalue("postgres" if request.param == "postgres" else "sqlite")
    alone = request.param == "sqlite_alone"
    return InDatabase(database, request.getfixturevalue("read_alone") if alone else DatabaseRows(database))


def nothing_else():
    raise AssertionError("it could not answer by itself")


async def paths(search, ids):
    found = await search.candidates(ids)
    return [str(found[each].attr) for each in ids]


async def test_channels_come_by_name_with_the_release_that_was_read(home):
    second, _ = await home.channel("zoo")
    first, _ = await home.channel("ant", release="nixos-25.05")

    assert await home.search.channels() == [
        SearchedChannel(first, "ant", "nixos-25.05", is_complete=True),
        SearchedChannel(second, "zoo", None, is_complete=False),
    ]


async def test_without_channels_there_is_nothing(home):
    assert list(await home.search.channels()) == []
    assert list(await home.search.called(["firefox"], ANY, limit=9)) == []
    assert list(await home.search.beginning("f", ANY, limit=9)) == []
    assert list(await home.search.alike("firefox", [], most=3)) == []
    assert dict(await home.search.candidates([])) == {}
    assert dict(await home.search.packages([1])) == {}
    assert dict(await home.search.name_filters([1])) == {}
    assert set(await home.search.licenses([])) == set()
    assert set(await home.search.platforms([1])) == set()


async def test_a_package_comes_back_whole_and_as_a_candidate(home):
    whole = a_package(
        'sets."a.b"',
        pname="größe",
        version="1.0",
        description="one",
        long_description="one\n\ntwo",
        main_program="gr",
        homepages=("https://a.example",),
        licenses=(MIT, OWN),
        maintainers=(Maintainer("Ann", "ann@example.org", "ann"), Maintainer("Bob")),
        platforms=("aarch64-linux", "x86_64-linux"),
        assigned_in=Position("pkgs/top-level/all-packages.nix", 12),
        outputs=("dev", "out"),
        system="x86_64-linux",
        is_broken=True,
    )
    index_id, [whole_id, bare_id] = await home.channel("c", whole, a_package("bare"))

    assert await home.search.packages([whole_id, bare_id]) == {whole_id: whole, bare_id: a_package("bare")}
    assert (await home.search.candidates([whole_id]))[whole_id] == PackageCandidate(
        id=whole_id,
        index_id=index_id,
        attr=whole.attr,
        pname="größe",
        version="1.0",
        description="one",
        long_description="one\n\ntwo",
        main_program="gr",
    )


async def test_what_is_gone_is_left_out(home):
    index_id, [gone, kept] = await home.channel("c", FIREFOX, WEB)
    await home.forget(index_id, gone)

    assert set(await home.search.candidates([gone, kept])) == {kept}
    assert set(await home.search.packages([gone, kept])) == {kept}
    assert list(await home.search.called(["firefox"], ANY, limit=9)) == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("firefox", ["firefox"]),
        ("firefox-wrapper", ["firefox"]),
        ("ff", ["firefox"]),
        ("numpy", ["python3Packages.numpy"]),
        ("python3packages.numpy", ["python3Packages.numpy"]),
        ("a.b", ['sets."a.b"']),
        ("wrapper", []),
        ("fire", []),
        ("' OR 1=1 --", []),
    ],
)
async def test_a_package_is_called_by_path_last_name_name_and_program(home, name, found):
    await home.channel("c", *ALL)
    assert await paths(home.search, await home.search.called([name], ANY, limit=9)) == found


async def test_of_several_that_are_called_so_the_shorter_path_comes_first_then_what_was_first(home):
    long, first, second = a_package("deep.in.git"), a_package("git", version="1"), a_package("git", version="2")
    _, [long_id, first_id] = await home.channel("one", long, first)
    _, [second_id] = await home.channel("two", second)

    assert list(await home.search.called(["git", "deep.in.git"], ANY, limit=9)) == [first_id, second_id, long_id]
    assert list(await home.search.called(["git"], ANY, limit=2)) == [first_id, second_id]


async def test_those_with_most_of_the_parts_come_first(home):
    await home.channel("c", a_package("web"), a_package("web-kit-gtk"), a_package("webKit"), a_package("kitten"))

    found = await home.search.with_parts(["web", "kit", "gtk"], ANY, limit=9)

    assert await paths(home.search, found) == ["web-kit-gtk", "webKit", "web"]
    assert await paths(home.search, await home.search.with_parts(["web"], ANY, limit=2)) == ["web", "webKit"]


async def test_the_shortest_names_that_begin_so_come_first(home):
    names = ["python", "python3", "pythonmagick", "pythonwithaverylongnameindeedlonger", "go-python", "pyth"]
    await home.channel("c", *map(a_package, names))

    found = await home.search.beginning("python", ANY, limit=9)

    assert await paths(home.search, found) == names[:5]
    assert await paths(home.search, await home.search.beginning("python", ANY, limit=2)) == names[:2]


async def test_a_part_begins_so_too_and_signs_stand_for_themselves(home):
    await home.channel("c", a_package("go_under%score"), a_package("vim-airline"))

    assert await paths(home.search, await home.search.beginning("air", ANY, limit=9)) == ["vim-airline"]
    assert await paths(home.search, await home.search.beginning("go_u", ANY, limit=9)) == ['"go_under%score"']
    assert list(await home.search.beginning("%", ANY, limit=9)) == []
    assert list(await home.search.beginning("g_", ANY, limit=9)) == []


async def test_names_are_alike_by_few_slips_and_rather_those_that_begin_alike(home):
    index_id, _ = await home.channel("c", *map(a_package, ["firefox", "tirefox", "firefax", "chromium", "vim-airline"]))
    other, _ = await home.channel("d", a_package("firefix"))

    async def alike(name, *index_ids, anyhow=False):
        return list(await home.search.alike(name, index_ids, most=3, anyhow=anyhow))

    assert await alike("fierfox", index_id) == ["firefox", "firefax"]
    assert await alike("irefox", index_id) == []
    assert await alike("irefox", index_id, anyhow=True) == ["firefox", "tirefox"]
    assert await alike("firefux", index_id, anyhow=True) == ["firefax", "firefox"]
    assert await alike("firefux") == ["firefax", "firefix", "firefox"]
    assert await alike("arline", index_id) == ["airline"]
    assert await alike("firefux", other) == ["firefix"]
    assert await alike("nothing-like-it", index_id, anyhow=True) == []
    assert await alike("ff", anyhow=True) == []


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (PackageFilters(), ALL),
        (PackageFilters(licenses=frozenset({"mit"})), (FIREFOX,)),
        (PackageFilters(licenses=frozenset({"MIT", "acme terms"})), (FIREFOX, NUMPY, WEB)),
        (PackageFilters(licenses=frozenset({"GPL-2.0"})), (NUMPY,)),
        (PackageFilters(licenses=frozenset({"gpl2Plus"})), (NUMPY,)),
        (PackageFilters(licenses=frozenset({"BSD"})), ()),
        (PackageFilters(platforms=frozenset({"x86_64-linux"})), (FIREFOX, NUMPY, WEB, DOTTED)),
        (PackageFilters(platforms=frozenset({"x86_64-linux", "aarch64-linux"})), ALL),
        (PackageFilters(broken=False), (FIREFOX, NUMPY, WEB, DOTTED)),
        (PackageFilters(broken=True), (QT,)),
        (PackageFilters(unfree=True), (WEB,)),
        (PackageFilters(insecure=False, unsupported=False), (FIREFOX, NUMPY, QT)),
        (PackageFilters(unsupported=True), (DOTTED,)),
        (PackageFilters(unfree=True, broken=True), ()),
    ],
)
async def test_filters_hold_in_every_list(home, filters, found):
    _, ids = await home.channel("c", *ALL)
    wanted = {each for each, package in zip(ids, ALL, strict=True) if package in found}
    names = [str(package.attr).casefold() for package in ALL]

    assert set(await home.search.passing(filters)) == wanted
    assert set(await home.search.called([*names, "a.b"], filters, limit=9)) == wanted
    assert set(await home.search.with_parts(["firefox", "numpy", "qt", "webkit", "a"], filters, limit=9)) == wanted
    assert set(await home.search.beginning("", filters, limit=9)) == wanted


async def test_only_the_channels_that_are_asked_are_looked_at(home):
    here, [mine] = await home.channel("here", FIREFOX)
    there, [theirs] = await home.channel("there", replace(FIREFOX, licenses=(GPL,), platforms=("i686-linux",)))

    only = PackageFilters(index_ids=frozenset({here}))
    assert list(await home.search.called(["firefox"], only, limit=9)) == [mine]
    assert list(await home.search.beginning("fire", replace(only, index_ids=frozenset({there})), limit=9)) == [theirs]
    assert set(await home.search.passing(only)) == {mine}
    assert set(await home.search.licenses([here])) == {MIT}
    assert set(await home.search.licenses([])) == {MIT, GPL}
    assert set(await home.search.platforms([there])) == {"i686-linux"}
    assert set(await home.search.name_filters([here])) == {here}


async def test_filters_of_names_know_whole_names_in_lower_case(home):
    index_id, _ = await home.channel("c", NUMPY)
    made = (await home.search.name_filters([index_id]))[index_id]

    assert all(map(made.may_have, ["python3packages.numpy", "numpy", "python3-numpy"]))
    assert not made.may_have("firefox")


NAMES = st.from_regex(r"[a-c]{1,3}([-_A][a-c]{1,2}){0,2}", fullmatch=True)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=1, max_size=8, unique_by=str.casefold), asked=NAMES)
async def test_every_list_is_that_of_the_specification(home, names, asked):
    channel = f"c{len(await home.search.channels())}"
    twin = InMemory()
    packages = [a_package(name, is_broken=len(name) % 2 == 0) for name in names]
    index_id, ids = await home.channel(channel, *packages)
    await twin.channel(channel, *packages)
    there = dict(enumerate(ids, start=1))
    filters, same = PackageFilters(index_ids=frozenset({index_id}), broken=False), PackageFilters(broken=False)
    word = asked.casefold()

    def moved(found):
        return [there[each] for each in found]

    assert list(await home.search.called([word], filters, limit=3)) == moved(
        await twin.search.called([word], same, limit=3)
    )
    assert list(await home.search.beginning(word, filters, limit=3)) == moved(
        await twin.search.beginning(word, same, limit=3)
    )
    parts = word.replace("_", "-").split("-")
    assert list(await home.search.with_parts(parts, filters, limit=3)) == moved(
        await twin.search.with_parts(parts, same, limit=3)
    )
    for anyhow in (False, True):
        alike = await home.search.alike(word, [index_id], most=3, anyhow=anyhow)
        assert list(alike) == list(await twin.search.alike(word, [], most=3, anyhow=anyhow))


async def test_what_is_wrong_with_a_file_is_told_in_the_words_of_the_domain(tmp_path):
    path = tmp_path / "kodit.db"
    path.write_bytes(b"no database at all, but long enough to be taken for one" * 100)
    database = Database(f"sqlite+aiosqlite:///{path}")
    rows = SqliteRows(path, lambda: DatabaseRows(database))

    with pytest.raises(DatabaseUnusable):
        await SqlNixPackageSearch(rows).channels()

    await rows.close()
    await database.close()
