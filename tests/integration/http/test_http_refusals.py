"""What cannot be answered is told as a problem, and what is not meant is refused."""

import httpx
import pytest
from http_world import SHOP_IN_PATH, answering, client_of

from kodit.domain.access.caller import Caller
from kodit.domain.errors import DatabaseBusy, NothingIndexed, RateLimited, StorageFull
from kodit.interfaces.http.app import api

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"Content-Type": "application/json"}


def is_problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told.keys() == {"type", "title", "status", "detail", "remedy", "request_id"}
    assert told["status"] == status
    assert told["detail"]
    return told


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status"),
    [
        ("GET", "nothing", None, {}, 404),
        ("GET", "sources/nobody", None, {}, 404),
        ("GET", "runs/987654", None, {}, 404),
        ("GET", "runs/x", None, {}, 422),
        ("GET", f"runs/{2**63}", None, {}, 422),
        ("GET", "search", None, {}, 422),
        ("GET", "search?q=x&mode=guess", None, {}, 422),
        ("GET", "search?q=x&limit=0", None, {}, 422),
        ("GET", "search?q=x&after=yesterday", None, {}, 422),
        ("GET", "search?q=x&after=0001-01-01T00:00%2B23:59", None, {}, 422),
        ("GET", "search?q=x&languages=python", None, {}, 422),
        ("GET", "search?q=a%00b", None, {}, 422),
        ("GET", "search?q=a&q=b", None, {}, 422),
        ("GET", "search?q=a&limit=1&limit=2", None, {}, 422),
        ("GET", "nix/names?name=rg&name=zz", None, {}, 422),
        ("GET", "nix/names?name=", None, {}, 422),
        ("GET", "sources/a%00b", None, {}, 404),
        ("GET", f"sources/{SHOP_IN_PATH}/files/a%00b", None, {}, 404),
        ("GET", f"sources/{SHOP_IN_PATH}/files?after=a%00b", None, {}, 422),
        ("GET", "symbols?q=x&offset=-1", None, {}, 422),
        ("GET", f"tasks?before={2**63}", None, {}, 422),
        ("GET", "sources", None, {"Accept": "text/html"}, 406),
        ("GET", "sources", None, {"Accept": "application/json;q=0, text/*"}, 406),
        ("GET", "sources", b"{}", JSON, 422),
        ("PATCH", "sources", None, {}, 405),
        ("POST", "sources", b"location=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ("POST", "sources", b'{"location": "x"}', {}, 415),
        ("POST", "sources", b"{", JSON, 422),
        ("POST", "sources", b'{"location": "\xff"}', JSON, 400),
        ("POST", "sources", b"[" * 100_000, JSON, 400),
        ("POST", "sources", b'{"location": "https://example.org/a", "mirror": 1}', JSON, 422),
        ("POST", "sources", b'{"location": "https://example.org/a", "depth": -1}', JSON, 422),
        ("POST", f"sources/{SHOP_IN_PATH}/sync", b"{}", JSON, 422),
        ("POST", "dead-letters/retry", b"{}", JSON, 422),
        ("POST", "dead-letters/retry", b'{"ids": [1], "all": true}', JSON, 422),
        ("POST", "dead-letters/retry", b'{"type": "WASH"}', JSON, 422),
        ("POST", "controls/WASH/pause", None, {}, 422),
        ("DELETE", "sources/nobody", None, {}, 404),
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_problem(client, method, path, content, headers, status):
    is_problem(await client.request(method, path, content=content, headers=headers), status)


async def test_it_is_told_where_a_body_is_no_json(client):
    told = is_problem(await client.post("sources", content=b'{"location": oops}', headers=JSON), 422)
    assert told["detail"] == "the body is no JSON: Expecting value at character 13"


async def test_an_unknown_parameter_is_told_with_those_that_there_are(client):
    told = is_problem(await client.get("packages", params={"languages": "python"}), 422)
    assert "languages" in told["detail"]
    assert "source" in told["detail"]


async def test_a_parameter_that_takes_several_values_may_be_given_again(client):
    told = is_problem(await client.get("search?q=price&q=x&source=a&source=b"), 422)
    assert told["detail"] == "query q: may be given once only"
    assert (await client.get("search?q=price&language=python&language=go")).status_code == 200


async def test_a_body_of_another_kind_and_a_method_that_is_none_are_refused_with_what_is_right(client):
    told = is_problem(await client.post("sources", content=b"{}"), 415)
    assert told["remedy"] == "send the header Content-Type: application/json"
    told = is_problem(await client.patch("sources"), 405)
    assert told["detail"] == "there is no PATCH here, only GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize(
    ("accepted", "status"),
    [("*/*", 200), ("application/*", 200), ("text/html, application/json;q=0.1", 200), ("", 200), ("image/png", 406)],
)
async def test_json_is_given_to_whom_it_suits(client, accepted, status):
    assert (await client.get("sources", headers={"Accept": accepted})).status_code == status


async def test_each_path_tells_its_methods(client):
    for path, methods in (
        ("sources", "GET, HEAD, POST, OPTIONS"),
        (f"sources/{SHOP_IN_PATH}", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        (f"sources/{SHOP_IN_PATH}/files/a/b.py", "GET, HEAD, OPTIONS"),
        ("controls/SYNC/limit", "PUT, OPTIONS"),
    ):
        told = await client.options(path)
        assert (told.status_code, told.headers["Allow"], told.content) == (204, methods, b"")
        assert (await client.request("TRACE", path)).headers["Allow"] == methods
    assert (await client.options("nothing")).status_code == 404


async def test_head_is_get_without_the_body(client):
    for path in ("sources", "search?q=price", "nothing", "runs/1/events"):
        head, get = await client.head(path), await client.get(path)
        assert head.content == b""
        assert head.status_code == get.status_code
        assert head.headers.get("ETag") == get.headers.get("ETag")


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (NothingIndexed("nothing"), 409, None),
        (RateLimited("slower"), 429, "1"),
        (DatabaseBusy("busy"), 503, "1"),
        (StorageFull("full"), 503, "1"),
    ],
)
async def test_an_error_of_kodit_has_the_status_that_every_server_gives_it(error, status, retry_after):
    def failing(scope):
        raise error

    async with client_of(api(failing)) as client:
        answer = await client.get("sources")
    assert is_problem(answer, status)["type"] == f"urn:kodit:error:{type(error).__name__}"
    assert answer.headers.get("Retry-After") == retry_after


async def test_a_fault_of_kodit_tells_nothing_of_what_is_inside():
    def broken(scope):
        raise ZeroDivisionError("a secret of the server")

    async with client_of(api(broken)) as client:
        answer = await client.get("sources")
    assert "secret" not in str(is_problem(answer, 500))


def any_request(document, path, method):
    """A request that makes sense, as the OpenAPI document has it."""
    operation = document["paths"][path][method]
    needed = [one["name"] for one in operation.get("parameters", ()) if one["required"] and one["in"] == "query"]
    filled = path.format(name="x", path="x", attr="x", run_id=1, task_id=1, kind="SYNC", key="x")
    body = operation.get("requestBody")
    model = body and body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    example = model and document["components"]["schemas"][model]["examples"][0]
    return httpx.Request(method, f"http://test{filled}", params=dict.fromkeys(needed, "x"), json=example)


async def test_without_its_scope_nothing_is_answered_but_who_asks(engine):
    app = answering(engine, Caller(name="nobody", scopes=frozenset()))
    document = app.openapi()
    async with client_of(app) as client:
        for path, operations in document["paths"].items():
            for method in operations:
                answer = await client.send(any_request(document, path, method))
                expected = 200 if path == "/api/v1/status" else 403
                assert (path, method, answer.status_code) == (path, method, expected)
