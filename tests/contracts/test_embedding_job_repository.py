"""What every EmbeddingJobRepository promises."""

from dataclasses import replace
from datetime import timedelta

import pytest
from homes import EachVerbItsOwnUnit
from indexed_nouns import NOON, a_source

from kodit.domain.search.embedding_job import EmbeddingJob, JobLook, JobState, Laid
from kodit.domain.search.ports import VectorKind
from kodit.infrastructure.memory.embedding_job_repository import MemoryEmbeddingJobRepository

MODEL = "bedrock-titan-256d"
MINUTE = timedelta(minutes=1)
NEW = EmbeddingJob(
    index_id=1,
    task_id=7,
    kind=VectorKind.CODE,
    model=MODEL,
    dimension=256,
    token="a" * 64,
    round=1,
    records=120,
    created_at=NOON,
)


@pytest.fixture
async def jobs(stored_in):
    """A repository that knows the sources 1 and 2."""
    if stored_in is None:
        return MemoryEmbeddingJobRepository()
    async with stored_in.write() as unit:
        assert [(await unit.sources.add(a_source(name))).id for name in ("demo", "other")] == [1, 2]
    return EachVerbItsOwnUnit(stored_in, "embedding_jobs")


async def of(jobs, index_id=1, kind=VectorKind.CODE, model=MODEL):
    return list(await jobs.of(index_id, kind, model=model))


async def test_a_job_comes_back_as_it_went_in(jobs):
    added = await jobs.add(NEW)

    assert added == replace(NEW, id=added.id)
    assert await of(jobs) == [added]


async def test_one_with_the_same_token_is_given_in_its_place(jobs):
    added = await jobs.add(NEW)
    started = added.started("arn:job", now=NOON)
    await jobs.update(started)

    assert await jobs.add(replace(NEW, created_at=NOON + MINUTE)) == started
    assert await of(jobs) == [started]


async def test_everything_that_changes_is_stored(jobs):
    job = await jobs.add(NEW)
    for changed in (
        job := job.laid(Laid(reads_from="s3://in/a.jsonl", writes_to="s3://out/")),
        job := job.started("arn:job", now=NOON + MINUTE),
        job := job.seen(JobLook(state=JobState.ENDED, said="Completed", message="fine"), now=NOON + 2 * MINUTE),
        job := job.collected(118, {"b" * 64: "too long", "c" * 64: "odd \0 \ud800"}),
    ):
        await jobs.update(changed)

    [stored] = await of(jobs)
    assert stored == job
    assert (stored.state, stored.embedded, stored.refused) == (JobState.COLLECTED, 118, ("b" * 64, "c" * 64))
    assert (stored.started_at, stored.looked_at) == (NOON + MINUTE, NOON + 2 * MINUTE)


async def test_kinds_indexes_and_models_have_jobs_of_their_own(jobs):
    added = [
        await jobs.add(job)
        for job in (
            NEW,
            replace(NEW, kind=VectorKind.TEXT),
            replace(NEW, index_id=2),
            replace(NEW, model="another"),
            replace(NEW, token="b" * 64),
        )
    ]

    assert await of(jobs) == [added[0], added[4]]
    assert await of(jobs, kind=VectorKind.TEXT) == [added[1]]
    assert await of(jobs, index_id=2) == [added[2]]
    assert await of(jobs, model="another") == [added[3]]


async def test_what_is_forgotten_is_gone_and_the_rest_stays(jobs):
    first, second = await jobs.add(NEW), await jobs.add(replace(NEW, token="b" * 64))
    await jobs.forget([first.id, 4711])
    await jobs.update(first)
    await jobs.forget([])

    assert await of(jobs) == [second]


async def test_a_source_takes_its_jobs_along(storage):
    async with storage.write() as unit:
        source = await unit.sources.add(a_source("demo"))
        await unit.embedding_jobs.add(replace(NEW, index_id=source.id))
    async with storage.write() as unit:
        await unit.sources.remove(source.id)
    async with storage.read() as unit:
        assert await of(unit.embedding_jobs, index_id=source.id) == []
