"""What every CodeGraph promises."""

from dataclasses import replace

import pytest
from asked_code import APP, PARSER, TOOL, WEB, understood
from code_facts import a_symbol, facts
from indexed_nouns import stored_source

from kodit.application.asking.rows import FileEdge, FoundAlias, FoundFile, FoundRequirement, FoundSymbol, Use
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.symbol import SymbolKind, Visibility
from kodit.domain.code.symbol_pattern import SymbolFilter, SymbolPattern
from kodit.domain.search.query import Filters
from kodit.domain.sources.manifest import PackageKind, RequirementScope
from kodit.infrastructure.sql.code_graph import SqlCodeGraph

ANY = Filters()
EVERY = SymbolFilter()


@pytest.fixture
def graph(database):
    return SqlCodeGraph(database)


@pytest.fixture
async def code(storage):
    async with storage.write() as unit:
        return await understood(unit)


@pytest.fixture
async def twin(storage, code):
    """A second source with the same files."""
    async with storage.write() as unit:
        return await understood(unit, "twin")


def only(code, **filters):
    return Filters(index_ids=frozenset({code.index_id}), **filters)


def placed(found):
    return [(one.path, one.line) for one in found]


def named(found):
    return [one.qualified_name for one in found]


class TestFiles:
    async def test_a_file_is_found_by_its_path_and_by_the_end_of_it(self, graph, code):
        [parser] = await graph.files(ANY, ending=PARSER)
        assert parser == FoundFile(id=code.files[PARSER], source="demo", path=PARSER, language="python")
        assert await graph.files(ANY, ending="parser.py") == [parser]

    async def test_the_end_of_a_name_is_no_end_of_a_path(self, graph, code):
        assert await graph.files(ANY, ending="arser.py") == []
        assert await graph.files(ANY, ending="parser_py") == await graph.files(ANY, ending="%") == []

    async def test_files_come_by_source_and_path_and_only_those_filtered(self, graph, code, twin):
        found = await graph.files(ANY, ending="main.py")
        assert [(file.source, file.path) for file in found] == [("demo", APP), ("twin", APP)]
        assert [file.source for file in await graph.files(only(twin), ending="main.py")] == ["twin"]

    async def test_files_are_told_by_id(self, graph, code):
        ids = code.files[APP], code.files[WEB], 404_404
        found = await graph.files_with_ids(ids)
        assert {file_id: file.path for file_id, file in found.items()} == {ids[0]: APP, ids[1]: WEB}
        assert await graph.files_with_ids([]) == {}


class TestSymbols:
    async def test_a_symbol_says_all_there_is_to_know(self, graph, code):
        [found] = await graph.symbols(SymbolPattern("Parser.parse"), EVERY, ANY, limit=9)
        assert found == FoundSymbol(
            id=code.symbols[f"{PARSER} Parser.parse"],
            file_id=code.files[PARSER],
            parent_id=code.symbols[f"{PARSER} Parser"],
            source="demo",
            path=PARSER,
            language="python",
            line=2,
            start_line=2,
            end_line=4,
            name="parse",
            qualified_name="Parser.parse",
            kind=SymbolKind.METHOD,
            visibility=Visibility.PUBLIC,
            signature="",
            doc="",
        )

    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("parse", ["Parser.parse", "Parser", "Parser", "parse_all", "PARSE_LIMIT"]),
            ("Parser", ["Parser", "Parser"]),
            ("parser", ["Parser", "Parser"]),
            ("ALL pars", ["parse_all"]),
            ("p*e", ["Parser.parse"]),
            ("*a*", ["main", "Parser.parse", "Parser", "Parser", "parse_all", "PARSE_LIMIT"]),
            ("pars?", ["Parser.parse"]),
            ("Parser::pa", ["Parser.parse"]),
            ("parser.*", ["Parser.parse", "Parser._rest"]),
            ("100%", ["run_100%"]),
            ("s%e", []),
            ("_all", ["parse_all"]),
            ("limit", ["limit_of", "limits", "PARSE_LIMIT"]),
            ("", []),
            ("'; --", []),
            ("\\", []),
        ],
    )
    async def test_what_fits_a_pattern_is_found_the_nearest_first(self, graph, code, pattern, expected):
        found = await graph.symbols(SymbolPattern(pattern), EVERY, ANY, limit=99)
        assert named(found) == expected

    async def test_what_is_cut_off_is_what_fits_least(self, graph, code):
        every = await graph.symbols(SymbolPattern("parse"), EVERY, ANY, limit=99)
        for limit in (1, 3, 4):
            assert list(await graph.symbols(SymbolPattern("parse"), EVERY, ANY, limit=limit)) == every[:limit]

    async def test_pages_of_symbols_have_each_of_them_once(self, graph, storage, code, twin):
        async with storage.write() as unit:
            # Files are seldom numbered in the order of their paths.
            index_id, file_ids = await stored_source(unit, "again", ("z.py", "a.py"))
            await unit.symbols.replace(index_id, [facts(one, symbols=[a_symbol("Parser")]) for one in file_ids])
        for pattern in ("pars", "parser.*"):
            whole = await graph.symbols(SymbolPattern(pattern), EVERY, ANY, limit=99)
            paged = [
                await graph.symbols(SymbolPattern(pattern), EVERY, ANY, limit=2, offset=offset)
                for offset in range(0, len(whole) + 1, 2)
            ]
            assert [one for page in paged for one in page] == whole
            assert len({one.id for one in whole}) == len(whole)

    async def test_only_what_passes_the_filters_is_found(self, graph, code, twin):
        async def found(which=EVERY, filters=ANY):
            symbols = await graph.symbols(SymbolPattern("pars"), which, filters, limit=99)
            return {(one.source, one.path, one.qualified_name) for one in symbols}

        typed = only(code, languages=frozenset({"typescript"}))
        assert await found(filters=typed) == {("demo", WEB, "Parser"), ("demo", WEB, "PARSE_LIMIT")}
        expected = {("twin", PARSER, name) for name in ("Parser", "Parser.parse", "parse_all")}
        assert await found(filters=only(twin, paths=("lib/**", "nowhere"))) == expected
        kinds = SymbolFilter(kinds=frozenset({SymbolKind.INTERFACE, SymbolKind.CONSTANT}))
        assert await found(kinds, only(code)) == {("demo", WEB, "Parser"), ("demo", WEB, "PARSE_LIMIT")}
        assert await found(filters=only(code, paths=("nowhere",))) == set()

    async def test_visibility_is_a_filter(self, graph, code):
        private = SymbolFilter(visibilities=frozenset({Visibility.PRIVATE}))
        assert named(await graph.symbols(SymbolPattern("*"), private, ANY, limit=9)) == ["Parser._rest"]

    async def test_a_name_is_borne_exactly_or_but_for_case(self, graph, code):
        assert [one.path for one in await graph.bearing("Parser", ANY)] == [PARSER, WEB]
        assert await graph.bearing("parser", ANY) == []
        assert [one.path for one in await graph.bearing("PARSER", ANY, ignore_case=True)] == [PARSER, WEB]
        assert await graph.bearing("Parser.parse", ANY) == []

    async def test_symbols_of_a_file_come_in_its_order_with_what_encloses_them(self, graph, code):
        found = await graph.symbols_of(code.files[PARSER])
        assert named(found) == ["Parser", "Parser.parse", "Parser._rest", "parse_all"]
        assert [one.parent_id for one in found] == [None, found[0].id, found[0].id, None]

    async def test_symbols_are_told_by_id(self, graph, code):
        wanted = code.symbols[f"{APP} main"]
        found = await graph.symbols_with_ids([wanted, 404_404])
        assert {symbol_id: one.name for symbol_id, one in found.items()} == {wanted: "main"}

    async def test_what_a_symbol_encloses_is_enclosed_at_any_depth(self, graph, storage):
        async with storage.write() as unit:
            index_id, [file_id] = await stored_source(unit, "nested")
            nest = [
                a_symbol("A"),
                a_symbol("b", line=2, inside=("A", 0)),
                a_symbol("c", line=3, inside=("A.b", 1)),
                a_symbol("other", line=9),
            ]
            await unit.symbols.replace(index_id, [facts(file_id, symbols=nest)])
            outer, *inner, other = [one.id for one in (await unit.symbols.of_files([file_id]))[file_id]]

        assert await graph.enclosed([outer]) == {outer, *inner}
        assert await graph.enclosed([inner[0], other]) == {*inner, other}
        assert await graph.enclosed([]) == frozenset()


class TestReferences:
    async def test_references_to_a_symbol_tell_where_they_are_and_what_stands_there(self, graph, code):
        target = code.symbols[f"{PARSER} Parser.parse"]
        in_main, in_parser = await graph.references_to([target], (), ANY, limit=9)
        assert (in_main.path, in_main.line, in_main.column, in_main.inside) == (APP, 4, 9, "main")
        assert (in_main.text, in_main.target_id, in_main.external) == ("Parser().parse(join())", target, None)
        assert (in_parser.path, in_parser.inside, in_parser.text) == (PARSER, "parse_all", "")

    async def test_kinds_files_and_the_limit_narrow_them(self, graph, code):
        target = [code.symbols[f"{PARSER} Parser"]]
        assert placed(await graph.references_to(target, (), ANY, limit=9)) == [(APP, 1), (APP, 9)]
        assert placed(await graph.references_to(target, (), ANY, limit=1)) == [(APP, 1)]
        assert placed(await graph.references_to(target, {ReferenceKind.USE}, ANY, limit=9)) == [(APP, 9)]
        assert await graph.references_to(target, (), Filters(paths=("lib",)), limit=9) == []

    async def test_names_without_a_symbol_are_unresolved_or_outside(self, graph, code):
        [unresolved] = await graph.naming("parse", (), ANY, outside=False, limit=9)
        assert (unresolved.path, unresolved.line, unresolved.text) == (APP, 5, "x.parse()")
        [outside] = await graph.naming("join", (), ANY, outside=True, limit=9)
        assert outside.external == "os.path.join"
        assert await graph.naming("parse", (), ANY, outside=True, limit=9) == []
        assert await graph.naming("join", (), ANY, outside=False, limit=9) == []

    async def test_a_line_tells_what_is_named_in_it(self, graph, code):
        found = await graph.references_at(code.files[APP], 4)
        assert [(one.column, one.name) for one in found] == [(9, "parse"), (21, "join")]
        assert await graph.references_at(code.files[APP], 7) == []

    async def test_a_line_is_told_as_it_is_written(self, graph, code):
        assert await graph.line_of(code.files[APP], 4) == "    Parser().parse(join())"
        assert await graph.line_of(code.files[APP], 99) == await graph.line_of(code.files[WEB], 1) == ""

    async def test_users_are_symbols_or_what_stands_outside_of_all(self, graph, code):
        parser, parse = (code.symbols[f"{PARSER} {name}"] for name in ("Parser", "Parser.parse"))
        main, parse_all = code.symbols[f"{APP} main"], code.symbols[f"{PARSER} parse_all"]
        used = sorted(await graph.users_of([parser, parse]), key=lambda use: (use.target_id, use.file_id))
        app, lib = code.files[APP], code.files[PARSER]
        assert used == sorted(
            [
                Use(target_id=parser, user_id=None, file_id=app, line=1, only_imported=False),
                Use(target_id=parse, user_id=main, file_id=app, line=4, only_imported=False),
                Use(target_id=parse, user_id=parse_all, file_id=lib, line=12, only_imported=False),
            ],
            key=lambda use: (use.target_id, use.file_id),
        )
        assert await graph.users_of([]) == []


class TestNames:
    async def test_files_are_listed(self, graph, code, twin):
        assert [file.path for file in await graph.listed(only(code), limit=None)] == sorted(code.files)
        assert [file.path for file in await graph.listed(only(code), limit=2)] == sorted(code.files)[:2]
        assert [file.path for file in await graph.listed(only(code), limit=2, after=sorted(code.files)[0])] == (
            sorted(code.files)[1:3]
        )
        assert await graph.listed(only(code), limit=2, after=sorted(code.files)[-1]) == []
        typed = Filters(languages=frozenset({"typescript"}))
        assert [file.source for file in await graph.listed(typed, limit=None)] == ["demo", "twin"]

    async def test_files_come_in_the_order_of_their_letters_numbers_whatever_the_language(self, graph, storage):
        paths = ["B/z.py", "_.py", "a b.py", "a-b.py", "a.py", "b.py", "ä.py", "\U0001d4d0.py"]
        async with storage.write() as unit:
            index_id, _ = await stored_source(unit, "letters", paths[::-1])
        mine = Filters(index_ids=frozenset({index_id}))
        found = await graph.listed(mine, limit=None)
        assert [file.path for file in found] == sorted(paths) == paths
        following = [await graph.listed(mine, limit=1, after=path) for path in paths]
        assert [file.path for page in following for file in page] == paths[1:]

    @pytest.mark.parametrize("asked", ["Pasrer", "ParserX", "parsers", "parse"])
    async def test_names_that_may_be_meant_are_alike_at_one_end(self, graph, code, asked):
        assert "Parser" in await graph.names_alike(asked, ANY)

    async def test_names_of_other_sources_lengths_and_letters_are_not_alike(self, graph, code, twin):
        assert "Parser" not in await graph.names_alike("Parse_all", ANY)
        assert "Parser" not in await graph.names_alike("Qarseq", ANY)
        assert await graph.names_alike("Parser", Filters(index_ids=frozenset({404}))) == frozenset()

    async def test_imports_that_lead_to_a_file_are_told_with_their_line(self, graph, code):
        edges = [edge for edge in await graph.needing([code.files[PARSER]]) if edge.imports]
        found = await graph.importing([code.files[PARSER]], ANY, limit=9)
        assert found
        assert {one.file_id for one in found} == {edge.from_id for edge in edges}
        assert {(one.kind, one.target_id, one.external) for one in found} == {(ReferenceKind.IMPORT, None, None)}
        assert await graph.importing([code.files[PARSER]], Filters(paths=("none/**",)), limit=9) == []

    async def test_what_is_outside_is_told_by_its_name_from_the_beginning_on(self, graph, code):
        for name in ("os", "os.path"):
            whole, part = await graph.outside(name, (), ANY, limit=9)
            assert (whole.path, whole.line, whole.kind, whole.external) == (APP, 2, ReferenceKind.IMPORT, "os.path")
            assert (part.line, part.kind, part.external) == (4, ReferenceKind.CALL, "os.path.join")
        assert placed(await graph.outside("os.path.join", (), ANY, limit=9)) == [(APP, 4)]
        for name in ("o", "path", "os.pat", "os%", "Parser", "lib.parser", ""):
            assert await graph.outside(name, (), ANY, limit=9) == []

    async def test_kinds_files_and_the_limit_narrow_what_is_outside(self, graph, code, twin):
        imported = await graph.outside("os", {ReferenceKind.IMPORT}, only(code), limit=9)
        assert placed(imported) == [(APP, 2)]
        assert placed(await graph.outside("os", {ReferenceKind.CALL}, only(code), limit=9)) == [(APP, 4)]
        assert placed(await graph.outside("os", (), ANY, limit=1)) == [(APP, 2)]
        assert await graph.outside("os", (), Filters(paths=("lib/**",)), limit=9) == []

    async def test_an_alias_tells_what_it_stands_for(self, graph, code, twin):
        parser = code.symbols[f"{PARSER} Parser"]
        [alias] = await graph.aliases("Reader", only(code))
        assert alias == FoundAlias(
            source="demo", path=APP, line=1, local="Reader", target_id=parser, leads_to=None, external=None
        )
        assert [one.external for one in await graph.aliases("files", only(code))] == ["os.path"]
        assert [one.leads_to for one in await graph.aliases("start", only(code))] == [APP]
        assert [one.source for one in await graph.aliases("Reader", ANY)] == ["demo", "twin"]

    async def test_what_is_imported_is_no_alias_by_its_name_elsewhere(self, graph, code):
        for name in ("Parser", "reader", "Read", "os.path", "", '"', "%"):
            assert await graph.aliases(name, ANY) == []

    async def test_what_stands_in_a_symbol_is_told(self, graph, code):
        main = code.symbols[f"{APP} main"]
        assert placed(await graph.references_in([main], (), ANY, limit=9)) == [(APP, 4), (APP, 4), (APP, 5)]
        assert await graph.references_in([main], {ReferenceKind.USE}, ANY, limit=9) == []
        assert await graph.references_in([], (), ANY, limit=9) == []

    async def test_a_block_of_what_is_implemented_is_listed_only_as_a_class(self, graph, storage):
        async with storage.write() as unit:
            index_id, [file_id] = await stored_source(unit, "rusty")
            [file] = (await unit.files.of(index_id)).values()
            await unit.files.save([replace(file, language="rust")])
            blocks = [a_symbol("Gauge", kind=SymbolKind.STRUCT), a_symbol("Gauge", line=3, kind=SymbolKind.CLASS)]
            await unit.symbols.replace(index_id, [facts(file_id, symbols=blocks)])

        assert [one.kind for one in await graph.symbols(SymbolPattern("Gauge"), EVERY, ANY, limit=9)] == ["struct"]
        classes = SymbolFilter(kinds=frozenset({SymbolKind.CLASS}))
        assert [one.kind for one in await graph.symbols(SymbolPattern("Gauge"), classes, ANY, limit=9)] == ["class"]


class TestEdges:
    async def test_imports_of_a_file_come_in_its_order_with_where_they_lead(self, graph, code):
        found = await graph.imports_of(code.files[APP])
        assert [(one.imported.module, one.leads_to, one.external) for one in found] == [
            ("lib.parser", PARSER, None),
            ("os.path", None, "os.path"),
        ]
        assert found[0].imported.bindings == (("Reader", "Parser"),)

    async def test_an_edge_counts_imports_and_uses(self, graph, code):
        app, parser, tool = (code.files[path] for path in (APP, PARSER, TOOL))
        to_parser = FileEdge(from_id=app, to_id=parser, line=1, imports=1, uses=2)
        to_app = FileEdge(from_id=tool, to_id=app, line=1, imports=1, uses=1)
        only_imports = FileEdge(from_id=tool, to_id=parser, line=2, imports=1, uses=0)

        assert await graph.needed_by([app]) == [to_parser]
        assert by_ends(await graph.needing([parser])) == by_ends([to_parser, only_imports])
        assert by_ends(await graph.needing([parser, app])) == by_ends([to_parser, only_imports, to_app])
        assert await graph.needed_by([parser]) == await graph.needing([]) == []
        assert by_ends(await graph.edges(ANY)) == by_ends([to_parser, only_imports, to_app])

    async def test_both_ends_of_an_edge_are_among_the_filtered(self, graph, code, twin):
        found = await graph.edges(only(code, paths=("app/**",)))
        assert [(edge.from_id, edge.to_id) for edge in found] == [(code.files[TOOL], code.files[APP])]
        assert len(await graph.edges(only(twin))) == 3
        assert len(await graph.edges(ANY)) == 6


def by_ends(edges):
    return sorted(edges, key=lambda edge: (edge.from_id, edge.to_id))


class TestPackages:
    async def test_a_package_says_what_it_owns_and_requires(self, graph, code):
        app, lib, web = await graph.packages(())
        assert [(one.name, one.path, one.files, one.symbols) for one in (app, lib, web)] == [
            ("app", "app", 2, 3),
            ("lib", "lib", 1, 4),
            ("@shop/web", "web", 1, 4),
        ]
        assert (lib.version, lib.description, lib.kind) == ("1.2", "Reads all sorts of text.", PackageKind.PYTHON)
        assert app.manifest == "app/pyproject.toml"
        assert set(app.requirements) == {
            FoundRequirement(name="lib", requirement=">=1", scope=RequirementScope.RUNTIME, target_id=lib.id),
            FoundRequirement(name="numpy", requirement="", scope=RequirementScope.RUNTIME, target_id=None),
        }

    async def test_packages_and_owners_are_those_of_the_sources_asked_for(self, graph, code, twin):
        assert {one.source for one in await graph.packages({twin.index_id})} == {"twin"}
        assert len(await graph.packages(())) == 6
        assert await graph.owners({code.index_id}) == {
            file_id: code.packages[{"app": "app", "lib": "lib", "web": "@shop/web"}[path.partition("/")[0]]]
            for path, file_id in code.files.items()
        }
        assert len(await graph.owners(())) == 8


async def test_what_is_unlinked_is_counted(graph, storage, code, twin):
    async with storage.write() as unit:
        await unit.symbols.unlink(twin.index_id, [twin.files[APP], twin.files[WEB]])

    assert await graph.unlinked(()) == await graph.unlinked({twin.index_id}) == 2
    assert await graph.unlinked({code.index_id}) == 0
