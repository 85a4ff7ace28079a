"""What is asked over HTTP is answered with the nouns that the engine has."""

import pytest
from http_world import CODE, GONE, SHOP, SHOP_IN_PATH, answering, client_of

from kodit.application.serving.plain import plain
from kodit.domain.access.caller import LOCAL, Caller
from kodit.domain.access.scope import Scope

pytestmark = pytest.mark.asyncio(loop_scope="module")

READER = Caller(name="reader", scopes=frozenset({Scope.READ}))


async def told(client, path, /, **parameters):
    answer = await client.get(path, params=parameters or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_sources_come_by_name_with_their_numbers(client, engine):
    assert (await told(client, "sources"))["items"] == plain(await engine.sources())


async def test_each_source_tells_how_fresh_it_is(client):
    assert [(one["source"], one["state"]) for one in await told(client, "freshness")] == [
        (SHOP, "indexed"),
        (GONE, "failed"),
    ]
    assert [one["source"] for one in await told(client, "freshness", source=GONE)] == [GONE]


async def test_a_source_that_failed_says_why(client):
    [letter] = (await told(client, "dead-letters", source=GONE))["items"]
    shown = (await told(client, f"sources/{GONE}"))["row"]
    [fresh] = await told(client, "freshness", source=GONE)
    assert "does not exist" in letter["message"]
    for one in (shown, fresh):
        assert (one["error"], one["remedy"]) == (letter["message"], letter["remedy"])


async def test_a_name_with_a_slash_is_one_part_of_the_path(client):
    shown = await told(client, f"sources/{SHOP_IN_PATH}")
    assert (shown["row"]["name"], shown["row"]["state"]) == (SHOP, "indexed")
    assert shown["files"]["by_language"]["python"] == 3


async def test_a_search_finds_code_in_every_mode(client):
    for mode in ("hybrid", "keyword", "code", "text"):
        found = await told(client, "search", q="what an item costs", mode=mode, source=SHOP)
        assert any(hit["path"] == "shop/prices.py" for hit in found["hits"]), mode
        assert found["query"]["mode"] == mode


async def test_a_search_is_narrowed_by_every_filter(client):
    async def paths(**filters):
        found = await told(client, "search", q="price", **filters)
        return {hit["path"] for hit in found["hits"]}

    assert await paths(language="markdown") == {"Grüße.md"}
    assert await paths(path="shop/files/**") == {"shop/files/prices.py"}
    assert await paths(kind="class") == {"shop/basket.py"}
    assert "Grüße.md" in await paths(package="shop")
    assert await paths(after="2999-01-01") == set()
    assert await paths(source=GONE) == {"a.py"}


async def test_questions_about_code_are_answered_as_the_engine_answers_them(client, engine):
    questions = {
        "definition": ({"name": "price_of"}, engine.code.definition("price_of")),
        "references": ({"name": "price_of"}, engine.code.references("price_of")),
        "calls": ({"name": "Basket.total"}, engine.code.calls("Basket.total")),
        "outline": ({"file": "shop/basket.py"}, engine.code.outline("shop/basket.py")),
        "dependencies": ({"file": "shop/basket.py"}, engine.code.dependencies("shop/basket.py")),
        "dependents": ({"file": "shop/prices.py"}, engine.code.dependents("shop/prices.py")),
        "impact": ({"name": "price_of"}, engine.code.impact("price_of")),
        "graphs/files": ({}, engine.code.graph_of_files()),
        "graphs/packages": ({}, engine.code.graph_of_packages()),
    }
    for path, (parameters, asked) in questions.items():
        assert await told(client, path, **parameters) == plain(await asked), path
    assert (await told(client, "symbols", q="price"))["items"] == plain((await engine.code.symbols("price")).symbols)
    assert (await told(client, "packages"))["items"] == plain(await engine.code.packages())


async def test_a_file_is_read_by_lines_from_the_index(client, home):
    whole = CODE["shop/prices.py"].splitlines()
    path = f"sources/{SHOP_IN_PATH}/files/shop/prices.py"
    assert (await told(client, path))["lines"][: len(whole)] == whole
    some = await told(client, path, start=4, end=5)
    assert (some["start_line"], some["lines"]) == (4, whole[3:5])
    assert (await told(client, f"sources/{SHOP_IN_PATH}/files/Grüße.md", end=1))["lines"] == ["# Prices"]
    assert (await told(client, f"sources/{SHOP_IN_PATH}/files/shop%2Fprices.py"))["file"]["path"] == "shop/prices.py"
    listed = await told(client, f"sources/{SHOP_IN_PATH}/files")
    assert [file["path"] for file in listed["items"]] == sorted(CODE)


@pytest.mark.parametrize(
    "path", ["prices.py", "shop/nothing.py", "%2e%2e/code/shop/prices.py", "shop//prices.py", "/etc/passwd"]
)
async def test_only_the_exact_path_of_a_file_leads_to_it(client, path):
    answer = await client.get(f"sources/{SHOP_IN_PATH}/files/{path}")
    assert answer.status_code == 404
    assert answer.json()["remedy"]


async def test_a_pattern_finds_lines(client):
    found = await told(client, "grep", pattern="def price_of\\(", context=1)
    [file] = found["files"]
    assert file["file"]["path"] == "shop/prices.py"
    assert [line["number"] for line in file["lines"] if line["matches"]] == [4]


async def test_tasks_and_dead_letters_are_told_and_tried_again(own_client):
    [letter] = (await told(own_client, "dead-letters"))["items"]
    assert (letter["source"], letter["kind"]) == (GONE, "NotFound")
    task = await told(own_client, f"tasks/{letter['id']}")
    assert task["task"]["state"] == "dead"
    assert (await told(own_client, "tasks", state="dead"))["items"][0]["id"] == letter["id"]

    tried = await own_client.post("dead-letters/retry", json={"source": GONE})
    assert tried.json()["done"] == [letter["id"]]
    assert (await told(own_client, "dead-letters"))["items"] == []


async def test_dead_letters_are_discarded_by_their_ids(own_client):
    [letter] = (await told(own_client, "dead-letters", type="sync"))["items"]
    answer = await own_client.post("dead-letters/discard", json={"ids": [letter["id"], 987_654]})
    assert answer.json()["done"] == [letter["id"]]
    assert answer.json()["refused"]["987654"]["kind"] == "NotFound"


async def test_tasks_are_held_back_and_let_go(own_client):
    assert (await own_client.post("controls/ENRICH/pause")).json() == {"type": "ENRICH", "paused": True, "most": None}
    assert (await own_client.put("controls/enrich/limit", json={"most": 2})).json()["most"] == 2
    assert (await own_client.post("controls/everything/pause")).json()["paused"] is True
    assert [one["type"] for one in await told(own_client, "controls")] == ["everything", "ENRICH"]
    for kind in ("everything", "ENRICH"):
        assert (await own_client.post(f"controls/{kind}/resume")).json()["paused"] is False


@pytest.mark.parametrize(
    ("every", "seconds"), [("1h30m", 5400), (7200, 7200), ("never", 0), ("default", None), (None, None)]
)
async def test_a_source_is_told_how_often_it_is_synchronised(own_client, every, seconds):
    changed = await own_client.patch(f"sources/{SHOP_IN_PATH}", json={"every": every})
    assert (changed.status_code, changed.json()["every"]) == (200, seconds)
    assert (await told(own_client, f"sources/{SHOP_IN_PATH}"))["row"]["every_seconds"] == seconds


@pytest.mark.parametrize("every", ["soon", "", 1, -1, 1e9, True, []])
async def test_an_interval_that_makes_no_sense_changes_nothing(own_client, every):
    assert (await own_client.patch(f"sources/{SHOP_IN_PATH}", json={"every": every})).status_code == 422
    assert (await told(own_client, f"sources/{SHOP_IN_PATH}"))["row"]["every_seconds"] is None


async def test_the_queue_is_told_in_numbers_with_what_is_wrong(client):
    numbers = await told(client, "statistics")
    assert {one["type"]: one["by_state"] for one in numbers["queue"]["types"]}["SYNC"]["dead"] == 1
    assert numbers["alerts"] == []
    board = await told(client, "board", limit=1)
    assert [task["state"] for task in board["dead"]] == ["dead"]


async def test_the_server_tells_what_it_is_and_whom_it_talks_to(client):
    assert (await told(client, "status"))["caller"]["name"] == "local"
    assert {one["name"] for one in await told(client, "settings")} > {"data_dir", "openai_api_key"}
    assert (await told(client, "installation"))["schema"]


async def test_a_source_is_added_looked_at_and_removed(own_client, tmp_path):
    (tmp_path / "new").mkdir()
    added = await own_client.post("sources", json={"location": str(tmp_path / "new"), "name": "team/new"})
    assert added.status_code == 202
    assert added.json()["added"] is True
    place = f"http://test{added.headers['Location']}"
    run = await own_client.get(place)
    assert (run.json()["source"]["name"], run.json()["run"]["state"]) == ("team/new", "pending")

    again = await own_client.post("sources/team%2Fnew/sync")
    assert (again.status_code, again.headers["Location"]) == (202, added.headers["Location"])
    stopped = await own_client.post(f"{place}/cancel")
    assert (stopped.status_code, stopped.json()["state"]) == (202, "cancelled")
    assert (await own_client.delete("sources/team%2Fnew")).json()["name"] == "team/new"
    assert (await own_client.get("sources/team%2Fnew")).status_code == 404


@pytest.mark.parametrize("caller", [LOCAL, READER])
async def test_traces_are_told_to_administrators_alone(engine, caller):
    async with client_of(answering(engine, caller)) as client:
        [letter] = (await told(client, "dead-letters"))["items"]
        task = await told(client, f"tasks/{letter['id']}")
        run = await told(client, f"runs/{letter['run_id']}")
    errors = [*task["task"]["errors"], *(error for one in run["tasks"] for error in one["errors"])]
    assert errors
    assert all(error["message"] for error in errors)
    assert any(error["trace"] for error in errors) is (caller is LOCAL)


async def test_who_is_no_administrator_learns_nothing_of_the_servers_disk(engine, home):
    there, nowhere = str(home), str(home / "nothing")
    for caller, same in ((READER, True), (LOCAL, False)):
        async with client_of(answering(engine, caller)) as client:
            answers = [await client.get("outline", params={"file": path}) for path in (there, nowhere)]
        assert (answers[0].status_code == answers[1].status_code == 404) is same
