"""What every RateLimits promises."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing import get_context

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kodit.domain.tasks.rate import PATIENCE, RATE_NAME, Rate
from kodit.domain.tasks.retry_after import LONGEST_WAIT
from kodit.infrastructure.memory.rate_limits import MemoryRateLimits
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.rate_limits import SqlRateLimits

NOON = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
EACH_SECOND = Rate(60)
UNLIMITED = Rate()
PROCESSES, TURNS = 4, 10


async def reserve(limits, units=1, *, name="model", rate=EACH_SECOND, at=NOON, patience=HOUR):
    return await limits.reserve(name, rate, units, now=at, until=at + patience)


async def test_the_first_comes_at_once_and_the_others_at_the_rate(limits):
    found = [await reserve(limits) for _ in range(3)]
    assert [one.starts_at for one in found] == [NOON, NOON + SECOND, NOON + 2 * SECOND]
    assert all(one.granted for one in found)


async def test_units_reserved_together_keep_the_next_waiting_for_all_of_them(limits):
    await reserve(limits, 5)
    assert (await reserve(limits)).starts_at == NOON + 5 * SECOND


async def test_what_nobody_used_is_not_saved_up(limits):
    await reserve(limits)
    found = [await reserve(limits, at=NOON + HOUR) for _ in range(2)]
    assert [one.starts_at for one in found] == [NOON + HOUR, NOON + HOUR + SECOND]


async def test_who_is_too_impatient_reserves_nothing_and_hears_how_far_it_is(limits):
    await reserve(limits, 10)
    refused = await reserve(limits, patience=9 * SECOND)
    granted = await reserve(limits, patience=10 * SECOND)
    assert (refused.granted, refused.starts_at) == (False, NOON + 10 * SECOND)
    assert (granted.granted, granted.starts_at) == (True, NOON + 10 * SECOND)


async def test_names_do_not_hold_each_other_up(limits):
    await reserve(limits, 100)
    assert (await reserve(limits, name="another")).starts_at == NOON


async def hold_back(limits, until, *, name="model", at=NOON):
    await limits.hold_back(name, until=until, now=at)


async def test_held_back_nobody_begins_before_the_moment(limits):
    await hold_back(limits, NOON + MINUTE)
    found = [await reserve(limits) for _ in range(2)]
    assert [one.starts_at for one in found] == [NOON + MINUTE, NOON + MINUTE + SECOND]
    assert (await reserve(limits, name="another")).starts_at == NOON


async def test_to_hold_back_never_lets_anybody_begin_earlier(limits):
    await reserve(limits, 100)
    await hold_back(limits, NOON + MINUTE)
    assert (await reserve(limits)).starts_at == NOON + 100 * SECOND


async def test_without_a_limit_everybody_begins_at_once_unless_held_back(limits):
    assert {(await reserve(limits, rate=UNLIMITED)).starts_at for _ in range(5)} == {NOON}
    await hold_back(limits, NOON + MINUTE)
    assert {(await reserve(limits, rate=UNLIMITED)).starts_at for _ in range(5)} == {NOON + MINUTE}


async def test_who_has_a_turn_already_can_ask_whether_everybody_is_held_back(limits):
    await reserve(limits, 100)
    assert await limits.held("model") is None
    await hold_back(limits, NOON + MINUTE)
    await hold_back(limits, NOON + SECOND)
    assert await limits.held("model") == NOON + MINUTE
    assert await limits.held("another") is None


async def test_a_name_of_full_length_can_be_held_back(limits):
    names = ["m" * (RATE_NAME - 1) + last for last in "ab"]
    await hold_back(limits, NOON + MINUTE, name=names[0])
    assert [await limits.held(name) for name in names] == [NOON + MINUTE, None]


async def test_what_a_clock_left_that_was_ahead_is_free_when_it_is_right(limits):
    await reserve(limits, 5, at=NOON + 5 * HOUR)
    found = [await reserve(limits) for _ in range(2)]
    assert [one.starts_at for one in found] == [NOON, NOON + SECOND]


async def test_without_a_limit_only_a_hold_is_waited_for_whatever_a_clock_left_that_was_ahead(limits):
    for ahead in (SECOND, MINUTE, HOUR, 3 * HOUR / 2):
        await reserve(limits, rate=UNLIMITED, at=NOON + ahead)
        await reserve(limits, at=NOON + ahead)
    assert (await reserve(limits, rate=UNLIMITED)).starts_at == NOON
    await hold_back(limits, NOON + MINUTE)
    assert (await reserve(limits, rate=UNLIMITED)).starts_at == NOON + MINUTE


async def test_who_asks_without_a_limit_takes_nothing_from_those_who_have_one(limits):
    await reserve(limits, 10)
    await reserve(limits, rate=UNLIMITED)
    assert (await reserve(limits)).starts_at == NOON + 10 * SECOND
    await reserve(limits, rate=UNLIMITED, at=NOON + MINUTE)
    assert (await reserve(limits, at=NOON + SECOND)).starts_at == NOON + 11 * SECOND


async def test_the_farthest_that_can_be_reserved_is_believed(limits):
    slow = Rate(1)
    while (await reserve(limits, rate=slow, patience=PATIENCE)).granted:
        pass
    assert (await reserve(limits, rate=slow)).starts_at == NOON + PATIENCE + MINUTE


async def test_the_longest_hold_is_believed(limits):
    await hold_back(limits, NOON + LONGEST_WAIT)
    assert (await reserve(limits)).starts_at == NOON + LONGEST_WAIT


async def test_a_hold_of_a_clock_that_was_ahead_keeps_no_later_one_from_being_heeded(limits):
    ahead = NOON + 100 * LONGEST_WAIT
    await hold_back(limits, ahead + MINUTE, at=ahead)
    assert (await reserve(limits)).starts_at == NOON
    await hold_back(limits, ahead + MINUTE, at=ahead)
    await hold_back(limits, NOON + MINUTE)
    assert await limits.held("model") == NOON + MINUTE
    assert (await reserve(limits)).starts_at == NOON + MINUTE


async def test_of_many_at_once_no_two_get_the_same_moment(limits):
    found = await asyncio.gather(*(reserve(limits) for _ in range(20)))
    assert sorted(one.starts_at for one in found) == [NOON + number * SECOND for number in range(20)]


async def test_the_same_is_promised_after_a_hundred_executions(limits):
    found = [await reserve(limits) for _ in range(110)]
    assert [one.starts_at for one in found] == [NOON + number * SECOND for number in range(110)]


start = None


def remember(barrier):
    global start  # noqa: PLW0603 - a barrier reaches a process of a pool only when it begins
    start = barrier


def reserve_with_the_others(url):
    async def run():
        database = Database(url)
        try:
            start.wait(60)
            return [(await reserve(SqlRateLimits(database))).starts_at for _ in range(TURNS)]
        finally:
            await database.close()

    return asyncio.run(run())


async def test_processes_that_reserve_at_once_share_one_rate(database):
    context = get_context("forkserver")
    context.set_forkserver_preload(["pytest", "kodit.infrastructure.sql.rate_limits"])
    barrier = context.Barrier(PROCESSES)
    url = database.url.render_as_string(hide_password=False)
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(PROCESSES, mp_context=context, initializer=remember, initargs=(barrier,)) as pool:
        jobs = [loop.run_in_executor(pool, reserve_with_the_others, url) for _ in range(PROCESSES)]
        found = await asyncio.gather(*jobs)

    moments = sorted(moment for of_one in found for moment in of_one)
    assert moments == [NOON + number * SECOND for number in range(PROCESSES * TURNS)]
    assert all(earlier < later for of_one in found for earlier, later in pairwise(of_one))


rates = st.sampled_from([UNLIMITED, EACH_SECOND, Rate(7), Rate(90_000)])
seconds = st.integers(0, 200) | st.sampled_from([5 * 3_600, 3 * 24 * 3_600])
steps = st.one_of(
    st.tuples(st.just("reserve"), rates, st.integers(1, 50), seconds, st.integers(0, 200)),
    st.tuples(st.just("hold"), seconds, seconds),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(steps, min_size=1, max_size=12))
async def test_a_database_says_what_the_model_says(database, history):
    model, stored = MemoryRateLimits(), SqlRateLimits(database)
    async with database.write() as connection:
        await connection.exec_driver_sql("DELETE FROM rate_limits")
    for verb, *given_ in history:
        if verb == "hold":
            for limits in (model, stored):
                late, wait = given_
                await hold_back(limits, NOON + (late + wait) * SECOND, at=NOON + late * SECOND)
            assert await stored.held("model") == await model.held("model")
            continue
        rate, units, late, patience = given_
        asked = {"rate": rate, "at": NOON + late * SECOND, "patience": patience * SECOND}
        assert await reserve(stored, units, **asked) == await reserve(model, units, **asked)
