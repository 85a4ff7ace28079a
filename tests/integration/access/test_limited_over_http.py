"""A key for one source, at every route that answers a GET: nothing of another source gets out."""

import asyncio
from contextlib import AsyncExitStack

import httpx
from serving_world import SEEN, THEIRS, what_there_is

import kodit
from kodit.application.serving.health import Health
from kodit.application.serving.queue_history import QueueHistory
from kodit.domain.access.api_key import Grant
from kodit.domain.access.audit import HERE
from kodit.domain.access.scope import Scope
from kodit.interfaces.http.app import api
from kodit.serving.composition import Going, composed
from kodit.settings import load

GIVES_AWAY = ("helper_of_theirs", "package-theirs", "theirs_more.py", "/theirs")
"""What only somebody knows who sees the other source; a refusal repeats no more than what was asked for."""
PAGES = ("/", "/?q=shared+word", "/symbols?q=shared*", "/names?name=shared_theirs", "/packages", "/sources", "/queue")


def going(engine):
    begun = asyncio.Event()
    begun.set()
    return Going(begun, healthy, QueueHistory(engine.overview.statistics))


async def healthy():
    return Health(draining=False, database=None, parts=())


def questions(theirs):
    """The paths of all routes that answer a GET, asked about the other source."""
    path_parts = {"name": THEIRS, "path": theirs.file, "run_id": str(theirs.run), "task_id": str(theirs.task)}
    path_parts |= {"attr": theirs.symbol}
    asked = {"q": "shared", "name": theirs.symbol, "file": theirs.file, "pattern": "helper"}
    document = api(lambda _: None).openapi()
    for template, operations in document["paths"].items():
        if "get" not in operations or template.endswith("/events"):
            continue
        path = template.replace("/channels/{name}", f"/channels/{theirs.channel}")
        for name, value in path_parts.items():
            path = path.replace(f"{{{name}}}", value)
        required = [one["name"] for one in operations["get"].get("parameters", []) if one.get("required")]
        query = "&".join(f"{name}={asked[name]}" for name in required if f"{{{name}}}" not in template)
        yield f"{path}?{query}" if query else path
    yield from PAGES
    yield from (f"/sources/{THEIRS}", f"/sources/{THEIRS}/files/{theirs.file}", f"/queue/tasks/{theirs.task}")
    yield "/metrics"


async def test_no_route_gives_away_what_the_key_does_not_see(teams):
    settings = load(data_dir=teams, host="10.0.0.1")
    async with kodit.open(teams) as engine, AsyncExitStack() as running:
        application = await composed(engine, settings, going(engine), running)
        everything = frozenset(Scope)
        mine = await engine.access().keys.create("mine", Grant(scopes=everything, sources=SEEN), visit=HERE)
        every = await engine.access().keys.create("all", Grant(scopes=everything), visit=HERE)
        transport = httpx.ASGITransport(application, client=("192.0.2.7", 1))
        told = {mine.secret: {}, every.secret: {}}
        async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.1") as client:
            for secret, answers in told.items():
                for question in questions(await what_there_is(engine, THEIRS)):
                    answer = await client.get(question, headers={"Authorization": f"Bearer {secret}"})
                    assert answer.status_code < 500, (question, answer.text)
                    answers[question] = [word for word in GIVES_AWAY if word in answer.text.replace(question, "")]

    assert {question: words for question, words in told[mine.secret].items() if words} == {}
    # Who sees all is told, so that what is not told above is not just missing.
    assert len([words for words in told[every.secret].values() if words]) > 15
