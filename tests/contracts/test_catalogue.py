"""What every Catalogue promises."""

import sqlite3
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from indexed_nouns import NOON, a_file, a_snippet, a_source, add_snippets, stored_source

from kodit.application.search.ports import SearchedSource
from kodit.application.search.stored_catalogue import StoredCatalogue
from kodit.domain.code.replacement import SnippetChanges
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.errors import DatabaseUnusable
from kodit.domain.search.candidate import Candidate
from kodit.domain.sources.file import FileStatus
from kodit.domain.sources.last_change import LastChange
from kodit.domain.sources.manifest import PackageKind
from kodit.domain.sources.package import Package, PackageChanges
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.unit_of_work import SqlStorage
from kodit.infrastructure.sqlite.catalogue import SqliteCatalogue


def nothing_else():
    raise AssertionError("it could not answer by itself")


def any_path(_):
    return True


@pytest.fixture
async def sqlite_only(sqlite_file):
    opened = SqliteCatalogue(sqlite_file, nothing_else)
    yield opened
    await opened.close()


@pytest.fixture(params=[("sqlite", "stored"), ("sqlite", "sqlite_only"), ("postgres", "stored")], ids="-".join)
def kind(request):
    """A database, and what reads it."""
    return request.param


@pytest.fixture
def database(request, kind):
    """The database that the test stores in."""
    return request.getfixturevalue(kind[0])


@pytest.fixture
def catalogue(request, kind, storage):
    """A catalogue of what the test stores."""
    return StoredCatalogue(storage) if kind[1] == "stored" else request.getfixturevalue("sqlite_only")


async def test_an_empty_database_has_nothing(catalogue):
    assert list(await catalogue.sources()) == []
    assert await catalogue.files(index_ids=(), languages=(), accepts=any_path) == frozenset()
    assert dict(await catalogue.candidates([1, 2])) == {}
    assert dict(await catalogue.candidates([])) == {}


async def test_sources_come_by_name_with_what_an_answer_says_of_them(catalogue, storage):
    async with storage.write() as unit:
        second = await unit.sources.add(a_source("zoo"))
        first = await unit.sources.add(a_source("ant", commit="c" * 40, indexed_at=NOON))

    assert list(await catalogue.sources()) == [
        SearchedSource(first.id, "ant", "c" * 40),
        SearchedSource(second.id, "zoo", None),
    ]


@pytest.mark.parametrize(
    "snippet",
    [
        a_snippet(),
        a_snippet("x = 1", path="deep/in/b.py", line=7, kind=SnippetKind.METHOD, symbol="A.f", header="class A:"),
        a_snippet("", kind=SnippetKind.WINDOW, symbol=None, language="text"),
        a_snippet("Fußball 🏈 \t\r\n\x00'\"%s:x"),
    ],
)
async def test_a_candidate_is_the_snippet_as_it_is_stored(catalogue, storage, snippet):
    async with storage.write() as unit:
        index_id, [file_id] = await stored_source(unit, paths=[snippet.path])
        [snippet_id] = await add_snippets(unit, index_id, file_id, snippet)

    assert await catalogue.candidates([snippet_id]) == {
        snippet_id: Candidate(
            snippet_id=snippet_id,
            source_id=index_id,
            path=snippet.path,
            start_line=snippet.start_line,
            end_line=snippet.end_line,
            language=snippet.language,
            symbol=snippet.symbol,
            kind=snippet.kind,
            content=snippet.content,
        )
    }


async def test_what_is_gone_is_no_candidate_and_what_is_new_is_one_at_once(catalogue, storage):
    async with storage.write() as unit:
        index_id, [file_id] = await stored_source(unit)
        old, kept = await add_snippets(unit, index_id, file_id, a_snippet("old"), a_snippet("kept"))
    assert set(await catalogue.candidates([old, kept])) == {old, kept}

    async with storage.write() as unit:
        await unit.snippets.apply(index_id, [SnippetChanges(file_id=file_id, remove=[old])])
        [new] = await add_snippets(unit, index_id, file_id, a_snippet("new"))

    assert set(await catalogue.candidates([old, kept, new])) == {kept, new}


async def test_any_number_of_candidates_may_be_asked_for(catalogue, storage):
    async with storage.write() as unit:
        index_id, [file_id] = await stored_source(unit)
        ids = await add_snippets(unit, index_id, file_id, *(a_snippet(str(number)) for number in range(2_000)))

    assert list(await catalogue.candidates(frozenset(ids))) == ids


async def test_files_pass_by_index_language_and_path(catalogue, storage):
    async with storage.write() as unit:
        here, _ = await stored_source(unit, "here", paths=())
        there, _ = await stored_source(unit, "there", paths=())
        await unit.files.save(
            replace(a_file(index_id, path), language=language)
            for index_id in (here, there)
            for path, language in [("a.py", "python"), ("b.go", "go"), ("c", None)]
        )
        of = {index_id: await unit.files.of(index_id) for index_id in (here, there)}

    async def found(index_ids=(), languages=(), accepts=any_path):
        ids = await catalogue.files(index_ids=index_ids, languages=languages, accepts=accepts)
        return {(index_id, path) for index_id in of for path, file in of[index_id].items() if file.id in ids}

    assert await found() == {(index_id, path) for index_id in (here, there) for path in ("a.py", "b.go", "c")}
    assert await found(index_ids=[here], languages=["python", "rust"]) == {(here, "a.py")}
    assert await found(languages=["go"]) == {(here, "b.go"), (there, "b.go")}
    assert await found(index_ids=[there], accepts=lambda path: "." not in path) == {(there, "c")}
    assert await found(languages=["' OR 1=1 --"]) == set()


async def test_snippets_pass_by_what_they_are(catalogue, storage):
    async with storage.write() as unit:
        here, [file_id] = await stored_source(unit, "here")
        there, [other] = await stored_source(unit, "there")
        kinds = [SnippetKind.METHOD, SnippetKind.CLASS, SnippetKind.WINDOW]
        mine = await add_snippets(unit, here, file_id, *(a_snippet(str(kind), kind=kind) for kind in kinds))
        [theirs] = await add_snippets(unit, there, other, a_snippet("x", kind=SnippetKind.CLASS))

    assert await catalogue.of_kinds([SnippetKind.CLASS], index_ids=()) == {mine[1], theirs}
    assert await catalogue.of_kinds(frozenset(kinds[:2]), index_ids=[here]) == set(mine[:2])
    assert await catalogue.of_kinds([SnippetKind.ENUM], index_ids=()) == frozenset()


async def test_files_of_packages_are_told_and_a_package_that_nobody_has_is_missing(catalogue, storage):
    async with storage.write() as unit:
        index_id, [kept, gone] = await stored_source(unit, paths=["in/a.py", "in/gone.py"])
        named = {"in": "inner", "empty": "empty"}
        packages = [
            Package(path=path, kind=PackageKind.NPM, name=name, manifest=None, manifest_hash="1" * 64)
            for path, name in named.items()
        ]
        await unit.packages.apply(index_id, PackageChanges(add=packages))
        inner = next(one.id for one in await unit.packages.of(index_id) if one.package.name == "inner")
        await unit.packages.own({kept: inner, gone: inner})
        held = await unit.files.of(index_id)
        await unit.files.save([replace(held["in/gone.py"], status=FileStatus.DELETED)])

    expected = {kept: (index_id, "in/a.py")}
    assert await catalogue.owned(["inner", "in", "nobody"], index_ids=()) == {"inner": expected, "in": expected}
    assert await catalogue.owned(["empty"], index_ids=[index_id]) == {"empty": {}}
    assert await catalogue.owned(["inner"], index_ids=[index_id + 1]) == {}


async def test_what_is_wrong_with_a_file_is_told_in_the_words_of_the_domain(tmp_path):
    path = tmp_path / "kodit.db"
    path.write_bytes(b"no database at all, but long enough to be taken for one" * 100)
    database = Database(f"sqlite+aiosqlite:///{path}")
    catalogue = SqliteCatalogue(path, lambda: StoredCatalogue(SqlStorage(database)))

    with pytest.raises(DatabaseUnusable):
        await catalogue.candidates([1])

    await catalogue.close()
    await database.close()


async def test_a_closed_catalogue_opens_again_when_it_is_asked(sqlite_only):
    await sqlite_only.sources()
    await sqlite_only.close()
    assert list(await sqlite_only.sources()) == []


async def test_nothing_is_written_through_it(sqlite_only, sqlite_file):
    await sqlite_only.sources()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        sqlite_only._rows("DELETE FROM sources", ())


async def test_files_are_told_by_who_changed_them_last_and_when(catalogue, storage):
    async with storage.write() as unit:
        first, _ = await stored_source(unit, "first", [])
        second, _ = await stored_source(unit, "second", [])
        for index_id, path, author, days in [
            (first, "ann.py", "Ann Ö <ann@example.org>", 0),
            (first, "bob.py", "Bob <bob@example.org>", 10),
            (second, "ann.py", "Ann Ö <ann@example.org>", 20),
        ]:
            moment = NOON + timedelta(days=days)
            await unit.files.save([a_file(index_id, path, author=author, changed_at=moment, created_at=moment)])
        await unit.files.save([a_file(first, "unknown.py")])
        ids = {
            (file.index_id, path): file.id
            for index_id in (first, second)
            for path, file in (await unit.files.of(index_id)).items()
        }

    async def told(change, *index_ids):
        found = await catalogue.last_changed(change, index_ids=index_ids)
        assert all(ids[place] == file_id for file_id, place in found.items())
        return sorted(found.values())

    ann, bob, other_ann = (first, "ann.py"), (first, "bob.py"), (second, "ann.py")
    assert await told(LastChange()) == [ann, bob, other_ann]
    assert await told(LastChange(authors=("ANN ö",))) == [ann, other_ann]
    assert await told(LastChange(authors=("ann@", "<BOB"))) == [ann, bob, other_ann]
    assert await told(LastChange(authors=("ann",)), first) == [ann]
    assert await told(LastChange(authors=("%",))) == []
    tenth = NOON + timedelta(days=10)
    assert await told(LastChange(earliest_at=tenth)) == [bob, other_ann]
    assert await told(LastChange(until=tenth)) == [ann]
    zone = timezone(timedelta(hours=14))
    assert await told(LastChange(earliest_at=tenth.astimezone(zone), until=tenth + timedelta(microseconds=1))) == [bob]
    assert await told(LastChange(authors=("ann",), earliest_at=tenth), first) == []
