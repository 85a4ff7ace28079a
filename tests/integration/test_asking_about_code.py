"""Questions about a source that was indexed for real."""

import asyncio
import shlex

import pytest

import kodit
from kodit.application.asking.where import Where
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.symbol import SymbolKind
from kodit.domain.code.symbol_pattern import SymbolFilter
from kodit.domain.errors import InvalidInput, NotFound, NothingIndexed
from kodit.domain.sources.manifest import PackageKind

FILES = {
    "core/pyproject.toml": '[project]\nname = "shop-core"\nversion = "2.0"\ndescription = "Prices and orders."\n',
    "core/shop/__init__.py": "",
    "core/shop/prices.py": '''"""Prices."""


class Price:
    """An amount in cents."""

    def __init__(self, cents: int) -> None:
        self.cents = cents

    def doubled(self) -> "Price":
        return Price(self.cents * 2)


def parse_price(text: str) -> Price:
    """Read a price."""
    return Price(int(text))
''',
    "core/shop/orders.py": """from shop.prices import Price, parse_price


class OrderBook:
    def place(self, text: str) -> None:
        self._keep(parse_price(text))

    def _keep(self, price: Price) -> None:
        self.last = price


class Archive(OrderBook):
    def close(self) -> None:
        self.place("0")


def even(number: int) -> bool:
    return number == 0 or odd(number - 1)


def odd(number: int) -> bool:
    return number != 0 and even(number - 1)
""",
    "app/pyproject.toml": '[project]\nname = "shop-app"\ndependencies = ["shop-core>=2", "numpy"]\n',
    "app/main.py": """import numpy

from shop.orders import Archive

BOOK = Archive()


def main(thing) -> None:
    Archive().close()
    thing.place(numpy.array([1]))
""",
    "app/web/util.py": "from app.web import page\n\n\ndef shared() -> None: ...\n",
    "app/web/page.py": "from app.web import util\n\n\ndef show() -> None:\n    util.shared()\n",
    "app/web/__init__.py": "",
    "app/__init__.py": "",
    "core/util.py": "LIMIT = 9\n",
}


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    root = tmp_path_factory.mktemp("asking")
    for path, text in FILES.items():
        (root / "shop" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "shop" / path).write_text(text)

    async def index():
        async with kodit.open(root / "data", workers=1) as k:
            await k.index(str(root / "shop"))

    asyncio.run(index())
    return root


@pytest.fixture
async def code(indexed):
    async with kodit.open(indexed / "data") as k:
        yield k.code


def names(symbols):
    return [symbol.qualified_name for symbol in symbols]


def places(references):
    return [(reference.path.rpartition("/")[2], reference.line) for reference in references]


class TestDefinition:
    async def test_a_name_is_defined_where_it_is(self, code):
        [found] = (await code.definition("parse_price")).symbols
        assert (found.path, found.line, found.kind) == ("core/shop/prices.py", 14, SymbolKind.FUNCTION)
        assert (found.signature, found.doc) == ("def parse_price(text: str) -> Price", "Read a price.")

    @pytest.mark.parametrize("asked", ["OrderBook.place", "orders.OrderBook.place", "shop.orders.OrderBook::place"])
    async def test_a_qualified_name_may_begin_anywhere(self, code, asked):
        assert names((await code.definition(asked)).symbols) == ["OrderBook.place"]

    async def test_upper_and_lower_case_are_overlooked_where_nothing_is_exactly_so(self, code):
        found = await code.definition("orderbook")
        assert (names(found.symbols), found.exact) == (["OrderBook"], False)

    async def test_a_place_tells_what_is_named_there(self, code):
        at_column = await code.definition("core/shop/orders.py:6:20")
        assert names(at_column.symbols) == ["parse_price"]
        whole_line = await code.definition("core/shop/orders.py:6")
        assert names(whole_line.symbols) == ["OrderBook._keep", "parse_price"]
        assert names((await code.definition("shop/prices.py:4")).symbols) == ["Price"]

    async def test_what_is_from_outside_is_told_by_its_name_there(self, code):
        for column in (23, 27, 28):
            found = await code.definition(f"app/main.py:10:{column}")
            assert found.symbols == []
            assert [reference.external for reference in found.references] == ["numpy.array"]

    @pytest.mark.parametrize("asked", ["app/main.py:10:17", "app/main.py:10:22", "core/shop/orders.py:6:13"])
    async def test_a_column_beside_a_name_does_not_stand_for_it(self, code, asked):
        with pytest.raises(NotFound, match=f"is named at {asked}") as caught:
            await code.definition(asked)
        assert "kodit outline" in caught.value.remedy

    async def test_a_column_of_a_line_that_defines_something_is_that_of_its_name(self, code):
        for column in (9, 12, 13):
            assert names((await code.references(f"core/shop/orders.py:8:{column}")).symbols) == ["OrderBook._keep"]
        assert names((await code.references("core/shop/orders.py:8:28")).symbols) == ["Price"]
        with pytest.raises(NotFound, match="is named at"):
            await code.definition("core/shop/orders.py:8:5")

    @pytest.mark.parametrize("asked", ["nowhere", "Price.parse_price", "", ".", "main.py:2", "main.py:99999"])
    async def test_what_nothing_is_called_is_an_error_with_a_remedy(self, code, asked):
        with pytest.raises(NotFound) as caught:
            await code.definition(asked)
        assert caught.value.remedy


class TestReferences:
    async def test_uses_are_those_of_the_symbol(self, code):
        found = await code.references("parse_price")
        assert places(found.references) == [("orders.py", 1), ("orders.py", 6)]
        assert [reference.inside for reference in found.references] == [None, "OrderBook.place"]
        assert found.references[1].text == "self._keep(parse_price(text))"
        assert (list(found.unresolved), found.more, found.unlinked) == ([], False, 0)

    async def test_what_only_bears_the_name_is_apart(self, code):
        found = await code.references("OrderBook.place")
        assert places(found.references) == [("orders.py", 14)]
        assert places(found.unresolved) == [("main.py", 10)]

    async def test_a_line_that_defines_something_stands_for_that(self, code):
        found = await code.references("core/shop/orders.py:12")
        assert names(found.symbols) == ["Archive"]
        assert places(found.references) == [("main.py", 3), ("main.py", 5), ("main.py", 9)]

    async def test_kinds_and_paths_narrow_where_it_is_used(self, code):
        inherited = await code.references("OrderBook", kinds=[ReferenceKind.INHERITANCE])
        assert places(inherited.references) == [("orders.py", 12)]
        in_app = await code.references("OrderBook", where=Where(paths=("app/**",)))
        assert (names(in_app.symbols), list(in_app.references)) == (["OrderBook"], [])

    @pytest.mark.parametrize("asked", ["numpy.array", "array", "app/main.py:10:23"])
    async def test_what_is_outside_of_the_source_is_found_by_its_name_there(self, code, asked):
        found = await code.references(asked)
        assert places(found.outside) == [("main.py", 10)]
        assert found.symbols == []

    async def test_a_module_is_used_where_it_is_imported(self, code):
        found = await code.references("shop.orders")
        assert (places(found.references), found.references[0].text) == (
            [("main.py", 3)],
            "from shop.orders import Archive",
        )
        assert (list(found.symbols), list(found.unresolved), list(found.outside)) == ([], [], [])
        assert places((await code.references("shop.prices", where=Where(paths=("core/**",)))).references)
        with pytest.raises(NotFound, match=r"but the file core/shop/orders\.py"):
            await code.references("shop.orders", kinds=[ReferenceKind.CALL])

    async def test_the_limit_is_told(self, code):
        found = await code.references("Price", limit=1)
        assert (len(found.references), found.more) == (1, True)


class TestFiles:
    async def test_an_outline_is_what_a_file_defines_in_its_order(self, code):
        found = await code.outline("prices.py")
        assert names(found.symbols)[:2] == ["Price", "Price.__init__"]
        assert found.file.path == "core/shop/prices.py"

    async def test_a_path_on_disk_is_the_file_of_the_directory_that_is_indexed(self, code, indexed):
        found = await code.outline(str(indexed / "shop" / "core" / "util.py"))
        assert found.file.path == "core/util.py"

    async def test_a_file_that_may_be_several_is_an_error_that_names_them(self, code):
        with pytest.raises(InvalidInput, match=r"app/web/util.py \(shop\), core/util.py \(shop\)") as caught:
            await code.outline("util.py")
        assert "more of the path" in caught.value.remedy

    async def test_a_whole_path_of_one_source_is_no_answer_where_another_has_a_file_that_ends_so(self, tmp_path):
        for source, path in (("one", "util.py"), ("one", "deep/util.py"), ("two", "lib/util.py")):
            (tmp_path / source / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / source / path).write_text("LIMIT = 9\n")
        async with kodit.open(tmp_path / "data", workers=1) as k:
            await k.index(str(tmp_path / "one"))
            await k.index(str(tmp_path / "two"))
            with pytest.raises(InvalidInput, match=r"util.py \(one\), lib/util.py \(two\)"):
                await k.code.outline("util.py")
            found = await k.code.outline("util.py", where=Where(sources=("one",)))
            assert found.file.path == "util.py"

    async def test_a_directory_is_no_file(self, code, indexed):
        with pytest.raises(InvalidInput, match="is a directory"):
            await code.outline(str(indexed / "shop" / "core"))

    async def test_a_line_behind_a_file_is_passed_over(self, code):
        assert (await code.dependents("shop/prices.py:14")).file.path == "core/shop/prices.py"

    async def test_a_file_that_is_elsewhere_is_told(self, code):
        with pytest.raises(NotFound, match=r"there is core/shop/prices.py"):
            await code.outline("lib/prices.py")

    async def test_dependencies_are_files_and_what_is_outside(self, code):
        found = await code.dependencies("app/main.py")
        assert [need.file.path for need in found.needs] == ["core/shop/orders.py"]
        assert [one.external for one in found.imports if one.external] == ["numpy"]

    async def test_dependents_are_who_needs_a_file(self, code):
        found = await code.dependents("core/shop/prices.py")
        [need] = found.needed_by
        assert (need.file.path, need.edge.line) == ("core/shop/orders.py", 1)


class TestImpact:
    async def test_who_uses_a_symbol_is_reached_step_by_step(self, code):
        found = await code.impact("parse_price")
        reached = [(one.distance, one.symbol.qualified_name, one.line) for one in found.reached if one.symbol]
        assert reached == [(1, "OrderBook.place", 6), (2, "Archive.close", 14), (3, "main", 9)]
        assert (found.further, found.unresolved) == (False, False)
        assert (await code.impact("OrderBook.place")).unresolved

    async def test_a_depth_ends_it_and_says_so(self, code):
        found = await code.impact("parse_price", depth=1)
        assert ({one.distance for one in found.reached}, found.further) == ({1}, True)

    async def test_of_a_class_also_who_uses_its_members_is_reached(self, code):
        found = await code.impact("OrderBook", depth=1)
        assert {"Archive", "Archive.close"} <= {one.symbol.qualified_name for one in found.reached if one.symbol}

    async def test_what_goes_in_circles_ends(self, code):
        assert [one.symbol.qualified_name for one in (await code.impact("even")).reached] == ["odd"]
        found = await code.impact("app/web/page.py")
        assert [(one.distance, one.file.path) for one in found.reached] == [(1, "app/web/util.py")]

    async def test_of_a_file_the_files_that_need_it_are_reached(self, code):
        found = await code.impact("core/shop/prices.py")
        reached = [(one.distance, one.file.path) for one in found.reached]
        assert reached == [(1, "core/shop/orders.py"), (2, "app/main.py")]

    async def test_what_is_neither_symbol_nor_file_is_an_error(self, code):
        with pytest.raises(NotFound, match="neither a symbol nor an indexed file"):
            await code.impact("nowhere")


class TestPackages:
    async def test_packages_say_what_they_own_and_require(self, code):
        app, core = [one for one in await code.packages() if one.kind is PackageKind.PYTHON]
        assert (app.name, app.path, core.name, core.version) == ("shop-app", "app", "shop-core", "2.0")
        assert {one.name: one.target_id for one in app.requirements} == {"shop-core": core.id, "numpy": None}
        assert core.symbols > 0 < app.files

    async def test_packages_are_found_by_name_path_and_description(self, code):
        for words in ("CORE", "orders prices", "shop-core"):
            assert [one.name for one in await code.packages(search=words)] == ["shop-core"]
        assert await code.packages(search="core", kinds=[PackageKind.NPM]) == []

    async def test_a_graph_of_packages_has_what_manifests_and_files_say(self, code):
        graph = await code.graph_of_packages()
        names = {node.id: node.name for node in graph.nodes}
        [edge] = graph.edges
        assert (names[edge.from_id], names[edge.to_id], edge.required) == ("shop-app", "shop-core", True)
        assert edge.imports > 0

    async def test_a_graph_of_files_has_those_that_pass_the_filters(self, code):
        graph = await code.graph_of_files(where=Where(paths=("core/**",)))
        assert [node.name for node in graph.nodes] == ["core/shop/orders.py", "core/shop/prices.py"]
        assert len(graph.edges) == 1


async def test_symbols_are_listed_and_the_limit_is_told(code):
    found = await code.symbols("*price*", limit=1, where=Where(sources=("shop",), languages=("Python",)))
    assert (names(found.symbols), found.more) == (["Price"], True)
    classes = await code.symbols("a", which=SymbolFilter(kinds=frozenset({SymbolKind.CLASS})))
    assert names(classes.symbols) == ["Archive"]


@pytest.mark.parametrize(
    ("where", "error"), [(Where(sources=("nobody",)), NotFound), (Where(languages=("pyhton",)), InvalidInput)]
)
async def test_a_source_or_language_that_there_is_none_of_is_an_error(code, where, error):
    with pytest.raises(error) as caught:
        await code.symbols("a", where=where)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "ask",
    [
        lambda code: code.references("Price", kinds=("bogus",)),
        lambda code: code.references("Price", kinds="call"),
        lambda code: code.packages(kinds=("bogus",)),
        lambda code: code.symbols("a", which=SymbolFilter(kinds=frozenset({"bogus"}))),
        lambda code: code.symbols("a", which=SymbolFilter(visibilities="public")),
        lambda code: code.symbols("a", where=Where(sources="shop")),
        lambda code: code.symbols("a", where=Where(languages="python")),
        lambda code: code.outline("prices.py", where=Where(sources="shop")),
        lambda code: code.symbols("a", where=Where(paths="core/**")),
        lambda code: code.symbols("a", limit=0),
        lambda code: code.references("Price", limit=0),
        lambda code: code.impact("Price", depth=-1),
    ],
)
async def test_what_makes_no_sense_is_an_error_with_a_remedy(code, ask):
    with pytest.raises(InvalidInput) as caught:
        await ask(code)
    assert caught.value.remedy


async def test_kinds_may_be_given_by_name(code):
    assert await code.references("Price", kinds=("import",)) == await code.references(
        "Price", kinds=[ReferenceKind.IMPORT]
    )


async def test_a_command_that_an_error_suggests_can_be_given_to_a_shell(code):
    with pytest.raises(NotFound) as caught:
        await code.definition("it's $(gone)")
    assert shlex.split(caught.value.remedy.partition(": ")[2]) == ["kodit", "symbols", "it's $(gone)"]


async def test_where_nothing_is_indexed_there_is_nothing_to_ask(tmp_path):
    async with kodit.open(tmp_path) as k:
        with pytest.raises(NothingIndexed):
            await k.code.definition("main")
