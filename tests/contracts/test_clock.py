"""What every Clock promises."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from kodit.domain.errors import Unavailable
from kodit.infrastructure import clock
from kodit.infrastructure.clock import STALE, ServerClock, SystemClock

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
SOME_DAY = datetime(2031, 5, 6, 7, tzinfo=UTC)


class Server:
    """Somebody who knows the time, and a stop-watch; time passes only when it is told to."""

    def __init__(self):
        self.moment = SOME_DAY
        self.passed = timedelta(0)
        self.asked = 0
        self.way = self.nap = timedelta(0)

    def passes(self, time):
        self.moment += time
        self.passed += time

    async def ask(self):
        self.asked += 1
        self.passes(self.way)
        told = self.moment
        self.passes(self.way + self.nap)
        return told

    def clock(self):
        return ServerClock(self.ask, elapsed=lambda: self.passed)


class SlowServer(Server):
    """A server that answers when it is told to, or fails when there is an error to fail with."""

    def __init__(self):
        super().__init__()
        self.hears, self.answers = asyncio.Event(), asyncio.Event()
        self.error = None

    async def ask(self):
        self.hears.set()
        told = await super().ask()
        await self.answers.wait()
        if self.error is not None:
            raise self.error
        return told


@pytest.fixture
def server():
    return Server()


@pytest.fixture(params=["system", "server", "postgres"])
def any_clock(request):
    """Each kind, for what all of them promise."""
    if request.param == "system":
        return SystemClock()
    if request.param == "server":
        return Server().clock()
    return ServerClock(request.getfixturevalue("postgres").time)


async def test_moments_are_aware_and_in_utc(any_clock):
    assert any_clock.now().utcoffset() == timedelta(0)
    await any_clock.follow()
    assert any_clock.now().utcoffset() == timedelta(0)


async def test_time_never_runs_backwards_while_it_is_followed(any_clock):
    await any_clock.follow()
    moments = []
    for _ in range(20):
        moments.append(any_clock.now())
        await any_clock.follow()

    assert moments == sorted(moments)


async def test_a_clock_nobody_has_set_shows_the_machines_time(server):
    before = clock.now()
    shown = server.clock().now()

    assert before <= shown <= clock.now()


async def test_what_the_server_says_is_the_time_whatever_the_machine_shows(server):
    followed = server.clock()
    await followed.follow()
    assert followed.now() == SOME_DAY

    server.passes(STALE - SECOND)

    assert followed.now() == SOME_DAY + STALE - SECOND


async def test_the_way_to_the_server_and_back_is_allowed_for(server):
    server.way = 2 * SECOND
    followed = server.clock()

    await followed.follow()

    assert followed.now() == server.moment


async def test_a_process_that_was_stopped_before_it_heard_the_answer_knows_the_time_no_worse(server):
    followed = server.clock()
    await followed.follow()
    server.passes(STALE)
    # Two good clocks do not agree to the microsecond.
    server.moment -= timedelta(milliseconds=1)
    server.nap = 60 * SECOND

    await followed.follow()

    assert abs(followed.now() - server.moment) <= timedelta(milliseconds=1)


async def test_a_first_answer_that_took_long_is_soon_asked_for_again(server):
    server.nap = 50 * SECOND
    followed = server.clock()
    await followed.follow()
    server.nap = timedelta(0)

    await followed.follow()

    assert followed.now() == server.moment


async def test_the_server_is_not_asked_more_often_than_needed(server):
    followed = server.clock()
    for _ in range(5):
        await followed.follow()
    server.passes(STALE - SECOND)
    await followed.follow()
    assert server.asked == 1

    server.passes(2 * SECOND)
    await followed.follow()

    assert server.asked == 2


async def test_a_server_whose_clock_was_set_is_followed(server):
    followed = server.clock()
    await followed.follow()
    server.moment -= HOUR
    server.passes(STALE)

    await followed.follow()

    assert followed.now() == SOME_DAY - HOUR + STALE


async def test_a_server_that_does_not_answer_leaves_the_clock_as_it_was(server):
    followed = server.clock()
    await followed.follow()
    server.passes(STALE)

    async def silent():
        raise Unavailable("no answer")

    followed._ask = silent
    with pytest.raises(Unavailable):
        await followed.follow()

    assert followed.now() == SOME_DAY + STALE


async def under_way(followed, server, callers=3):
    """So many who wait for one answer."""
    waiting = [asyncio.ensure_future(followed.follow()) for _ in range(callers)]
    await server.hears.wait()
    return waiting


async def test_all_who_come_while_the_server_is_asked_share_the_answer():
    server = SlowServer()
    followed = server.clock()
    waiting = await under_way(followed, server, 100)
    server.answers.set()

    await asyncio.gather(*waiting)

    assert server.asked == 1
    assert followed.now() == SOME_DAY


@pytest.mark.parametrize("leaver", [0, 1, 2])
async def test_one_who_no_longer_wants_to_know_the_time_does_not_keep_it_from_the_others(leaver):
    server = SlowServer()
    followed = server.clock()
    waiting = await under_way(followed, server)
    waiting.pop(leaver).cancel()
    server.answers.set()

    await asyncio.gather(*waiting)

    assert server.asked == 1
    assert followed.now() == SOME_DAY


async def test_that_the_server_does_not_answer_is_told_to_all_who_wait_and_the_next_asks_anew():
    server = SlowServer()
    server.error = Unavailable("no answer")
    followed = server.clock()
    waiting = await under_way(followed, server)
    server.answers.set()

    found = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(one) for one in found] == [Unavailable] * 3
    assert server.asked == 1
    server.error = None
    await followed.follow()
    assert server.asked == 2
    assert followed.now() == SOME_DAY


def test_a_clock_is_followed_in_one_event_loop_after_another_though_one_ended_before_the_answer():
    server = SlowServer()
    followed = server.clock()
    with asyncio.Runner() as first, asyncio.Runner() as second:
        [unanswered] = first.run(under_way(followed, server, 1))
        server.answers = asyncio.Event()
        server.answers.set()

        second.run(followed.follow())

        assert not unanswered.done()
    assert server.asked == 2
    assert followed.now() == SOME_DAY


async def test_postgresqls_time_is_the_moment_and_not_when_a_transaction_began(postgres):
    followed = ServerClock(postgres.time)
    before = clock.now()

    await followed.follow()

    # It runs on this machine, so that its clock is the machine's.
    assert before - SECOND < followed.now() < clock.now() + SECOND
