"""Batch jobs step by step: killed anywhere and taken up by somebody else, ended in every way that a service knows."""

from datetime import timedelta

import pytest
from batch_world import FEW, JOBS, NOON, TASK, TEXTS, Killed, Life, made_at, opened

from kodit.application.indexing.batch_embedding import ROUNDS, TRIES, Embedded
from kodit.domain.code.snippet import content_hash
from kodit.domain.errors import BadAnswer, NotFound, RateLimited, Unavailable
from kodit.domain.search.embedding_job import BatchResult, JobState
from kodit.domain.tasks.policy import Snoozed


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A database with one source and one file."""
    return made_at(tmp_path_factory.mktemp("template") / "kodit.db")


@pytest.fixture
async def world(template, tmp_path):
    async with opened(template, tmp_path) as made:
        yield made


async def test_what_is_new_is_sent_off_once_and_waited_for(world):
    waiting = await world.attempt()

    assert waiting == Snoozed(timedelta(seconds=1), "waits for memory: 2 jobs with 15 texts")
    assert sorted(map(len, world.service.begun.values())) == [5, 10]
    assert await world.attempts() == Embedded(JOBS)
    assert sorted(world.service.sent) == sorted(TEXTS)
    assert len(await world.stored()) == JOBS
    assert world.embedder.asked == []


async def test_what_is_too_little_for_a_job_is_embedded_at_once(world):
    await world.attempts()
    await world.forget()
    await world.add("def one_more(): ...", "def another(): ...", " ")
    asked = await world.attempt()

    assert asked == Embedded(FEW)
    assert world.embedder.asked == [" ", "def one_more(): ...", "def another(): ..."]
    assert len(world.service.sent) == JOBS


async def test_it_may_die_anywhere_and_nothing_is_lost_or_sent_twice(template, tmp_path):
    """Whichever call was the last, whether it was carried out or not: whoever comes next ends where nobody died."""

    async def lived(life, directory):
        directory.mkdir()
        async with opened(template, directory) as world:
            await world.add("def one_more(): ...", "def another(): ...")
            for _ in range(10):
                try:
                    came_of_it = await world.attempt(life)
                except Killed:
                    continue
                if isinstance(came_of_it, Embedded):
                    break
            assert len(await world.stored()) == JOBS
            assert sorted(world.service.sent + world.embedder.asked) == sorted(
                [*TEXTS, "def one_more(): ...", "def another(): ..."]
            )
            assert came_of_it.number == JOBS + FEW
            await world.forget()
            assert list(await world.jobs()) == []
            return len(world.service.begun)

    undisturbed = Life()
    assert await lived(undisturbed, tmp_path / "undisturbed") == 2
    assert undisturbed.passed > 40
    for end in range(1, undisturbed.passed + 1):
        await lived(Life(end), tmp_path / str(end))


async def test_a_text_that_comes_back_without_a_vector_is_sent_a_few_times_and_then_told(world):
    lost = {content_hash("a.py", text) for text in TEXTS[:4]}
    world.service.result = lambda one: BatchResult(key=one.key, message="too odd") if one.key in lost else one
    came_of_it = await world.attempts()

    assert came_of_it.refused.keys() == lost
    assert came_of_it.number == JOBS - len(lost)
    assert came_of_it.in_words.startswith("4 without a vector, such as ")
    assert came_of_it.in_words.endswith(": too odd")
    assert [world.service.sent.count(text) for text in TEXTS] == [TRIES] * 4 + [1] * (JOBS - 4)
    assert (await world.stored()).keys().isdisjoint(lost)


async def test_few_that_came_back_without_a_vector_are_tried_at_once(world):
    lost = {content_hash("a.py", text) for text in TEXTS[:2]}
    world.service.result = lambda one: BatchResult(key=one.key, message="busy") if one.key in lost else one

    assert (await world.attempts()).refused == {}
    assert sorted(world.embedder.asked) == sorted(TEXTS[:2])
    assert len(await world.stored()) == JOBS


async def test_one_text_that_is_refused_at_once_keeps_no_other_from_its_vector(world):
    await world.attempts()
    await world.forget()
    await world.add("def poison(): ...", "def fine(): ...")
    came_of_it = await world.attempt()

    assert (came_of_it.number, len(came_of_it.refused)) == (1, 1)
    assert world.embedder.asked == ["def fine(): ..."]


async def test_where_nothing_at_all_can_be_embedded_it_fails(world):
    world.service.result = lambda one: BatchResult(key=one.key, message="no such dimensions")

    with pytest.raises(BadAnswer, match=r"nothing could be embedded: 15 without a vector.*no such dimensions"):
        await world.attempts()


async def test_a_service_that_leaves_texts_out_is_asked_no_more_in_the_end(world):
    left_out = {content_hash("a.py", text) for text in TEXTS[:5]}
    world.service.result = lambda one: None if one.key in left_out else one

    with pytest.raises(BadAnswer, match=f"leaves texts out of its results, {ROUNDS} times"):
        await world.attempts()
    assert len(await world.stored()) == JOBS - 5
    world.service.result = lambda one: one
    world.task = TASK._replace(started_at=world.now + timedelta(seconds=1))
    world.now += timedelta(seconds=2)
    assert (await world.attempts()).refused == {}


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.EXPIRED])
async def test_a_job_that_failed_is_another_attempts_affair(world, state):
    world.service.ends = lambda name: state
    await world.attempt()
    # One attempt for all that ended so.
    with pytest.raises(Unavailable, match=f"ended as {state}"):
        await world.attempt()

    world.service.ends = lambda name: JobState.ENDED
    assert (await world.attempts()).refused == {}
    assert len(await world.stored()) == JOBS
    # What an expired job has made is kept; of a failed one there is nothing.
    assert len(world.service.begun) == (4 if state is JobState.FAILED else 2)


async def test_a_job_that_was_stopped_ends_the_task(world):
    world.service.ends = lambda name: JobState.STOPPED
    await world.attempt()
    with pytest.raises(BadAnswer, match="was stopped") as caught:
        await world.attempt()

    assert caught.value.remedy == "embed what is left: kodit queue retry 7"


async def test_a_job_that_takes_too_long_is_stopped_and_ends_the_task(world):
    world.service.ends = lambda name: JobState.RUNNING
    for _ in range(60):
        await world.attempt()
        world.now += timedelta(seconds=1)
    assert world.service.stopped == []
    world.now += timedelta(seconds=1)
    with pytest.raises(BadAnswer, match=r"was stopped: it had not ended after 0:01:00") as caught:
        await world.attempt()

    assert caught.value.remedy.startswith("wait; ")
    assert len(world.service.stopped) == 2


async def test_a_job_that_the_service_has_forgotten_is_made_anew(world):
    def forgotten(name):
        raise NotFound("no such job")

    world.service.ends = forgotten
    await world.attempt()
    with pytest.raises(Unavailable, match="knows nothing of it any more"):
        await world.attempt()
    world.service.ends = lambda name: JobState.ENDED

    assert (await world.attempts()).number == JOBS


async def test_while_the_service_takes_no_more_jobs_it_waits(world):
    start, refused = world.service.start, []

    async def full(token):
        if len(refused) < 5:
            refused.append(token)
            raise RateLimited("twenty jobs are under way")
        return await start(token)

    world.service.start = full
    assert (await world.attempts()).number == JOBS
    assert sorted(world.service.sent) == sorted(TEXTS)


async def test_jobs_of_an_earlier_run_are_gone_on_with(world):
    await world.attempt()
    world.task = TASK._replace(id=99, started_at=NOON + timedelta(hours=1))
    world.now += timedelta(seconds=10)

    assert (await world.attempts()).number == JOBS
    assert sorted(world.service.sent) == sorted(TEXTS)


async def test_another_machine_with_nothing_stored_finds_the_same_jobs(world, template, tmp_path):
    await world.attempt()
    (tmp_path / "another").mkdir()
    async with opened(template, tmp_path / "another") as another:
        another.service = world.service

        assert await another.attempts() == Embedded(JOBS)
    assert sorted(world.service.sent) == sorted(TEXTS)


async def test_a_job_that_is_under_way_is_not_forgotten(world):
    await world.attempt()
    await world.forget()

    assert len(await world.jobs()) == 2
    await world.attempts()
    await world.forget()
    assert list(await world.jobs()) == []
