"""What every SymbolRepository promises."""

from dataclasses import replace
from itertools import count

import pytest
from code_facts import a_reference, a_symbol, an_import, facts, imports_of, links, references_of, symbols_of
from homes import homes
from indexed_nouns import stored_source

from kodit.domain.code.reference import (
    Binding,
    Import,
    ImportLink,
    ReferenceKind,
    ReferenceLink,
    StoredImport,
    StoredReference,
)
from kodit.domain.code.symbol import StoredSymbol, SymbolKind, Visibility
from kodit.infrastructure.memory.symbol_repository import MemorySymbolRepository


class InMemory:
    """Ids of sources and files that nobody else keeps."""

    def __init__(self):
        self.repository = MemorySymbolRepository()
        self._ids = count(1)

    async def source(self, name="demo", files=1):
        return next(self._ids), [next(self._ids) for _ in range(files)]


class InDatabase:
    """Sources and files that are rows."""

    def __init__(self, unit):
        self.unit = unit
        self.repository = unit.symbols

    async def source(self, name="demo", files=1):
        return await stored_source(self.unit, name, [f"{number:05}.py" for number in range(files)])


home, _ = homes(InMemory, InDatabase)


@pytest.fixture
def repository(home):
    return home.repository


async def ids_by_name(repository, file_id):
    return {stored.symbol.qualified_name: stored.id for stored in await symbols_of(repository, file_id)}


PARSER = [
    a_symbol(
        "Parser",
        kind=SymbolKind.CLASS,
        end_line=9,
        signature="class Parser(Base)",
        doc="Reads 🏈.\n\nAnd\x00 ' \" % :x",
    ),
    a_symbol("parse", line=2, inside=("Parser", 0), kind=SymbolKind.METHOD, visibility=Visibility.PROTECTED),
    a_symbol("limit", line=5, inside=("Parser", 0), kind=SymbolKind.FIELD, visibility=Visibility.PRIVATE),
    a_symbol("inner", line=7, inside=("Parser.parse", 1)),
]


async def test_symbols_come_back_as_they_went_in_with_those_that_enclose_them(home, repository):
    index_id, [file_id] = await home.source()

    await repository.replace(index_id, [facts(file_id, symbols=PARSER)])

    found = await symbols_of(repository, file_id)
    ids = [stored.id for stored in found]
    parents = [None, ids[0], ids[0], ids[1]]
    assert list(found) == [
        StoredSymbol(id=own, index_id=index_id, file_id=file_id, parent_id=parent, symbol=replace(symbol, parent=None))
        for own, parent, symbol in zip(ids, parents, PARSER, strict=True)
    ]


async def test_references_come_back_in_the_order_of_their_places(home, repository):
    index_id, [file_id] = await home.source()
    used = [
        a_reference("late", line=9, kind=ReferenceKind.USE, scope=0),
        a_reference("parse", line=3, column=20, qualifier="self", scope=1),
        a_reference("Base", line=3, column=2, kind=ReferenceKind.INHERITANCE),
        a_reference("join", line=2, column=0, qualifier="os.path", kind=ReferenceKind.IMPORT, scope=3),
    ]

    await repository.replace(index_id, [facts(file_id, symbols=PARSER, references=used)])

    ids = [stored.id for stored in await symbols_of(repository, file_id)]
    expected = [
        StoredReference(
            id=0,
            file_id=file_id,
            reference=reference._replace(scope=None),
            scope_id=None if reference.scope is None else ids[reference.scope],
        )
        for reference in reversed(used)
    ]
    found = await references_of(repository, file_id)
    assert [_unnumbered(stored) for stored in found] == [_unnumbered(stored) for stored in expected]
    assert len({stored.id for stored in found}) == len(used)


def _unnumbered(stored):
    return stored.reference, stored.file_id, stored.scope_id, stored.target_id, stored.external


async def test_what_types_inherit_from_is_told_apart_from_other_references(home, repository):
    index_id, [one, two] = await home.source(files=2)
    used = [a_reference("Base", kind=ReferenceKind.INHERITANCE, scope=0), a_reference("parse", line=3)]
    await repository.replace(index_id, [facts(one, symbols=PARSER, references=used), facts(two, references=used[1:])])

    found = await repository.bases_of([one, two])

    assert {file_id: [(b.reference.name, b.scope_id) for b in bases] for file_id, bases in found.items()} == {
        one: [("Base", (await symbols_of(repository, one))[0].id)]
    }


async def test_imports_come_back_as_they_went_in(home, repository):
    index_id, [file_id] = await home.source()
    taken = [
        an_import("./util", bindings=(Binding("u", ""), Binding("*", "*")), exported=True),
        an_import("", level=2, bindings=(Binding("sibling", "sibling"),)),
        an_import("stdio.h", line=1, system=True),
    ]

    await repository.replace(index_id, [facts(file_id, imports=taken)])

    found = await imports_of(repository, file_id)
    assert list(found) == [
        StoredImport(id=stored.id, file_id=file_id, imported=imported)
        for stored, imported in zip(found, taken, strict=True)
    ]


async def test_facts_replace_those_of_their_file_and_no_others(home, repository):
    index_id, [first, second] = await home.source(files=2)
    whole = {"symbols": [a_symbol("f")], "references": [a_reference("g")], "imports": [an_import("os")]}
    await repository.replace(index_id, [facts(first, **whole), facts(second, **whole)])

    await repository.replace(index_id, [facts(first, symbols=[a_symbol("h")])])

    assert [stored.symbol.name for stored in await symbols_of(repository, first)] == ["h"]
    assert await references_of(repository, first) == await imports_of(repository, first) == []
    assert [stored.symbol.name for stored in await symbols_of(repository, second)] == ["f"]
    assert [stored.reference.name for stored in await references_of(repository, second)] == ["g"]
    assert [stored.imported.module for stored in await imports_of(repository, second)] == ["os"]


async def test_a_symbol_keeps_its_id_while_its_qualified_name_and_kind_stay(home, repository):
    index_id, [file_id] = await home.source()
    await repository.replace(index_id, [facts(file_id, symbols=[a_symbol("a"), a_symbol("b"), a_symbol("c")])])
    before = await ids_by_name(repository, file_id)

    moved = a_symbol("b", line=8, doc="New.", signature="def b(x)", visibility=Visibility.PRIVATE)
    fresh = [moved, a_symbol("new", line=9), a_symbol("a", line=10), a_symbol("c", line=11, kind=SymbolKind.CLASS)]
    await repository.replace(index_id, [facts(file_id, symbols=fresh)])

    after = await ids_by_name(repository, file_id)
    assert (after["a"], after["b"]) == (before["a"], before["b"])
    assert after["c"] != before["c"]
    assert [stored.symbol for stored in await symbols_of(repository, file_id)] == fresh


async def test_of_equal_symbols_each_keeps_the_id_of_its_rank(home, repository):
    index_id, [file_id] = await home.source()
    await repository.replace(index_id, [facts(file_id, symbols=[a_symbol("f", line=line) for line in (1, 2, 3)])])
    before = [stored.id for stored in await symbols_of(repository, file_id)]

    await repository.replace(index_id, [facts(file_id, symbols=[a_symbol("f", line=line) for line in (5, 6)])])

    assert [stored.id for stored in await symbols_of(repository, file_id)] == before[:2]


async def test_an_enclosing_symbol_that_is_new_is_that_of_what_it_encloses(home, repository):
    index_id, [file_id] = await home.source()
    await repository.replace(index_id, [facts(file_id, symbols=[a_symbol("A.f", qualified_name="A.f")])])

    wrapped = [a_symbol("A", kind=SymbolKind.CLASS), a_symbol("f", line=2, inside=("A", 0))]
    await repository.replace(index_id, [facts(file_id, symbols=wrapped)])

    outer, inner = await symbols_of(repository, file_id)
    assert (outer.parent_id, inner.parent_id) == (None, outer.id)


@pytest.fixture
async def linked(home, repository):
    """Two files: the second imports the first, and uses what it defines. All of it is linked."""
    index_id, [defining, using] = await home.source(files=2)
    await repository.replace(
        index_id,
        [
            facts(defining, symbols=[a_symbol("f"), a_symbol("g", line=2)]),
            facts(
                using,
                references=[a_reference("f"), a_reference("print", line=2), a_reference("g", line=3)],
                imports=[an_import("defining"), an_import("numpy", line=2)],
            ),
        ],
    )
    ids = await ids_by_name(repository, defining)
    first, outside, third = await references_of(repository, using)
    inner, outer = await imports_of(repository, using)
    await repository.link(
        [
            links(defining),
            links(
                using,
                imports=[ImportLink(inner.id, defining, None), ImportLink(outer.id, None, "numpy")],
                references=[
                    ReferenceLink(first.id, ids["f"], None),
                    ReferenceLink(outside.id, None, "print"),
                    ReferenceLink(third.id, ids["g"], None),
                ],
            ),
        ]
    )
    return index_id, defining, using


async def meanings(repository, file_id):
    return [(stored.target_id, stored.external) for stored in await references_of(repository, file_id)]


async def test_links_are_kept_until_there_are_others(repository, linked):
    _, defining, using = linked
    ids = await ids_by_name(repository, defining)

    assert await meanings(repository, using) == [(ids["f"], None), (None, "print"), (ids["g"], None)]
    ends = [(stored.target_file_id, stored.external) for stored in await imports_of(repository, using)]
    assert ends == [(defining, None), (None, "numpy")]

    _, second, _ = await references_of(repository, using)
    first_import, _ = await imports_of(repository, using)
    await repository.link(
        [
            links(
                using,
                imports=[ImportLink(first_import.id, None, "elsewhere")],
                references=[ReferenceLink(second.id, ids["f"], None)],
            )
        ]
    )

    assert await meanings(repository, using) == [(None, None), (ids["f"], None), (None, None)]
    ends = [(stored.target_file_id, stored.external) for stored in await imports_of(repository, using)]
    assert ends == [(None, "elsewhere"), (None, None)]


async def test_a_reference_to_a_symbol_that_is_gone_is_unresolved_and_one_that_moved_is_kept(repository, linked):
    index_id, defining, using = linked
    kept = (await ids_by_name(repository, defining))["g"]

    await repository.replace(index_id, [facts(defining, symbols=[a_symbol("g", line=7)])])

    assert await meanings(repository, using) == [(None, None), (None, "print"), (kept, None)]


async def test_what_was_replaced_is_unlinked_until_it_is_linked(home, repository):
    index_id, [first, second, third] = await home.source(files=3)
    other, [elsewhere] = await home.source("other")
    await repository.replace(index_id, [facts(first), facts(third), facts(second)])
    await repository.replace(other, [facts(elsewhere)])

    assert list(await repository.unlinked(index_id, limit=2)) == [first, second]
    await repository.link([links(first), links(third)])
    assert list(await repository.unlinked(index_id, limit=9)) == [second]
    assert list(await repository.unlinked(other, limit=9)) == [elsewhere]

    await repository.unlink(index_id, [third, second])
    assert list(await repository.unlinked(index_id, limit=9)) == [second, third]
    await repository.replace(index_id, [facts(third)])
    assert list(await repository.unlinked(index_id, limit=9)) == [second, third]


async def test_importers_are_the_files_whose_imports_lead_to_a_file(repository, linked):
    index_id, defining, using = linked

    assert await repository.importers(index_id, [defining]) == {using}
    assert await repository.importers(index_id, [using]) == frozenset()


async def test_files_whose_imports_mention_a_word_are_found_in_their_own_source_only(home, repository):
    index_id, [by_module, by_name, by_another, _] = await home.source(files=4)
    other, [elsewhere] = await home.source("other")
    named = Import(module="", line=1, level=1, bindings=(Binding("u", "my_util-1"),))
    await repository.replace(index_id, [facts(by_module, imports=[Import(module="./a/my_util-1.js", line=1)])])
    await repository.replace(index_id, [facts(by_name, imports=[named])])
    await repository.replace(index_id, [facts(by_another, imports=[Import(module="./a/myXutil-1.js", line=1)])])
    await repository.replace(other, [facts(elsewhere, imports=[named])])

    assert await repository.mentioning(index_id, ["my_util-1", "nobody"]) == {by_module, by_name}
    assert await repository.mentioning(index_id, ["nobody"]) == frozenset()
    assert await repository.mentioning(index_id, []) == frozenset()


async def test_who_bears_a_name_is_found_resolved_or_not_in_its_own_source_only(home, repository, linked):
    index_id, _, using = linked
    other, [elsewhere] = await home.source("other")
    await repository.replace(other, [facts(elsewhere, references=[a_reference("f"), a_reference("F")])])

    assert await repository.naming(index_id, ["f"]) == {using}
    assert await repository.naming(index_id, ["print", "nobody"]) == {using}
    assert await repository.naming(index_id, ["nobody"]) == frozenset()
    assert await repository.naming(other, ["F", "f"]) == {elsewhere}


async def test_names_on_the_way_to_others_are_found_among_the_files_asked_about(home, repository):
    index_id, [one, two, three] = await home.source(files=3)
    used = {one: "package.module", two: "package.Parser()", three: "module"}
    await repository.replace(
        index_id, [facts(file_id, references=[a_reference(qualifier=q)]) for file_id, q in used.items()]
    )

    assert await repository.qualifying([one, two, three], ["module", "Parser"]) == {one, two}
    assert await repository.qualifying([two, three], ["module"]) == set()


async def test_thousands_of_files_and_names_may_be_named(home, repository):
    index_id, file_ids = await home.source(files=1_100)
    await repository.replace(
        index_id,
        [
            facts(file_id, symbols=[a_symbol(f"f{file_id}")], references=[a_reference(f"f{file_id}")])
            for file_id in file_ids
        ],
    )

    assert len(await repository.of_files(file_ids)) == len(await repository.references_of(file_ids)) == 1_100
    assert await repository.naming(index_id, [f"f{file_id}" for file_id in file_ids]) == set(file_ids)
    await repository.link(links(file_id) for file_id in file_ids)
    assert list(await repository.unlinked(index_id, limit=9)) == []
    await repository.unlink(index_id, file_ids)
    assert list(await repository.unlinked(index_id, limit=9_999)) == file_ids
    assert await repository.importers(index_id, file_ids) == frozenset()


async def test_nothing_asked_is_nothing_answered(home, repository):
    index_id, _ = await home.source()
    await repository.replace(index_id, [])
    await repository.unlink(index_id, [])
    await repository.link([])

    assert (
        await repository.of_files([]) == await repository.references_of([404]) == await repository.imports_of([]) == {}
    )
    assert await repository.naming(index_id, []) == await repository.importers(index_id, []) == frozenset()
    assert list(await repository.unlinked(index_id, limit=9)) == []
