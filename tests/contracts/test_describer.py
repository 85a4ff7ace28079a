"""The promises of the Describer port, and the faults of the one that asks over the network."""

import asyncio
import logging
import multiprocessing
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest
from model_endpoint import Endpoints, completion, echo, send, serving

from kodit.application.tasks.pace import Pace
from kodit.domain.code.snippet import Snippet, SnippetKind, content_hash
from kodit.domain.enrichment.ports import Describer
from kodit.domain.errors import BadAnswer, InvalidInput, KoditError, RateLimited, Refused, Unavailable
from kodit.domain.tasks.rate import Rate
from kodit.infrastructure import clock
from kodit.infrastructure.embedded.describer import MANY, EmbeddedDescriber
from kodit.infrastructure.memory.rate_limits import MemoryRateLimits
from kodit.infrastructure.openai.describer import Endpoint, OpenAiDescriber

KEY = "sk-very-secret-0123456789"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def unhurried() -> Pace:
    limits = MemoryRateLimits()
    return Pace(lambda: limits, "model", Rate(), clock.SystemClock())


def asking(server: Endpoints, *, timeout: timedelta = timedelta(seconds=20), concurrency: int = 2) -> OpenAiDescriber:
    endpoint = Endpoint(base_url=server.url, model="tiny", api_key=KEY, timeout=timeout, concurrency=concurrency)
    return OpenAiDescriber(endpoint, now=lambda: NOW, pace=unhurried())


def snippet(content: str, symbol: str = "Gate.open") -> Snippet:
    return Snippet(
        path="net/gate.py",
        start_line=1,
        end_line=1,
        kind=SnippetKind.FUNCTION,
        language="python",
        content=content,
        content_hash=content_hash("net/gate.py", content),
        symbol=symbol,
    )


async def fault(describer: Describer, expected: type[KoditError]) -> KoditError:
    """The error, after checking that neither it nor what it came from shows the key."""
    with pytest.raises(expected) as caught:
        await describer.describe([snippet("pass")])
    error: BaseException | None = caught.value
    while error is not None:
        assert KEY not in repr(error)
        assert KEY not in str(error)
        assert "Bearer" not in str(error)
        error = error.__cause__ or error.__context__
    return caught.value


@pytest.fixture(params=["embedded", "openai"])
def describer(request: pytest.FixtureRequest) -> Iterator[Describer]:
    if request.param == "embedded":
        yield EmbeddedDescriber()
    else:
        with serving(echo) as server:
            yield asking(server, concurrency=3)


async def test_each_snippet_gets_its_own_text_in_order(describer: Describer) -> None:
    names = [f"open_{colour}_gate" for colour in ("red", "green", "blue", "white", "black", "grey", "pink")]
    texts = await describer.describe([snippet(f"def {name}(): ...", name) for name in names])
    assert len(texts) == len(names)
    for name, text in zip(names, texts, strict=True):
        assert name.split("_")[1] in text


async def test_many_snippets_are_described_in_processes_as_in_a_thread() -> None:
    many = [snippet(f"def open_gate_{number}(): ...", f"open_gate_{number}") for number in range(MANY + 1)]
    describer = EmbeddedDescriber(workers=2)
    try:
        assert await describer.describe(many) == await EmbeddedDescriber().describe(many)
        children = multiprocessing.active_children()
        assert children
        for child in children:
            child.kill()
        assert await describer.describe(many) == await EmbeddedDescriber().describe(many)
    finally:
        await describer.close()
    assert not multiprocessing.active_children()


async def test_no_snippets_give_no_texts(describer: Describer) -> None:
    assert list(await describer.describe([])) == []


async def test_a_text_is_one_line_and_never_empty(describer: Describer) -> None:
    for text in await describer.describe([snippet(""), snippet("\n\n"), snippet("x = '\udcff'\n# \0 é 漢")]):
        assert text
        assert text == " ".join(text.split())
        text.encode("utf-8")


async def test_the_same_snippet_gets_the_same_text(describer: Describer) -> None:
    first, second = await describer.describe([snippet("def f(): ..."), snippet("def f(): ...")])
    assert first == second


async def test_the_model_has_a_stable_name(describer: Describer) -> None:
    assert describer.model
    assert describer.model == describer.model.strip()


async def test_batches_can_be_described_at_once(describer: Describer) -> None:
    results = await asyncio.gather(
        *(describer.describe([snippet(f"def gate_{n}(): ...", f"gate_{n}")]) for n in range(3))
    )
    assert [str(n) in texts[0] for n, texts in enumerate(results)] == [True] * 3


async def test_the_request_is_a_chat_completion_with_the_key_in_its_header() -> None:
    with serving(echo) as server:
        await asking(server).describe([snippet("def f(): ...")])
    assert server.paths == ["/v1/chat/completions"]
    assert server.keys == [f"Bearer {KEY}"]
    assert server.requests[0]["model"] == "tiny"


async def test_an_endpoint_without_a_key_gets_no_authorization_header() -> None:
    with serving(echo) as server:
        endpoint = Endpoint(base_url=server.url + "/", model="tiny")
        await OpenAiDescriber(endpoint, now=lambda: NOW, pace=unhurried()).describe([snippet("def f(): ...")])
    assert server.keys == [None]
    assert server.paths == ["/v1/chat/completions"]


async def test_no_more_requests_are_under_way_than_allowed() -> None:
    both = threading.Barrier(2, timeout=60)
    under_way: list[int] = []
    lock = threading.Lock()
    now = 0

    def answer(handler: BaseHTTPRequestHandler, question: str) -> None:
        nonlocal now
        with lock:
            now += 1
            under_way.append(now)
        both.wait()  # two at a time get through, or none
        with lock:
            now -= 1
        echo(handler, question)

    with serving(answer) as server:
        await asking(server, concurrency=2).describe([snippet(f"x = {n}") for n in range(8)])
    assert max(under_way) == 2


async def test_a_server_that_holds_the_request_is_unavailable_after_the_time_limit() -> None:
    released = threading.Event()

    def answer(handler: BaseHTTPRequestHandler, question: str) -> None:
        released.wait(60)

    with serving(answer) as server:
        error = await fault(asking(server, timeout=timedelta(milliseconds=100)), Unavailable)
        released.set()
    assert "within 0.1 s" in str(error)
    assert "KODIT_OPENAI_SECONDS" in (error.remedy or "")


async def test_an_answer_that_trickles_is_unavailable_after_the_time_limit() -> None:
    ended = threading.Event()

    def answer(handler: BaseHTTPRequestHandler, question: str) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not ended.wait(0.01):
            handler.wfile.write(b" ")

    with serving(answer) as server:
        await fault(asking(server, timeout=timedelta(milliseconds=150)), Unavailable)
        ended.set()


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("7", timedelta(seconds=7)),
        (format_datetime(NOW + timedelta(minutes=2), usegmt=True), timedelta(minutes=2)),
        (format_datetime(NOW - timedelta(minutes=2), usegmt=True), timedelta()),
        ("soon", None),
        ("99999999999999999999", None),
        ("-5", None),
        (None, None),
    ],
)
async def test_a_rate_limit_says_how_long_to_wait(header: str | None, wait: timedelta | None) -> None:
    headers = {} if header is None else {"retry-after": header}
    with serving(lambda handler, _: send(handler, {}, status=429, headers=headers)) as server:
        error = await fault(asking(server), RateLimited)
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (408, Unavailable),
        (401, Refused),
        (403, Refused),
        (404, InvalidInput),
        (400, BadAnswer),
        (422, BadAnswer),
        (204, BadAnswer),
        (302, BadAnswer),
    ],
)
async def test_each_status_is_an_error_that_tells_whether_to_try_again(status: int, expected: type[KoditError]) -> None:
    headers = {"location": "http://127.0.0.1:1/elsewhere"}
    with serving(lambda handler, _: send(handler, b"", status=status, headers=headers)) as server:
        error = await fault(asking(server), expected)
    assert str(status) in str(error)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        [],
        {},
        {"choices": []},
        {"choices": {}},
        {"choices": [None]},
        {"choices": [{"message": None}]},
        completion(None),
        completion(["a", "list"]),
        completion(" \n"),
        completion("<think>no end"),
        completion("x" * (2 << 20)),
    ],
    ids=lambda body: str(body)[:30],
)
async def test_what_is_no_chat_completion_is_a_bad_answer(body: object) -> None:
    with serving(lambda handler, _: send(handler, body)) as server:
        await fault(asking(server), BadAnswer)


async def test_a_body_that_is_not_the_encoding_it_claims_is_a_bad_answer() -> None:
    headers = {"content-encoding": "gzip"}
    with serving(lambda handler, _: send(handler, b"no gzip", headers=headers)) as server:
        await fault(asking(server), BadAnswer)


async def test_a_closed_connection_is_unavailable() -> None:
    with serving(lambda handler, _: None) as server:
        await fault(asking(server), Unavailable)


async def test_a_server_that_is_not_there_is_named_with_the_reason_and_the_setting() -> None:
    with serving(echo) as server:
        gone = asking(server)
    error = await fault(gone, Unavailable)
    assert f"{server.url} cannot be reached: the connection was refused" in str(error)
    assert "KODIT_OPENAI_BASE_URL" in (error.remedy or "")


async def test_credentials_and_queries_of_a_url_are_in_no_message() -> None:
    with serving(echo) as server:
        port = server.server_address[1]
    url = f"http://user:{KEY}@127.0.0.1:{port}/v1?key={KEY}"
    endpoint = Endpoint(base_url=url, model="tiny", api_key=KEY)
    error = await fault(OpenAiDescriber(endpoint, now=lambda: NOW, pace=unhurried()), Unavailable)
    assert f"http://127.0.0.1:{port}/v1 " in str(error)
    assert "user" not in str(error)


async def test_a_server_that_speaks_no_tls_is_told_from_one_that_is_not_there() -> None:
    with serving(echo) as server:
        endpoint = Endpoint(base_url=server.url.replace("http:", "https:"), model="tiny")
        error = await fault(OpenAiDescriber(endpoint, now=lambda: NOW, pace=unhurried()), Unavailable)
    assert "TLS" in str(error)
    assert "http://" in (error.remedy or "")


async def test_what_speaks_no_http_is_told_without_repeating_what_it_said() -> None:
    with serving(lambda handler, _: handler.wfile.write(f"SSH-2.0 {KEY}\r\n\r\n".encode()) and None) as server:
        error = await fault(asking(server), Unavailable)
    assert "does not speak HTTP" in str(error)


async def test_behind_a_proxy_the_remedy_is_about_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(echo) as gone:
        address = f"http://127.0.0.1:{gone.server_address[1]}"
    monkeypatch.setenv("HTTP_PROXY", address)
    endpoint = Endpoint(base_url="http://model.example/v1", model="tiny")
    error = await fault(OpenAiDescriber(endpoint, now=lambda: NOW, pace=unhurried()), Unavailable)
    assert "HTTP_PROXY" in (error.remedy or "")


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
async def test_a_server_that_echoes_the_key_does_not_get_it_into_messages_or_logs(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(handler: BaseHTTPRequestHandler, question: str) -> None:
        shown = handler.headers["authorization"]
        send(handler, {"error": {"message": shown, "code": KEY, "type": shown}}, status=status)

    with caplog.at_level(logging.DEBUG), serving(answer) as server:
        await fault(asking(server), KoditError)
    assert KEY not in caplog.text


async def test_a_well_formed_error_code_is_told() -> None:
    body = {"error": {"code": "context_length_exceeded", "message": "too long"}}
    with serving(lambda handler, _: send(handler, body, status=400)) as server:
        error = await fault(asking(server), BadAnswer)
    assert "context_length_exceeded" in str(error)


async def test_the_first_error_ends_the_rest() -> None:
    held = threading.Event()

    def answer(handler: BaseHTTPRequestHandler, question: str) -> None:
        if "x = 0" in question:
            send(handler, {}, status=500)
        else:
            held.wait(60)

    with serving(answer) as server:
        with pytest.raises(Unavailable, match="500"):
            await asking(server, concurrency=2).describe([snippet(f"x = {n}") for n in range(50)])
        held.set()
    assert len(server.requests) <= 4


def test_the_key_is_shown_by_no_repr() -> None:
    endpoint = Endpoint(base_url="https://user:password@example.org/v1", model="tiny", api_key=KEY)
    shown = repr(endpoint) + str(endpoint) + repr(OpenAiDescriber(endpoint, now=lambda: NOW, pace=unhurried()))
    assert KEY not in shown
    assert "password" not in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "example.org/v1"},
        {"base_url": "file:///etc"},
        {"base_url": "http://"},
        {"base_url": "http://[1/v1"},
        {"api_key": KEY + "\n"},
        {"api_key": KEY + "é"},
        {"model": ""},
        {"concurrency": 0},
        {"timeout": timedelta()},
    ],
    ids=str,
)
def test_an_endpoint_that_cannot_work_is_invalid_without_showing_the_key(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as caught:
        Endpoint(**({"base_url": "http://example.org/v1", "model": "tiny", "api_key": KEY} | wrong))  # type: ignore[arg-type]
    assert KEY not in str(caught.value)
