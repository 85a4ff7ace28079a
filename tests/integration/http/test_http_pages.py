"""Lists come in pages, and clients keep what has not changed."""

import base64
import hashlib
import json

import pytest
from http_world import GONE, SHOP, SHOP_IN_PATH

from kodit.interfaces.http import searching
from kodit.interfaces.http.app import PREFIX

pytestmark = pytest.mark.asyncio(loop_scope="module")

LISTS = {
    "sources": {},
    "symbols": {"q": "*"},
    f"sources/{SHOP_IN_PATH}/files": {},
    "tasks": {},
    "packages": {},
    "dead-letters": {},
}


async def pages(client, path, parameters, limit):
    """The entries of every page, page by page."""
    cursor, found = {}, []
    while True:
        answer = (await client.get(path, params={**parameters, **cursor, "limit": limit})).json()
        entries = answer.get("items", answer.get("hits"))
        found.append(entries)
        assert len(entries) <= limit
        if answer["next"] is None:
            return found
        cursor = {"cursor": answer["next"]}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", [1, 2, 7])
async def test_page_by_page_a_list_is_told_once_and_whole(client, path, limit):
    whole = (await client.get(path, params=LISTS[path])).json()
    assert whole["next"] is None
    told = await pages(client, path, LISTS[path], limit)
    assert [one for page in told for one in page] == whole["items"]
    assert all(told) or whole["items"] == []


@pytest.mark.parametrize(
    ("path", "begun"),
    [
        ("symbols", lambda items: {"q": "*", "offset": 2}),
        (f"sources/{SHOP_IN_PATH}/files", lambda items: {"after": items[1]["path"]}),
        ("tasks", lambda items: {"before": items[1]["id"]}),
    ],
)
async def test_a_list_may_begin_behind_its_beginning_and_goes_on_from_there(client, path, begun):
    whole = (await client.get(path, params=LISTS[path])).json()["items"]
    told = await pages(client, path, begun(whole), 1)
    assert [one for page in told for one in page] == whole[2:]
    assert len(told) > 1


async def test_a_search_goes_on_where_the_page_before_ended(client):
    whole = (await client.get("search", params={"q": "price", "limit": 15})).json()["hits"]
    told = await pages(client, "search", {"q": "price"}, 2)
    assert [hit["snippet_id"] for page in told for hit in page] == [hit["snippet_id"] for hit in whole]


async def test_a_search_has_an_end(client, monkeypatch):
    monkeypatch.setattr(searching, "DEPTHS", (2,))
    first = (await client.get("search", params={"q": "price", "limit": 1})).json()
    answer = await client.get("search", params={"q": "price", "limit": 1, "cursor": first["next"]})
    assert (answer.status_code, answer.json()["next"]) == (200, None)


async def test_new_tasks_shift_no_page(own_client):
    first = (await own_client.get("tasks", params={"limit": 3})).json()
    before = [task["id"] for task in (await own_client.get("tasks")).json()["items"]]
    await own_client.post(f"sources/{SHOP_IN_PATH}/sync")
    second = (await own_client.get("tasks", params={"limit": 3, "cursor": first["next"]})).json()
    assert [task["id"] for task in second["items"]] == before[3:6]


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "WzFd", "bnVsbA", "W10", "é", "WyJhIiwieCJd"])
async def test_a_cursor_that_nobody_gave_is_refused(client, cursor):
    answer = await client.get("tasks", params={"cursor": cursor})
    assert (answer.status_code, "cursor" in answer.json()["detail"]) == (422, True)


TAMPERED = [-1, 2**80, 1.5, True, "x", "\0", "\ud800", None, [], {}, ["x", 1], [[], 1]]
TAMPERED += [["2026-01-01", 1], ["2026-01-01T00:00:00+00:00", 2**80]]


@pytest.mark.parametrize("position", TAMPERED)
@pytest.mark.parametrize("path", LISTS)
async def test_a_cursor_that_was_tampered_with_does_no_harm(client, path, position):
    page = (await client.get(path, params={**LISTS[path], "limit": 1})).json()["next"] or made_up(path)
    _, question = json.loads(base64.urlsafe_b64decode(f"{page}=="))
    forged = base64.urlsafe_b64encode(json.dumps([position, question]).encode()).decode()
    assert (await client.get(path, params={**LISTS[path], "cursor": forged})).status_code in (200, 422)


def made_up(path):
    """The cursor of a list that fits on one page."""
    asked = f"{PREFIX}/{path}"
    question = hashlib.blake2b(json.dumps([asked, []]).encode(), digest_size=6).hexdigest()
    return base64.urlsafe_b64encode(json.dumps([0, question]).encode()).decode()


async def test_a_cursor_holds_for_its_own_question_alone(client):
    cursor = (await client.get("tasks", params={"limit": 1, "source": SHOP})).json()["next"]
    for path, parameters in (("tasks", {"source": GONE}), ("tasks", {}), ("sources", {})):
        assert (await client.get(path, params={**parameters, "cursor": cursor})).status_code == 422
    longer = await client.get("tasks", params={"source": SHOP, "cursor": cursor, "limit": 5})
    assert longer.status_code == 200


async def test_a_client_that_has_it_already_is_told_nothing_else(client):
    for path in ("sources", "symbols?q=price", f"sources/{SHOP_IN_PATH}/files/shop/prices.py"):
        first = await client.get(path)
        etag = first.headers["ETag"]
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = await client.get(path, headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
        assert (await client.get(path, headers={"If-None-Match": '"other"'})).content == first.content


async def test_what_has_changed_is_told_anew(own_client):
    etag = (await own_client.get("sources")).headers["ETag"]
    await own_client.post(f"sources/{SHOP_IN_PATH}/sync")
    assert (await own_client.get("sources", headers={"If-None-Match": etag})).status_code == 200
