"""Vectors of artifacts by batch jobs: nobody waits, nothing is sent off twice, whoever goes on and however jobs end."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kodit.application.artifacts.missing_vectors import MissingVectors, VectorJobs
from kodit.application.unit_of_work import Storage
from kodit.domain.artifacts.entries import TextToEmbed
from kodit.domain.errors import BadAnswer, InvalidInput
from kodit.domain.search.embedding_job import BatchResult, JobLook, JobState
from kodit.domain.search.ports import Vector
from kodit.domain.tasks.policy import Snoozed
from kodit.domain.tasks.task import Task, TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.memory.batch_embedder import MemoryBatchEmbedder
from kodit.infrastructure.memory.embedder import HashingEmbedder
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from kodit.infrastructure.sql.unit_of_work import SqlStorage

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TEXTS = [TextToEmbed(f"key{number:02}", f"package number {number}") for number in range(25)]
"""Two full jobs of ten, and five."""
TASK = Task(
    id=7,
    run_id=1,
    type=TaskType.EXPORT,
    priority=50,
    payload={},
    dedup_key="job",
    created_at=NOON,
    ready_at=NOON,
    state=TaskState.RUNNING,
    max_attempts=4,
    started_at=NOON,
)


class Counting(HashingEmbedder):
    """Remembers what it was asked, and refuses what is poison."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        if any("poison" in text for text in texts):
            raise InvalidInput("the text is not taken")
        self.asked += texts
        return await super().embed(texts)


class Service(MemoryBatchEmbedder):
    """Ends its jobs as a test says, by their number; a job is looked at once before it has ended."""

    def __init__(self, ends: Callable[[int], JobState] = lambda number: JobState.ENDED) -> None:
        super().__init__(HashingEmbedder())
        self.ends = ends
        self.begun: dict[str, Mapping[str, str]] = {}
        self.looked: set[str] = set()
        self.stopped: list[str] = []
        self.leaves_out: set[str] = set()

    async def start(self, token: str) -> str:
        name = await super().start(token)
        self.begun[name] = self._lying[name]
        return name

    async def look(self, name: str) -> JobLook:
        if name not in self.looked:
            self.looked.add(name)
            return JobLook(state=JobState.RUNNING, said="InProgress")
        await super().look(name)
        state = self.ends(list(self.begun).index(name))
        return JobLook(state=state, said=state.value, message="so it is")

    async def stop(self, name: str) -> None:
        self.stopped.append(name)

    async def results(self, name: str) -> AsyncIterator[Sequence[BatchResult]]:
        async for some in super().results(name):
            yield [one for one in some if one.key not in self.leaves_out]


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'kodit.db'}")
    await upgrade(database)
    yield SqlStorage(database)
    await database.close()


def _jobs(storage: Storage, service: Service, *, at: datetime = NOON) -> VectorJobs:
    return VectorJobs(vectors=MissingVectors(storage, Counting()), batches=service, task=TASK, now=lambda: at)


async def _vectors(jobs: VectorJobs) -> Mapping[str, Vector]:
    return await jobs.vectors.of(TEXTS)


async def test_nobody_waits_for_a_job_and_what_is_too_little_for_one_is_embedded_at_once(storage: Storage) -> None:
    service = Service()
    jobs = _jobs(storage, service)
    waiting = await jobs.step(TEXTS)
    assert waiting == Snoozed(service.terms.interval, "waits for memory: 25 texts")
    assert await jobs.step(TEXTS) is None
    assert [len(texts) for texts in service.begun.values()] == [10, 10, 5]
    assert len(await _vectors(jobs)) == 25
    assert jobs.vectors.embedder.asked == []


async def test_fewer_texts_than_a_job_has_are_for_the_embedder(storage: Storage) -> None:
    service = Service()
    jobs = _jobs(storage, service)
    assert await jobs.step(TEXTS[:2]) is None
    assert service.begun == {}
    assert len(await jobs.vectors.of(TEXTS[:2])) == 2
    assert jobs.vectors.embedder.asked == ["package number 0", "package number 1"]


async def test_whoever_goes_on_at_any_step_finds_the_same_jobs(storage: Storage) -> None:
    service = Service()
    for _ in range(3):
        await _jobs(storage, service).step(TEXTS)
    assert len(service.begun) == 3
    sent = [text for texts in service.begun.values() for text in texts.values()]
    assert sorted(sent) == sorted(text.text for text in TEXTS)


async def test_another_machine_with_nothing_stored_finds_the_same_jobs(storage: Storage, tmp_path: Path) -> None:
    service = Service()
    await _jobs(storage, service).step(TEXTS)
    (tmp_path / "another").mkdir()
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'another' / 'kodit.db'}")
    await upgrade(database)
    jobs = _jobs(SqlStorage(database), service)
    assert await jobs.step(TEXTS) is None
    assert len(service.begun) == 3
    assert len(await _vectors(jobs)) == 25
    await database.close()


async def test_what_a_job_left_out_is_for_the_embedder(storage: Storage) -> None:
    service = Service()
    service.leaves_out = {"key03"}
    jobs = _jobs(storage, service)
    await jobs.step(TEXTS)
    assert await jobs.step(TEXTS) is None
    assert len(await _vectors(jobs)) == 25
    assert jobs.vectors.embedder.asked == ["package number 3"]


async def test_a_job_that_failed_is_followed_by_another_one(storage: Storage) -> None:
    service = Service(ends=lambda number: JobState.FAILED if number == 0 else JobState.ENDED)
    jobs = _jobs(storage, service)
    assert [isinstance(await jobs.step(TEXTS), Snoozed) for _ in range(3)] == [True, True, False]
    assert len(service.begun) == 4
    assert len(await _vectors(jobs)) == 25


async def test_jobs_that_fail_again_and_again_are_given_up(storage: Storage) -> None:
    service = Service(ends=lambda number: JobState.FAILED)
    jobs = _jobs(storage, service)
    for _ in range(3):
        assert isinstance(await jobs.step(TEXTS), Snoozed)
    with pytest.raises(BadAnswer, match="3 jobs of memory failed, the last one as failed: so it is"):
        await jobs.step(TEXTS)


async def test_a_job_that_takes_too_long_is_stopped(storage: Storage) -> None:
    service = Service()
    with pytest.raises(BadAnswer, match="has not ended after"):
        await _jobs(storage, service, at=NOON + timedelta(hours=1)).step(TEXTS)
    assert len(service.stopped) == 1


async def test_what_is_refused_keeps_nothing_else_from_its_vector_and_never_gets_one(storage: Storage) -> None:
    vectors = MissingVectors(storage, Counting())
    found = await vectors.of([*TEXTS[:3], TextToEmbed("bad", "poison")])
    assert sorted(found) == ["key00", "key01", "key02"]
    assert vectors.refused == {"bad": "the text is not taken"}


async def test_what_was_embedded_once_is_not_embedded_again(storage: Storage) -> None:
    await MissingVectors(storage, Counting()).of(TEXTS[:5])
    embedder = Counting()
    assert len(await MissingVectors(storage, embedder).of(TEXTS[:6])) == 6
    assert embedder.asked == ["package number 5"]
