"""A run is followed live, at a real socket, also by who was cut off in between."""

import asyncio

import httpx
import pytest
import pytest_asyncio
from http_world import SHOP_IN_PATH, answering, events_of, on_loopback

from kodit.domain.access.api_key import Grant
from kodit.domain.access.audit import HERE
from kodit.domain.access.caller import Caller
from kodit.domain.access.scope import Scope
from kodit.interfaces.http import events

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def asking(own_engine):
    async with on_loopback(answering(own_engine)) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        yield client


async def begun(asking):
    """The events of a run that nobody works on yet: their path."""
    run = (await asking.post(f"sources/{SHOP_IN_PATH}/sync")).json()
    return f"runs/{run['id']}/events"


async def test_a_run_is_told_from_where_it_stands_to_its_end(asking, own_engine):
    path, working = await begun(asking), None
    told = []
    async with asking.stream("GET", path) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        async for name, _, progress in events_of(response):
            told.append((name, progress["run"]["state"]))
            # Only now is the run worked on, so that nothing of it can be missed.
            working = working or asyncio.create_task(own_engine.worker().run(drain=True))
    await working
    assert told[0] == ("progress", "pending")
    assert told[-2:] == [("progress", "completed"), ("end", "completed")]


async def test_who_comes_back_is_told_what_has_changed_since_and_nothing_twice(asking, own_engine):
    path = await begun(asking)
    async with asking.stream("GET", path) as response:
        _, last, _ = await anext(events_of(response))
    await own_engine.worker().run(drain=True)

    async with asking.stream("GET", path, headers={"Last-Event-ID": last}) as response:
        since = [event async for event in events_of(response)]
    assert [(name, progress["run"]["state"]) for name, _, progress in since] == [
        ("progress", "completed"),
        ("end", "completed"),
    ]

    progress_id, end_id = (event_id for _, event_id, _ in since)
    async with asking.stream("GET", path, headers={"Last-Event-ID": progress_id}) as response:
        assert [name async for name, _, _ in events_of(response)] == ["end"]
    assert (await asking.get(path, headers={"Last-Event-ID": end_id})).status_code == 204


async def test_while_nothing_changes_the_stream_is_kept_alive(asking, monkeypatch):
    monkeypatch.setattr(events, "LOOK_SECONDS", 0)
    monkeypatch.setattr(events, "QUIET_LOOKS", 2)
    async with asking.stream("GET", await begun(asking)) as response:
        lines = response.aiter_lines()
        seen = [line async for line in take_until(lines, ": nothing new")]
    assert seen.count("event: progress") == 1


async def test_the_stream_ends_when_the_run_is_gone(asking, own_engine, monkeypatch):
    monkeypatch.setattr(events, "LOOK_SECONDS", 0)
    path = await begun(asking)
    async with asking.stream("GET", path) as response:
        told = events_of(response)
        await anext(told)
        await asking.post(f"runs/{path.split('/')[1]}/cancel")
        await asking.delete(f"sources/{SHOP_IN_PATH}")
        rest = [name async for name, _, _ in told]
    assert rest in ([], ["progress", "end"])


async def test_the_stream_ends_when_the_key_that_opened_it_is_revoked(asking, own_engine, monkeypatch):
    monkeypatch.setattr(events, "LOOK_SECONDS", 0)
    path, keys = await begun(asking), own_engine.access().keys
    key = (await keys.create("follower", Grant(scopes=frozenset({Scope.READ})), visit=HERE)).key
    caller = Caller(name="follower", scopes=frozenset({Scope.READ}), key_id=key.id)
    async with (
        asyncio.timeout(20),
        on_loopback(answering(own_engine, caller)) as url,
        httpx.AsyncClient(base_url=url, timeout=30) as follower,
        follower.stream("GET", path) as response,
    ):
        told = events_of(response)
        await anext(told)
        await keys.revoke(key.id, visit=HERE)
        rest = [name async for name, _, _ in told]
    assert (rest, (await asking.get(path.removesuffix("/events"))).json()["run"]["state"]) == ([], "pending")


async def test_what_accepts_no_events_is_given_none(asking):
    path = await begun(asking)
    assert (await asking.get(path, headers={"Accept": "application/json"})).status_code == 406
    assert (await asking.get("runs/987654/events")).status_code == 404


async def take_until(lines, last):
    async for line in lines:
        yield line
        if line == last:
            return
