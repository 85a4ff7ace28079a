"""Batch jobs step by step: killed anywhere and taken up by somebody else, ended in every way that a service knows."""

import asyncio
import shutil
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from inspect import isasyncgenfunction, iscoroutinefunction

import pytest

from kodit.application.indexing.batch_embedding import ROUNDS, TRIES, BatchEmbedding, Embedded
from kodit.application.indexing.vectors import VectorFollower
from kodit.domain.code.marks import Derived
from kodit.domain.code.replacement import SnippetChanges
from kodit.domain.code.snippet import Snippet, SnippetKind, content_hash
from kodit.domain.errors import BadAnswer, InvalidInput, NotFound, RateLimited, Unavailable
from kodit.domain.search.embedding_job import BatchResult, JobLook, JobState
from kodit.domain.search.ports import VectorKind
from kodit.domain.sources.file import File, FileStatus
from kodit.domain.sources.source import Source, SourceKind
from kodit.domain.tasks.policy import Snoozed
from kodit.domain.tasks.task import Task, TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.memory.batch_embedder import MemoryBatchEmbedder
from kodit.infrastructure.memory.embedder import HashingEmbedder
from kodit.infrastructure.memory.vector_index import MemoryVectorIndex
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from kodit.infrastructure.sql.unit_of_work import SqlStorage

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TASK = Task(
    id=7,
    run_id=1,
    type=TaskType.CODE_EMBEDDINGS,
    priority=50,
    payload={},
    dedup_key="index:1",
    created_at=NOON,
    ready_at=NOON,
    state=TaskState.RUNNING,
    max_attempts=4,
    started_at=NOON,
)
JOBS, FEW = 15, 2
TEXTS = [f"def number_{number}(): return {number}" for number in range(JOBS)]
"""A full job and one of five."""


class Killed(Exception):
    """What a step ends in where its worker dies."""


class Mortal:
    """Whatever it wraps, until the worker dies: before or after a call that changes something, by its number."""

    def __init__(self, life):
        self._life = life

    def around(self, inner):
        outer = self

        class Wrapped:
            def __getattr__(self, name):
                found = getattr(inner, name)
                if isasyncgenfunction(found):
                    return lambda *given: outer._each(found(*given))
                if iscoroutinefunction(found):
                    return lambda *given, **named: outer._call(found, given, named)
                return found

            @asynccontextmanager
            async def write(self):
                outer._life.point()
                async with inner.write() as unit:
                    yield unit
                outer._life.point()

        return Wrapped()

    async def _call(self, found, given, named):
        self._life.point()
        answer = await found(*given, **named)
        self._life.point()
        return answer

    async def _each(self, found):
        self._life.point()
        async for one in found:
            yield one
            self._life.point()


class Life:
    """Ends at a point, by its number; never without one."""

    def __init__(self, end=None):
        self.passed = 0
        self._end = end

    def point(self):
        self.passed += 1
        if self.passed == self._end:
            raise Killed


class Counting(HashingEmbedder):
    """Remembers what it was asked, and refuses what is poison."""

    def __init__(self):
        super().__init__()
        self.asked = []

    async def embed(self, texts):
        if any("poison" in text for text in texts):
            raise InvalidInput("the text is not taken")
        self.asked += texts
        return await super().embed(texts)


class Service(MemoryBatchEmbedder):
    """Ends jobs as a test says, and gives their results as it says."""

    def __init__(self, ends=lambda name: JobState.ENDED, result=lambda result: result):
        super().__init__(HashingEmbedder())
        self.ends, self.result = ends, result
        self.begun, self.stopped = {}, []

    async def start(self, token):
        name = await super().start(token)
        self.begun[name] = self._lying[name]
        return name

    async def look(self, name):
        await super().look(name)
        state = self.ends(name)
        return JobLook(state=state, said=state.value, message="so it is" if state is JobState.FAILED else None)

    async def stop(self, name):
        self.stopped.append(name)

    async def results(self, name):
        async for some in super().results(name):
            changed = [self.result(one) for one in some]
            yield [one for one in changed if one is not None]

    @property
    def sent(self):
        """Every text that was sent off in a job, as often as it was."""
        return [text for texts in self.begun.values() for text in texts.values()]


class World:
    """One index in a database of its own, and a service."""

    def __init__(self, path):
        self.database = Database(f"sqlite+aiosqlite:///{path}")
        self.storage = SqlStorage(self.database)
        self.embedder = Counting()
        self.service = Service()
        self.now = NOON
        self.task = TASK

    async def add(self, *contents):
        async with self.storage.write() as unit:
            [file] = (await unit.files.of(1)).values()
            snippets = [_snippet(content, number) for number, content in enumerate(contents, start=1)]
            await unit.snippets.apply(1, [SnippetChanges(file_id=file.id, add=snippets)])

    def embedding(self, life=None):
        mortal = Mortal(life or Life())
        follower = VectorFollower(
            storage=mortal.around(self.storage),
            embedder=self.embedder,
            vector_index=MemoryVectorIndex(),
            index_id=1,
            kind=VectorKind.CODE,
            derived=Derived.CODE_VECTORS,
            model=self.embedder.model,
        )
        batches = mortal.around(self.service)
        return BatchEmbedding(follower=follower, batches=batches, task=self.task, now=lambda: self.now)

    async def attempt(self, life=None):
        return await self.embedding(life).embed(_texts)

    async def attempts(self, most=30):
        """Look again until nothing is waited for."""
        for _ in range(most):
            came_of_it = await self.attempt()
            if not isinstance(came_of_it, Snoozed):
                return came_of_it
            self.now += came_of_it.after
        raise AssertionError("it waits for ever")

    async def stored(self):
        keys = [content_hash("a.py", text) for text in self.texts]
        async with self.storage.read() as unit:
            return await unit.embeddings.get(keys, model=self.embedder.model, dimension=self.embedder.dimension)

    texts = TEXTS

    async def jobs(self):
        async with self.storage.read() as unit:
            return await unit.embedding_jobs.of(1, VectorKind.CODE, model=self.embedder.model)


def _snippet(content, line):
    return Snippet(
        path="a.py",
        start_line=line,
        end_line=line,
        kind=SnippetKind.FUNCTION,
        language="python",
        content=content,
        content_hash=content_hash("a.py", content),
    )


async def _texts(page):
    return {stored.snippet.content_hash: stored.snippet.content for stored in page}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A database with one source and one file."""
    path = tmp_path_factory.mktemp("template") / "kodit.db"

    async def make():
        world = World(path)
        await upgrade(world.database)
        async with world.storage.write() as unit:
            await unit.sources.add(Source(name="demo", kind=SourceKind.DIRECTORY, location="/demo", created_at=NOON))
            file = File(index_id=1, path="a.py", size=1, mtime_ns=1, content_hash="1" * 64, status=FileStatus.ADDED)
            await unit.files.save([file])
        await world.add(*TEXTS, TEXTS[3], TEXTS[4])
        await world.database.close()

    asyncio.run(make())
    return path


@asynccontextmanager
async def opened(template, directory):
    world = World(shutil.copy(template, directory / "kodit.db"))
    yield world
    await world.database.close()


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
    await world.embedding().forget()
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
            await world.embedding().forget()
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
    await world.embedding().forget()
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
    world.task = replace(TASK, started_at=world.now + timedelta(seconds=1))
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
    world.task = replace(TASK, id=99, started_at=NOON + timedelta(hours=1))
    world.now += timedelta(seconds=10)

    assert (await world.attempts()).number == JOBS
    assert sorted(world.service.sent) == sorted(TEXTS)
