"""How often a Describer that asks over the network does so, with others beside it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from model_endpoint import Endpoints, echo, send, serving

from kodit.application.tasks.pace import Pace
from kodit.domain.code.snippet import Snippet, SnippetKind, content_hash
from kodit.domain.errors import RateLimited
from kodit.domain.tasks.rate import Rate
from kodit.infrastructure.openai.describer import Endpoint, OpenAiDescriber

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class World:
    """A clock that goes on when somebody waits for it."""

    def __init__(self):
        self.at = NOON

    def now(self):
        return self.at

    async def follow(self):
        pass

    async def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


def asking(server: Endpoints, limits, world, *, per_minute=60, sleep=None) -> OpenAiDescriber:
    endpoint = Endpoint(base_url=server.url, model="tiny")
    pace = Pace(lambda: limits, endpoint.address, Rate(per_minute), world, sleep=sleep or world.sleep)
    return OpenAiDescriber(endpoint, now=world.now, pace=pace)


def snippets(number):
    return [
        Snippet(
            path="a.py",
            start_line=1,
            end_line=1,
            kind=SnippetKind.FUNCTION,
            language="python",
            content=f"x = {place}",
            content_hash=content_hash("a.py", f"x = {place}"),
            symbol="f",
        )
        for place in range(number)
    ]


async def test_workers_share_the_rate_of_an_endpoint(limits):
    world = World()
    with serving(echo) as server:
        one, other = asking(server, limits, world), asking(server, limits, world)
        texts = [await one.describe(snippets(3)), await other.describe(snippets(3))]

    assert [len(of_one) for of_one in texts] == [3, 3]
    assert world.at == NOON + timedelta(seconds=5)


@pytest.mark.parametrize("per_minute", [0, 60])
async def test_when_one_is_asked_to_wait_all_do(limits, per_minute):
    world = World()
    with serving(lambda handler, _: send(handler, {}, status=429, headers={"retry-after": "60"})) as server:
        one, other = (asking(server, limits, world, per_minute=per_minute) for _ in range(2))
        with pytest.raises(RateLimited) as caught:
            await one.describe(snippets(1))
        asked = len(server.requests)
        server.answer = echo
        await other.describe(snippets(1))

    assert caught.value.retry_after == MINUTE
    assert (asked, len(server.requests)) == (1, 2)
    assert world.at == NOON + MINUTE


async def test_two_endpoints_do_not_hold_each_other_up(limits):
    world = World()
    with serving(echo) as busy, serving(echo) as free:
        await asking(busy, limits, world).describe(snippets(1))
        await asking(free, limits, world).describe(snippets(1))

    assert world.at == NOON


async def test_waiting_for_a_turn_can_be_cancelled_and_nothing_is_asked(limits):
    world = World()
    waiting = asyncio.Event()

    async def forever(_seconds):
        waiting.set()
        await asyncio.Event().wait()

    with serving(echo) as server:
        describer = asking(server, limits, world, sleep=forever)
        await describer.describe(snippets(1))
        job = asyncio.create_task(describer.describe(snippets(1)))
        await waiting.wait()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job

    assert len(server.requests) == 1
