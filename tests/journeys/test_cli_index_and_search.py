"""`kodit index` and `kodit search`, as processes."""

import json

import pytest
from command_line import CommandLine
from journey_world import SHOP, World, write

FIELDS = {
    "path",
    "start_line",
    "end_line",
    "language",
    "symbol",
    "kind",
    "source",
    "commit",
    "score",
    "ranks",
    "content",
}


def test_the_first_index_reports_what_it_found_and_the_second_that_nothing_changed(fresh, tmp_path):
    write(tmp_path / "shop", SHOP)
    (tmp_path / "shop/logo.bin").write_bytes(bytes(100))

    ended = fresh.ok("index", tmp_path / "shop", "--name", "corner shop", "--json")
    first = json.loads(ended.out)
    again = fresh.ok("index", tmp_path / "shop")
    documented = fresh.json("index", tmp_path / "shop")

    assert first["source"]["name"] == "corner shop"
    assert first["state"] == "completed"
    assert first["files"] == {"added": 6, "modified": 0, "renamed": 0, "deleted": 0, "unchanged": 0}
    assert first["skipped"] == {"binary": 1, "empty": 1}
    assert first["languages"]["python"] == 1
    assert first["snippets"]["total"] == first["snippets"]["added"] > 0
    assert [phase["type"] for phase in first["phases"]] == [
        "SYNC",
        "EXTRACT",
        "BM25_INDEX",
        "CODE_EMBEDDINGS",
        "ENRICH",
    ]
    assert [line.split(":")[0] for line in ended.err.splitlines()] == [phase["type"] for phase in first["phases"]]
    assert all(phase["state"] == "succeeded" and phase["seconds"] >= 0 for phase in first["phases"])
    assert again.out.startswith("corner shop: nothing changed in 6 files")
    assert documented["nothing_changed"]


def test_only_what_changed_is_indexed_again(fresh, tmp_path):
    write(tmp_path / "shop", SHOP)
    fresh.ok("index", tmp_path / "shop")
    write(tmp_path / "shop", {"shop/web/basket.js": "export const emptyBasket = () => [];\n"})
    (tmp_path / "shop/README.md").unlink()

    report = fresh.json("index", tmp_path / "shop")

    assert report["files"] == {"added": 0, "modified": 1, "renamed": 0, "deleted": 1, "unchanged": 3}
    assert report["nothing_changed"] is False
    assert fresh.json("search", "reduce", "--mode", "keyword")["results"] == []
    assert fresh.json("search", "emptyBasket", "--mode", "keyword")["results"][0]["path"] == "shop/web/basket.js"


@pytest.mark.parametrize("mode", ["hybrid", "keyword", "code", "text"])
def test_every_mode_finds_a_function_and_says_all_about_it(world: World, mode: str):
    found = world.kodit.json("search", "parse price", "--mode", mode)

    assert found.keys() == {"query", "mode", "took_ms", "by_meaning_only", "results"}
    assert (found["query"], found["mode"]) == ("parse price", mode)
    assert found["took_ms"] > 0
    assert all(result.keys() == FIELDS for result in found["results"])
    best = found["results"][0]
    assert (best["path"], best["symbol"], best["kind"]) == ("shop/orders.py", "parse_price", "function")
    assert (best["language"], best["source"], best["commit"]) == ("python", "shop", None)
    lines = (world.shop / best["path"]).read_text().splitlines()
    shown = best["content"].rstrip().splitlines()
    assert lines[best["start_line"] - 1 :][: len(shown)] == shown
    assert best["end_line"] - best["start_line"] + 1 >= len(shown)
    assert set(best["ranks"]) <= ({"keyword", "code", "text"} if mode == "hybrid" else {mode})


def test_a_result_from_git_bears_its_commit(world: World):
    best = world.kodit.json("search", "WithBackoff")["results"][0]
    assert (best["source"], best["commit"], best["path"]) == ("library", world.commit, "src/retry.go")


@pytest.mark.parametrize(
    ("filters", "paths"),
    [
        (["--source", "library"], {"src/retry.go"}),
        (["--source", "shop", "--language", "JavaScript"], {"shop/web/basket.js"}),
        (["--path", "shop/**/*.js", "--path", "*.md"], {"shop/web/basket.js", "README.md"}),
        (["--source", "library", "--language", "python"], set()),
    ],
    ids=["source", "language", "paths", "none left"],
)
def test_filters_hold(world: World, filters: list[str], paths: set[str]):
    results = world.kodit.json("search", "total order retry install", *filters)["results"]
    assert {result["path"] for result in results} == paths


def test_ignored_files_are_not_found(world: World):
    results = world.kodit.json("search", "never_found", "--mode", "keyword")["results"]
    assert results == []


@pytest.mark.parametrize("query", ["", "path:\"x' AND (*^ \N{SNOWMAN}"])
def test_any_text_is_a_query(world: World, query: str):
    assert isinstance(world.kodit.json("search", query)["results"], list)


def test_a_query_may_begin_with_a_dash(world: World):
    assert world.kodit.json("search", "--", "--order")["query"] == "--order"


def test_plain_answers_are_a_headline_and_numbered_lines(world: World):
    out = world.kodit.ok("search", "parse price", "--limit", 1, "--lines", 2).out.splitlines()

    place, symbol, kind, source, why = out[0].split("  ", 4)
    assert place.startswith("shop/orders.py:")
    assert (symbol, kind, source) == ("parse_price", "function", "(shop)")
    assert "keyword #1" in why
    assert out[1].split(maxsplit=1)[1].startswith("def parse_price")
    assert out[-1].strip() == "... 2 more lines"
    assert len(out) == 4, "one result, as many as asked for"
    assert len(world.kodit.ok("search", "parse price", "--limit", 1, "--full").out.splitlines()) == 5


def test_finding_nothing_is_said_and_is_no_error(world: World):
    ended = world.kodit.run("search", "zzzzqqqq", "--mode", "keyword")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("nothing found")


@pytest.mark.parametrize("query", ["", "   ", "?!"])
def test_a_query_without_a_word_is_answered_with_advice(world: World, query: str):
    ended = world.kodit.run("search", query, "--mode", "keyword")
    assert (ended.code, ended.out) == (0, "")
    assert "there is no word to look for" in ended.err


def test_a_path_seen_from_elsewhere_is_answered_with_advice(world: World):
    ended = world.kodit.run("search", "price", "--path", world.shop / "shop" / "orders.py")
    assert (ended.code, ended.out) == (0, "")
    assert "relative to the source" in ended.err


def test_an_unknown_language_leads_to_the_one_that_was_meant(world: World):
    ended = world.kodit.run("search", "price", "--language", "pyton")
    assert ended.code == 4
    assert ended.error == "'pyton' is no language that kodit knows; did you mean python?"
    assert ended.remedy == "see which languages a source has: kodit sources show NAME"


def test_answers_that_have_no_word_of_the_query_say_so(copied: CommandLine):
    strange = copied.ok("search", "zzyzzx")
    assert (strange.out != "", strange.err.splitlines()) == (
        True,
        ["no answer has a word of the query: these are the nearest by meaning"],
    )
    assert json.loads(copied.ok("search", "zzyzzx", "--json").out)["by_meaning_only"] is True
    assert copied.ok("search", "zzyzzx", "--mode", "code").err == ""


def test_a_search_of_what_is_only_queued_says_so(fresh: CommandLine, tmp_path):
    write(tmp_path / "late", {"late.py": "def latecomer(): ...\n"})
    fresh.ok("index", tmp_path / "late", "--no-wait")
    ended = fresh.run("search", "latecomer")

    assert (ended.code, ended.out, ended.error) == (7, "", "not indexed yet: late (queued)")
    assert "kodit worker --drain" in ended.remedy


def test_what_is_only_queued_beside_what_is_indexed_is_not_searched_in_silence(copied: CommandLine, tmp_path):
    write(tmp_path / "late", {"late.py": "def latecomer(): ...\n"})
    copied.ok("index", tmp_path / "late", "--no-wait")
    missed = copied.run("search", "latecomer", "--mode", "keyword")
    found = copied.run("search", "parse price", "--mode", "keyword")

    assert (missed.code, missed.out) == (0, "")
    assert "not indexed yet: late (queued); work the queue off: kodit worker --drain" in missed.err
    assert copied.run("search", "latecomer", "--source", "late").code == 7
    assert (found.code, found.err) == (0, "")


def test_a_source_without_a_file_to_index_is_indexed_with_a_warning(fresh: CommandLine, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "binary").mkdir()
    (tmp_path / "binary" / "logo.bin").write_bytes(bytes(range(256)))
    empty = fresh.ok("index", tmp_path / "empty")
    binary = fresh.ok("index", tmp_path / "binary")
    again = fresh.ok("index", tmp_path / "empty")

    assert f"warning: there was no file to index in {tmp_path / 'empty'}: it is empty" in empty.err
    assert "what is there was skipped (binary 1)" in binary.err
    assert "nothing changed in 0 files" in again.out
    assert "warning: there was no file to index" in again.err
    assert [source["state"] for source in fresh.json("sources")] == ["indexed", "indexed"]
    assert fresh.run("search", "anything").code == 0
