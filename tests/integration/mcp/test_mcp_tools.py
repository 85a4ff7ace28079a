"""What assistants are answered, by a real engine through the real protocol."""

import re

import pytest
from assistant_world import asked_by, written

import kodit
from kodit.domain.access.caller import Caller
from kodit.domain.access.scope import Scope
from kodit.interfaces.mcp.sheet import BYTES_PER_TOKEN
from kodit.interfaces.mcp.tools import BY_NAME


async def test_every_tool_is_listed_with_its_arguments(assistant):
    tools = await assistant.tools()
    assert [tool.name for tool in tools] == list(BY_NAME)
    assert tools[0].input_schema["required"] == ["intent"]


async def test_a_search_gives_code_with_its_place_and_its_age(assistant):
    said = await assistant.ask("search", intent="read a price", keywords=["parse_price"], source="shop")
    first, *_, last = said.splitlines()
    assert first == "## shop/prices.py:14-16 parse_price (function)"
    assert "    return Price(int(text))" in said
    assert last == "index: shop indexed just now"


async def test_answers_of_several_sources_name_them(assistant):
    said = await assistant.ask("search", intent="price or backoff")
    assert "in shop\n" in said
    assert "## retry.go:3-4 WithBackoff (function) in other" in said
    assert said.endswith("index: other indexed just now; shop indexed just now")


@pytest.mark.parametrize(
    ("tool", "arguments", "place"),
    [
        ("search", {"intent": "WithBackoff", "language": "go"}, "retry.go:3-4 WithBackoff (function)"),
        ("grep", {"pattern": "WithBackoff waits"}, "retry.go"),
        ("find_definition", {"name": "WithBackoff"}, "retry.go:4 WithBackoff (function)"),
        ("find_references", {"name": "WithBackoff"}, "retry.go:4 WithBackoff (function)"),
    ],
)
async def test_the_source_is_named_where_several_were_asked_and_one_answers(assistant, tool, arguments, place):
    assert f"{place} in other\n" in await assistant.ask(tool, **arguments)
    assert " in other\n" not in await assistant.ask(tool, **arguments, source="other")


async def test_a_search_is_narrowed(assistant):
    said = await assistant.ask("search", intent="price or backoff", language="go")
    assert "prices.py" not in said
    assert "orders.py" not in await assistant.ask("search", intent="price", path_glob="**/prices.py")


async def test_grep_gives_lines_below_their_files(assistant):
    said = await assistant.ask("grep", pattern=r"parse_price\(", context=1)
    assert said.splitlines()[:4] == [
        "shop/orders.py in shop",
        "5-    def place(self, text: str) -> None:",
        "6:        self.last = parse_price(text)",
        "shop/prices.py in shop",
    ]


@pytest.mark.parametrize(
    ("tool", "arguments", "way_out"),
    [
        ("grep", {"pattern": "of many", "limit": 2_000}, "raise max_tokens"),
        ("grep", {"pattern": "of many", "limit": 5}, "raise limit"),
        ("read_file", {"path": "generated.txt"}, "read on with start_line="),
        ("search", {"intent": "line of many", "limit": 50, "path_glob": "*.txt"}, "more results left out"),
    ],
)
async def test_a_long_answer_keeps_to_its_tokens_and_says_how_to_get_the_rest(assistant, tool, arguments, way_out):
    said = await assistant.ask(tool, **arguments, max_tokens=300)
    assert len(said.encode()) <= 300 * BYTES_PER_TOKEN
    assert way_out in said


async def test_a_file_is_read_on_where_it_was_left(assistant):
    said = await assistant.ask("read_file", path="generated.txt", max_tokens=200)
    start = int(said.rpartition("start_line=")[2].split()[0])
    assert f"{start - 1}\tline" in said
    assert f"\n{start}\tline" in await assistant.ask("read_file", path="generated.txt", start_line=start)


async def test_a_file_is_read_by_its_lines(assistant):
    said = await assistant.ask("read_file", path="prices.py", start_line=14, end_line=16)
    assert said.splitlines() == [
        "shop/prices.py in shop, 16 lines",
        "14\tdef parse_price(text: str) -> Price:",
        '15\t    """Read a price such as `12`."""',
        "16\t    return Price(int(text))",
        "index: shop indexed just now",
    ]


async def test_an_outline_shows_what_encloses_what(assistant):
    said = await assistant.ask("outline", path="shop/prices.py")
    assert said.splitlines() == [
        "shop/prices.py in shop, python",
        "4-11 class Price",
        "  7-8 method def __init__(self, cents: int) -> None",
        "  8 field self.cents = cents",
        '  10-11 method def doubled(self) -> "Price"',
        "14-16 function def parse_price(text: str) -> Price",
        "index: shop indexed just now",
    ]


async def test_a_definition_comes_with_its_code(assistant):
    said = await assistant.ask("find_definition", name="Price.doubled")
    assert said.splitlines()[:3] == [
        "## shop/prices.py:10-11 Price.doubled (method) in shop",
        '    def doubled(self) -> "Price":',
        "        return Price(self.cents * 2)",
    ]
    assert "parse_price (function)" in await assistant.ask("find_definition", name="shop/orders.py:6:21")


async def test_references_come_by_file_with_what_they_stand_in(assistant):
    said = await assistant.ask("find_references", name="parse_price")
    assert said.splitlines() == [
        "## shop/prices.py:14-16 parse_price (function) in shop",
        "shop/orders.py in shop",
        "1: import: from shop.prices import parse_price",
        "6: call in OrderBook.place: self.last = parse_price(text)",
        "index: other indexed just now; shop indexed just now",
    ]


async def test_sources_and_packages_are_listed(assistant):
    said = await assistant.ask("list_sources")
    assert said.startswith("other: indexed just now, 1 files, ")
    found = await assistant.structured("list_sources")
    assert [(row["name"], row["state"], row["percent"]) for row in found["sources"]] == [
        ("other", "indexed", None),
        ("shop", "indexed", None),
    ]
    assert "shop 2.0 (python) . in shop, 4 files: Sells things." in await assistant.ask("list_packages")
    assert "No package fits." in await assistant.ask("list_packages", search="nothing so")


async def test_indexing_is_queued_and_told_of_at_once(assistant):
    said = await assistant.ask("index_source", source="shop")
    assert said.startswith("shop is queued (run ")
    assert "No worker is running: start one with kodit worker" in said
    assert (await assistant.structured("index_source", source="shop"))["source"] == "shop"
    assert "shop: indexed just now, queued" in await assistant.ask("status", source="shop")
    assert (await assistant.structured("status"))["sources"][1]["percent"] == 0


async def test_a_new_source_is_added_by_its_path_and_found_when_it_is_done(assistant, engine, tmp_path):
    written(tmp_path / "new", {"new.py": "def brand_new(): ...\n"})
    await assistant.ask("index_source", source=str(tmp_path / "new"))
    said = await assistant.ask("search", intent="brand new", source="new")
    assert said.startswith("Nothing can be found yet")
    assert said.endswith("index: new not indexed yet, queued")
    await engine.worker().run(drain=True)
    assert "brand_new" in await assistant.ask("search", intent="brand new", source="new")


async def test_somebody_is_called_to_work_on_what_was_queued(engine):
    called = []

    async def work():
        called.append("work")

    assistant = asked_by(engine, work=work)
    await assistant.ask("search", intent="price")
    assert called == []
    await assistant.ask("index_source", source="shop")
    assert called == ["work"]
    await assistant.ask("status")
    assert called == ["work", "work"]


async def test_the_queue_and_what_failed_are_told_of(assistant, engine, tmp_path):
    gone = written(tmp_path / "gone", {"a.py": "a = 1\n"})
    await assistant.ask("index_source", source=str(gone))
    (gone / "a.py").unlink()
    gone.rmdir()
    await engine.worker().run(drain=True)
    said = (await assistant.ask("status")).splitlines()
    assert "1 dead; 0 workers" in said[0]
    assert said[1] == "gone: not indexed yet, the last run failed"
    assert said[2] == f"  error: {gone} does not exist."
    assert said[3].startswith("  remedy: ")
    listed = (await assistant.ask("list_sources")).splitlines()
    assert (listed[0].startswith("gone: not indexed yet, the last run failed, "), listed[1:3]) == (True, said[2:4])
    assert "gone not indexed yet, the last run failed: see status" in await assistant.ask("grep", pattern="x")
    assert "no indexing has succeeded" in await assistant.ask("search", intent="x", source="gone")


async def test_a_source_that_waits_for_another_try_tells_why_and_until_when(assistant, engine):
    await assistant.ask("index_source", source="http://127.0.0.1:9/x/y.git")
    await engine.worker().run(drain=True)
    said = await assistant.ask("status", source="x/y")
    assert re.search(r"x/y: not indexed yet, waiting for another try at [-\d]+ [:\d]+ UTC, after: .+127\.0\.0\.1", said)


@pytest.mark.parametrize(
    ("tool", "arguments", "error", "remedy"),
    [
        ("search", {"intent": " "}, "there is nothing to look for", "say in intent"),
        ("search", {"intent": "x", "source": "nowhere"}, "there is no source named nowhere", "call list_sources"),
        ("grep", {"pattern": "("}, "no regular expression", "put a \\ before"),
        ("read_file", {"path": "../../etc/passwd"}, "no indexed file is called", "call search, or grep with path_glob"),
        ("outline", {"path": "nowhere.py"}, "no indexed file is called", "call search, or grep with path_glob"),
        ("find_definition", {"name": "nothing_so"}, "nothing is called nothing_so", "call search"),
        ("index_source", {"source": "/nowhere/at/all"}, "nowhere", "on the server's machine"),
        ("index_source", {"source": "nowhere.at/all"}, "nowhere", "give the whole path"),
        ("nothing", {}, "there is no tool 'nothing'", "search, grep"),
        ("outline", {}, "path is missing", "give it"),
    ],
)
async def test_what_goes_wrong_is_said_in_words_with_the_way_out(assistant, tool, arguments, error, remedy):
    said = await assistant.refused(tool, **arguments)
    first, second = said.splitlines()
    assert error in first
    assert remedy in second
    assert "Traceback" not in said


async def test_a_path_that_several_sources_have_is_told_with_the_parameter_that_tells_them_apart(engine, tmp_path):
    await engine.index(str(written(tmp_path / "twin", {"retry.go": "package retry\n"})), name="twin")
    said = await asked_by(engine).refused("read_file", path="retry.go")
    assert said.endswith("remedy: call it again with more of the path, or with source")
    assert "in twin" in await asked_by(engine).ask("read_file", path="retry.go", source="twin")


async def test_before_anything_is_indexed_the_way_is_told(tmp_path):
    async with kodit.open(tmp_path / "data") as engine:
        assistant = asked_by(engine)
        assert (
            await assistant.refused("search", intent="x") == "error: nothing is indexed yet\nremedy: call index_source"
        )
        assert "index_source takes a path" in await assistant.ask("list_sources")
        assert "index_source takes a path" in await assistant.ask("status")


def caller(*scopes, sources=None):
    return Caller(name="ada", scopes=frozenset(scopes), sources=sources)


async def test_who_may_only_read_cannot_index(engine):
    assistant = asked_by(engine, caller(Scope.READ))
    assert "prices.py" in await assistant.ask("search", intent="price")
    assert "it takes the scope write" in await assistant.refused("index_source", source="shop")


async def test_who_has_no_scope_may_do_nothing(engine):
    assistant = asked_by(engine, caller())
    for tool in BY_NAME.values():
        arguments = {one.name: "shop" for one in tool.parameters if one.required}
        assert "ada may not do this" in await assistant.refused(tool.name, **arguments)


async def test_sources_that_a_caller_does_not_see_do_not_exist_for_them(engine):
    assistant = asked_by(engine, caller(Scope.READ, Scope.WRITE, sources=frozenset({"other"})))
    assert "shop" not in await assistant.ask("list_sources")
    assert "prices.py" not in await assistant.ask("search", intent="price")
    assert "No line matches" in await assistant.ask("grep", pattern="parse_price")
    assert "no source named shop" in await assistant.refused("grep", pattern="x", source="shop")
    assert "no indexed file" in await assistant.refused("read_file", path="shop/prices.py")
    assert "queue:" not in await assistant.ask("status")
    assert "other is queued" in await assistant.ask("index_source", source="other")
    assert await assistant.refused("index_source", source="shop")
