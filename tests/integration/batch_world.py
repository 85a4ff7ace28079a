"""One index with texts to embed, a service that does it in jobs, and workers that die where a test says."""

import asyncio
import shutil
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from inspect import isasyncgenfunction, iscoroutinefunction

from kodit.application.indexing.batch_embedding import BatchEmbedding
from kodit.application.indexing.missing_vectors import MissingVectors
from kodit.application.indexing.vectors import VectorFollower
from kodit.domain.code.marks import Derived
from kodit.domain.code.replacement import SnippetChanges
from kodit.domain.code.snippet import Snippet, SnippetKind, content_hash
from kodit.domain.errors import InvalidInput
from kodit.domain.search.embedding_job import JobLook, JobState
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
        jobs = BatchEmbedding(
            vectors=MissingVectors(follower.storage, self.embedder),
            index_id=1,
            kind=VectorKind.CODE,
            batches=mortal.around(self.service),
            task=self.task,
            now=lambda: self.now,
        )
        return jobs, follower

    async def attempt(self, life=None):
        jobs, follower = self.embedding(life)
        return await jobs.embed(partial(follower.texts, _texts))

    async def forget(self):
        await self.embedding()[0].forget()

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


def made_at(path):
    """A database there, with one source and one file."""

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
    """A copy of such a database, in a world of its own."""
    world = World(shutil.copy(template, directory / "kodit.db"))
    yield world
    await world.database.close()
