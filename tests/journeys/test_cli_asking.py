"""`kodit symbols`, `definition`, `references` and their like: asking about code from the command line."""

import json
import re

import pytest
from command_line import CommandLine
from journey_world import World


@pytest.fixture
def kodit(world: World) -> CommandLine:
    return world.kodit


def test_symbols_are_places_that_an_editor_can_open(kodit: CommandLine):
    found = kodit.ok("symbols", "order")
    first, head, *_ = found.out.splitlines()
    assert first == "shop/orders.py:6  OrderBook  class  (shop)"
    assert head.strip() == "class OrderBook"


def test_symbols_are_narrowed_by_kind_source_language_and_path(kodit: CommandLine):
    def found(*options: str) -> list[str]:
        return [one["symbol"] for one in kodit.json("symbols", "*", *options)["symbols"]]

    assert found("--source", "library", "--kind", "function") == ["WithBackoff"]
    assert found("--language", "javascript") == ["getBasketTotal"]
    assert found("--path", "shop/*.py", "--kind", "class", "--kind", "function") == ["OrderBook", "parse_price"]
    assert found("--visibility", "private", "--source", "library") == []


def test_nothing_found_is_no_error_and_advised(kodit: CommandLine):
    found = kodit.ok("symbols", "nothing_so")
    assert (found.out, "nothing found" in found.err) == ("", True)


def test_more_than_the_limit_is_told(kodit: CommandLine):
    assert "--limit shows more" in kodit.ok("symbols", "*", "--limit", 1).err
    assert kodit.json("symbols", "*", "--limit", 1)["more"] is True


def test_a_definition_has_its_head_and_its_documentation(kodit: CommandLine):
    assert kodit.ok("definition", "parse_price").out.splitlines() == [
        "shop/orders.py:21  parse_price  function  (shop)",
        "        def parse_price(text: str) -> int",
        "        Read a price such as `12.50` as cents.",
    ]
    document = kodit.json("definition", "OrderBook.place_order")
    [definition] = document["definitions"]
    assert (definition["path"], definition["line"], definition["kind"]) == ("shop/orders.py", 12, "method")
    assert document["exact"] is True


def test_a_name_that_nothing_has_is_not_found(kodit: CommandLine):
    for command in ("definition", "references", "impact"):
        ended = kodit.run(command, "nothing_so")
        assert (ended.code, ended.out) == (3, "")
        assert "nothing_so" in ended.error
        assert ended.remedy == "look for a part of its name: kodit symbols nothing_so"


def test_references_show_the_line_and_tell_what_is_outside(kodit: CommandLine):
    lines = kodit.ok("references", "json.dumps").out.splitlines()
    assert re.fullmatch(r"shop/orders.py:18:\d+  call of json.dumps in OrderBook.export_orders  \(shop\)", lines[0])
    assert lines[1].strip() == "return json.dumps(self.orders)"
    [outside] = kodit.json("references", "json.dumps")["outside"]
    assert (outside["external"], outside["inside"]) == ("json.dumps", "OrderBook.export_orders")


def test_an_outline_indents_what_lies_in_what(kodit: CommandLine):
    lines = kodit.ok("outline", "orders.py").out.splitlines()
    assert lines[0] == "     6  class      class OrderBook"
    assert "    12  method       def place_order(self, number: int, order: dict) -> None" in lines
    depths = {one["symbol"]: one["depth"] for one in kodit.json("outline", "orders.py")["symbols"]}
    assert (depths["OrderBook"], depths["OrderBook.place_order"], depths["parse_price"]) == (0, 1, 0)


def test_a_path_on_disk_names_the_file(world: World):
    shown = world.kodit.json("outline", world.shop / "shop" / "web" / "basket.js")
    assert (shown["path"], shown["source"]) == ("shop/web/basket.js", "shop")


def test_dependencies_dependents_and_impact_answer_for_a_file(kodit: CommandLine):
    assert kodit.ok("dependencies", "orders.py").out == "json  outside of the source, first in line 3\n"
    assert "nothing that is indexed" in kodit.ok("dependents", "orders.py").err
    assert kodit.json("impact", "shop/orders.py")["reached"] == []


@pytest.mark.parametrize("command", ["outline", "dependencies", "dependents"])
def test_a_file_that_is_not_indexed_is_not_found(kodit: CommandLine, command: str):
    ended = kodit.run(command, "no/such.py")
    assert (ended.code, ended.error) == (3, "no indexed file is called no/such.py")


def test_packages_are_listed_and_found(kodit: CommandLine):
    listed = kodit.ok("packages").out.splitlines()
    assert listed[0].split() == ["NAME", "KIND", "VERSION", "PATH", "FILES", "SYMBOLS", "REQUIRES", "SOURCE"]
    assert {row["source"] for row in kodit.json("packages")} == {"library", "shop"}
    assert kodit.json("packages", "--search", "no such words") == []


def test_a_graph_is_written_for_mermaid_for_graphviz_and_for_programs(kodit: CommandLine):
    assert kodit.ok("graph", "packages").out.startswith("flowchart LR\n")
    assert kodit.ok("graph", "packages", "--format", "dot").out.startswith("digraph kodit {\n")
    as_format = kodit.ok("graph", "packages", "--format", "json").out
    assert json.loads(as_format) == kodit.json("graph", "packages")
    assert set(kodit.json("graph", "files")) == {"nodes", "edges"}


def test_before_anything_is_indexed_every_question_says_so(fresh: CommandLine):
    for command in (("symbols", "a"), ("definition", "a"), ("outline", "a"), ("packages",), ("graph", "files")):
        ended = fresh.run(*command)
        assert (ended.code, ended.remedy) == (7, "kodit index PATH_OR_URL")


def test_who_uses_a_module_from_outside_is_listed_and_counted(kodit: CommandLine):
    lines = kodit.ok("references", "json", "--source", "shop").out.splitlines()
    assert lines[:2] == ["shop/orders.py:3:8  import of json  (shop)", "        import json"]
    counted = kodit.ok("references", "json", "--count")
    assert int(counted.out) == len(kodit.json("references", "json")["outside"])
    assert kodit.json("references", "json", "--count")["outside"] == int(counted.out)


def test_what_inherits_is_asked_for_in_the_words_of_languages(kodit: CommandLine):
    by_word = [kodit.json("references", "OrderBook", "--kind", kind) for kind in ("extends", "implements")]
    assert by_word == [kodit.json("references", "OrderBook", "--kind", "inheritance")] * 2


def test_what_a_symbol_calls_is_listed_with_where_that_is(kodit: CommandLine):
    lines = kodit.ok("calls", "OrderBook.export_orders").out.splitlines()
    assert re.fullmatch(r"shop/orders.py:18:\d+  call of json.dumps  \(shop\)", lines[0])
    [call] = kodit.json("calls", "OrderBook.export_orders")["calls"]
    assert (call["external"], call["means"]) == ("json.dumps", None)
    assert kodit.run("calls", "nothing_so").code == 3


def test_files_are_listed_and_counted(kodit: CommandLine):
    files = kodit.json("files", "--source", "shop", "--language", "python")["files"]
    assert {"path": "shop/orders.py", "language": "python", "source": "shop"} in files
    counted = kodit.ok("files", "--source", "shop", "--language", "python", "--count").out
    assert (
        int(counted) == len(files) == len(kodit.ok("files", "--path", "**/*.py", "--source", "shop").out.splitlines())
    )
    assert "--limit shows them" in kodit.ok("files", "--limit", 1).err
    assert kodit.json("symbols", "*", "--count") == {"symbols": int(kodit.ok("symbols", "*", "--count").out)}


def test_a_slip_is_noticed(kodit: CommandLine):
    assert kodit.run("definition", "parse_prise").error == "nothing is called parse_prise; did you mean parse_price?"
    assert "there is shop/orders.py (shop)" in kodit.run("outline", "order.py").error
