"""Everything that a server answers stands behind the gate, route by route."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest

import kodit
from kodit.application.serving.health import Health
from kodit.application.serving.queue_history import QueueHistory
from kodit.domain.access.api_key import Grant
from kodit.domain.access.audit import HERE
from kodit.interfaces.http.app import api
from kodit.interfaces.web.app import pages
from kodit.serving.composition import Going, composed
from kodit.settings import load

ELSEWHERE = "192.0.2.7"
PUBLIC = {"/healthz", "/readyz", "/login", "/static/x"}
"""And what begins with /webhooks/, which is signed."""

WHO_AM_I = "/api/v1/status"


def going(engine):
    begun = asyncio.Event()
    begun.set()
    return Going(begun, healthy, QueueHistory(engine.overview.statistics))


async def healthy():
    return Health(draining=False, database=None, parts=())


@pytest.fixture
async def served(tmp_path):
    """The whole application as it answers other machines, and how it is asked."""
    settings = load(data_dir=tmp_path, host="10.0.0.1", address_per_minute=0)
    async with kodit.open(tmp_path) as engine, AsyncExitStack() as running:
        application = await composed(engine, settings, going(engine), running)

        async def ask(path, method="GET", **headers):
            transport = httpx.ASGITransport(application, client=(ELSEWHERE, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.1:8765") as client:
                return await client.request(method, path, headers=headers)

        yield engine, ask


def routes(engine):
    """Every path of the API and of the page, with something in the place of what varies."""
    unused = lambda scope: pytest.fail("nobody may get this far")  # noqa: E731
    templates = [
        *((path, method.upper()) for path, found in api(unused).openapi()["paths"].items() for method in found),
        *(
            (route.path, method)
            for route in pages(unused, QueueHistory(engine.overview.statistics)).routes
            for method in route.methods
        ),
    ]
    known = {(filled(path), method) for path, method in templates}
    return sorted(known | {(path, "POST") for path in ("/mcp", "/mcp/", "/nowhere")} | {("/openapi.json", "GET")})


def filled(template):
    return "".join(part if number % 2 == 0 else "x" for number, part in enumerate(_split(template)))


def _split(template):
    return template.replace("{", "}").split("}")


async def test_without_a_key_nothing_is_answered_but_what_is_public(served):
    engine, ask = served
    asked = routes(engine)
    answers = {(path, method): (await ask(path, method)).status_code for path, method in asked}

    assert len(asked) > 30
    denied = {asking for asking, status in answers.items() if status == 401}
    public = {(path, method) for path, method in asked if path in PUBLIC or path.startswith("/webhooks/")}
    assert set(answers) - denied == {(path, method) for path, method in public if method in ("GET", "HEAD", "POST")}


async def test_a_person_without_a_key_is_led_to_the_login_alone(served):
    engine, ask = served
    for path, method in routes(engine):
        answer = await ask(path, method, Accept="text/html")
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/login?next=")
            assert not path.startswith(("/api/", "/mcp", "/openapi.json", "/metrics"))


async def test_a_key_that_is_for_nothing_gets_nothing_but_that(served):
    engine, ask = served
    made = await engine.access().keys.create("empty", Grant(), visit=HERE)
    for path, method in routes(engine):
        if path.startswith("/api/") and path != WHO_AM_I:
            answer = await ask(path, method, Authorization=f"Bearer {made.secret}")

            assert (path, method, answer.status_code in (403, 404, 405, 415, 422)) == (path, method, True)
    assert (await ask(WHO_AM_I, Authorization=f"Bearer {made.secret}")).json()["caller"]["scopes"] == []


async def test_what_is_public_is_answered(served):
    _, ask = served

    assert (await ask("/healthz")).status_code == 200
    assert (await ask("/readyz")).status_code == 200
    assert "kodit_" in (await ask("/login")).text
