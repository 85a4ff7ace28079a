"""What the gate refuses to read, and what every answer bears."""

import asyncio
import json

import httpx
import pytest
import structlog
from access_desk import READING

from kodit.domain.access.audit import HERE
from kodit.domain.errors import DatabaseBusy
from kodit.interfaces.gate.gate import Gate
from kodit.interfaces.gate.limits import BodyLimit
from kodit.interfaces.gate.rules import GateRules, gate_rules
from kodit.settings import load

RULES = GateRules(body_bytes=100)


async def echo(scope, receive, send):
    """Answers with the body that it was sent."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client has gone")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


async def broken(scope, receive, send):
    raise RuntimeError("secret innards")


async def half(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError("secret innards")


async def answers(gate, headers):
    """What a gate sends to a request whose body nobody may read."""
    sent = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/search",
        "raw_path": b"/api/v1/search",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "scheme": "http",
    }

    async def send(message):
        sent.append(message)

    await gate(scope, lambda: pytest.fail("the body was read"), send)
    return sent


async def chunks(*parts):
    for part in parts:
        yield part


@pytest.fixture
def asking(desk):
    async def asked(inner=echo, rules=RULES, *, method="POST", path="/api/v1/search", address="127.0.0.1", **given):
        gate = Gate(inner, rules, desk.access)
        transport = httpx.ASGITransport(gate, client=(address, 1), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8765") as client:
            return await client.request(method, path, **given)

    return asked


async def test_a_body_up_to_the_limit_arrives_whole(asking):
    assert (await asking(content=b"x" * 100)).text == "x" * 100
    assert (await asking(content=chunks(b"x" * 60, b"", b"x" * 40))).text == "x" * 100


@pytest.mark.parametrize(
    "content", [b"x" * 101, chunks(b"x" * 101), chunks(b"x" * 60, b"x" * 41), chunks(b"x" * 60, b"x" * 41, b"x" * 500)]
)
async def test_a_longer_one_is_not_read_however_it_is_sent(asking, content):
    answer = await asking(content=content)

    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert answer.json()["detail"] == "the body is longer than 100 bytes"


async def test_an_application_that_answers_nonetheless_is_not_heard(asking):
    async def confused(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"there was an error parsing the body"})

    assert (await asking(confused, content=b"x" * 50 + b"y" * 51)).status_code == 413
    assert (await asking(confused, content=chunks(b"x" * 50, b"y" * 51))).status_code == 413


async def test_without_a_limit_anything_arrives(asking):
    assert len((await asking(rules=GateRules(body_bytes=0), content=b"x" * 2_000_000)).text) == 2_000_000


async def test_a_body_that_takes_for_ever_is_given_up():
    never = asyncio.Event()

    async def slowly():
        await never.wait()

    body = BodyLimit(slowly, 100, seconds=0)

    assert await body.receive() == {"type": "http.disconnect"}
    assert body.fault.status == 408


async def test_a_client_may_go_on_listening_for_as_long_as_it_likes():
    messages = asyncio.Queue()
    messages.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    body = BodyLimit(messages.get, 100, seconds=0.01)
    await body.receive()
    listening = asyncio.ensure_future(body.receive())
    async with asyncio.timeout(10):
        await asyncio.wait({listening}, timeout=0.05)
    assert not listening.done()
    messages.put_nowait({"type": "http.disconnect"})

    assert (await listening, body.fault) == ({"type": "http.disconnect"}, None)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"content-length", b"5"), (b"content-length", b"6")], 400),
        ([(b"content-length", b"5"), (b"transfer-encoding", b"chunked")], 400),
        ([(b"content-length", b"+5")], 400),
        ([(b"content-length", b"5, 5")], 400),
        ([(b"content-length", "٥".encode())], 400),
        ([(b"host", b"localhost"), (b"host", b"evil.example")], 400),
        ([(b"host", b"localhost"), (b"origin", b"http://localhost"), (b"origin", b"http://evil.example")], 400),
        ([(b"host", b"localhost"), *[(b"x-line", b"1")] * 100], 431),
        ([(b"host", b"localhost"), (b"x-line", b"1" * 40_000)], 431),
        ([], 421),
    ],
)
async def test_a_head_that_can_be_read_in_two_ways_or_is_too_long_is_refused(desk, headers, status):
    sent = await answers(Gate(echo, RULES, desk.access), headers)

    assert sent[0]["status"] == status
    assert json.loads(sent[1]["body"])["status"] == status


async def test_an_address_that_is_too_long_is_refused(asking):
    assert (await asking(path="/api/v1/search?text=" + "x" * 8_192)).status_code == 414


async def test_a_websocket_is_refused(desk):
    sent = []

    async def send(message):
        sent.append(message)

    await Gate(echo, RULES, desk.access)({"type": "websocket", "path": "/"}, None, send)

    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize("told", ["abc-123", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "a" * 64, "w:1.2_3"])
async def test_a_sane_request_id_is_taken_over(asking, told):
    assert (await asking(headers={"X-Request-Id": told})).headers["x-request-id"] == told


@pytest.mark.parametrize("told", [None, "", "a" * 65, "a b", "a\tb", "é", "<script>", "a;b"])
async def test_any_other_is_replaced_by_one_of_ours(asking, told):
    headers = [] if told is None else [(b"x-request-id", told.encode())]
    one, other = [(await asking(headers=headers)).headers["x-request-id"] for _ in range(2)]

    assert len(one) == len(other) == 16
    assert one != other


async def test_what_was_asked_can_be_found_in_the_log_but_not_what_somebody_looked_for(asking, desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    headers = {"X-Request-Id": "r1", "Authorization": f"Bearer {made.secret}", "Cookie": "kodit_session=s3cret"}
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await asking(method="GET", path="/api/v1/search?text=s3cret", headers=headers)

    [line] = [line for line in lines if line["event"] == "answered"]
    assert (line["request_id"], line["method"], line["path"], line["status"], line["caller"], line["address"]) == (
        "r1",
        "GET",
        "/api/v1/search",
        200,
        "ci",
        "127.0.0.1",
    )
    assert line["took_ms"] >= 0
    assert "s3cret" not in repr(lines)
    assert made.secret not in repr(lines)


async def test_a_path_cannot_write_lines_of_its_own_into_the_log(asking):
    with structlog.testing.capture_logs() as lines:
        await asking(path="/a%0A%1B%5B2Jb")

    assert [line["path"] for line in lines] == ["/a%0A%1B%5B2Jb"]


async def test_a_fault_tells_nothing_of_what_is_inside(asking):
    answer = await asking(broken)

    assert answer.status_code == 500
    assert "innards" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_an_answer_that_breaks_off_is_not_begun_again(desk):
    sent = await answers(Gate(half, RULES, desk.access), [(b"host", b"localhost")])

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


async def test_a_database_that_is_busy_is_no_wrong_key(asking, desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    desk.storage.fault = DatabaseBusy("the database is busy")

    answer = await asking(headers={"Authorization": f"Bearer {made.secret}"})

    assert (answer.status_code, answer.json()["detail"]) == (503, "the database is busy")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("inner", [echo, broken])
async def test_every_answer_bears_what_keeps_browsers_from_harm(asking, inner):
    answer = await asking(inner)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_an_application_may_say_what_its_pages_need_and_how_long_they_keep(asking):
    async def page(scope, receive, send):
        headers = [(b"Content-Security-Policy", b"script-src 'self'"), (b"cache-control", b"max-age=60")]
        await send({"type": "http.response.start", "status": 200, "headers": [*headers, (b"X-Frame-Options", b"no")]})
        await send({"type": "http.response.body"})

    answer = await asking(page)

    assert answer.headers.get_list("content-security-policy") == ["script-src 'self'"]
    assert answer.headers.get_list("cache-control") == ["max-age=60"]
    assert answer.headers.get_list("x-frame-options") == ["DENY"]


class TestPagesOfOtherServers:
    """What a browser asks because a page of another server makes it."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://localhost:3000"},
            {"Origin": "http://localhost.evil.example:8765"},
            {"Origin": "http://[::1"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:8765"},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
            {"Sec-Fetch-Site": "none of these"},
        ],
    )
    async def test_is_refused(self, asking, headers):
        assert (await asking(headers=headers)).status_code == 403

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": "http://localhost:8765"},
            {"Origin": "https://localhost:8765"},
            {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
            {"Sec-Fetch-Site": "none"},
        ],
    )
    async def test_is_told_from_what_our_own_make_it_ask(self, asking, headers):
        assert (await asking(headers=headers)).status_code == 200

    async def test_may_be_a_link_that_somebody_follows_and_no_frame(self, asking):
        link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

        assert (await asking(method="GET", headers=link)).status_code == 200
        assert (await asking(method="GET", headers={**link, "Sec-Fetch-Dest": "iframe"})).status_code == 403

    async def test_is_answered_where_the_settings_allow_the_page(self, asking):
        rules = gate_rules(load(cors_origins="https://app.example.org, http://localhost:3000"))
        asked = {"Origin": "https://app.example.org", "Sec-Fetch-Site": "cross-site"}
        wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}

        preflight = await asking(rules=rules, method="OPTIONS", headers={**asked, **wanted})
        answer = await asking(rules=rules, headers=asked)
        stranger = await asking(rules=rules, method="OPTIONS", headers={"Origin": "https://evil.example", **wanted})

        assert (preflight.status_code, answer.status_code, stranger.status_code) == (204, 200, 403)
        assert "POST" in preflight.headers["access-control-allow-methods"]
        assert "Authorization" in preflight.headers["access-control-allow-headers"]
        for allowed in (preflight, answer):
            assert allowed.headers["access-control-allow-origin"] == "https://app.example.org"
            assert "access-control-allow-credentials" not in allowed.headers
            assert "Origin" in allowed.headers["vary"]
        assert "access-control-allow-origin" not in stranger.headers

    async def test_is_told_what_went_wrong_where_it_is_allowed(self, asking):
        rules = gate_rules(load(cors_origins="https://app.example.org", require_keys="always"))

        answer = await asking(rules=rules, headers={"Origin": "https://app.example.org"})

        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, "https://app.example.org")
