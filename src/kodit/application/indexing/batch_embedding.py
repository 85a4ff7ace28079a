"""Embedding what is new in batch jobs, an attempt of the task at each step: nobody waits for a job."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from kodit.application.indexing.missing_vectors import MissingVectors
from kodit.application.indexing.vectors import Texts, VectorFollower
from kodit.application.tasks.progress import RunningStep
from kodit.application.tasks.work import Work
from kodit.domain.errors import BadAnswer, KoditError, NotFound, RateLimited, Unavailable
from kodit.domain.search.batch_ports import BatchEmbedder
from kodit.domain.search.embedding_job import OPEN, BatchResult, Bundling, EmbeddingJob, JobLook, JobState, token_of
from kodit.domain.search.ports import VectorKind
from kodit.domain.tasks.policy import Snoozed
from kodit.domain.tasks.task import Task

TRIES = 3
"""How often a text is sent off that the service refuses each time."""
ROUNDS = 10
"""How often texts are sent off at all: a service that leaves some of them out each time is asked no more."""

Pages = Callable[[], AsyncIterator[Mapping[str, str]]]
"""Gives the texts that may lack a vector, by their keys, some at a time: anew whenever it is called."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """How many texts got a vector, and why those did not that are `refused`, by their keys."""

    number: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_words(self) -> str:
        """How many were refused, with an example; empty for none."""
        if not self.refused:
            return ""
        return f"{len(self.refused):,} without a vector, such as {next(iter(self.refused.values()))}"

    def counts(self, kind: str) -> Mapping[str, int]:
        """The same for a run's counters: what was refused is told only where something was."""
        refused = {f"{kind}_refused": len(self.refused)} if self.refused else {}
        return {f"{kind}_embedded": self.number, **refused}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEmbedding:
    """One step on the way of all that lacks a vector, for one kind of vectors of one index.

    Everything that the next step needs is stored before this one ends: the jobs, with what identifies them before
    anybody else knows of them, and each vector under the hash of what was embedded. So whoever takes the task up again
    finds the same jobs, and sends nothing off twice.
    """

    vectors: MissingVectors
    index_id: int
    kind: VectorKind
    batches: BatchEmbedder
    task: Task
    now: Callable[[], datetime]

    async def embed(self, pages: Pages, *, begun: bool = False) -> Embedded | Snoozed:
        """Embed what has no vector yet, as far as it can be done now; the index has others where it is `begun`.

        Raises BadAnswer where no text at all could be embedded, and what `look` raises.
        """
        return await self.look() or await self._send_off(pages, begun)

    async def embed_telling(self, step: RunningStep, total: int, pages: Pages, *, begun: bool) -> Embedded | Snoozed:
        """As `embed`, and tell the step what came of it: that all of the `total` are passed, or what is waited for."""
        came_of_it = await self.embed(pages, begun=begun)
        if isinstance(came_of_it, Snoozed):
            await step.skip(came_of_it.note)
            return came_of_it
        await step.advance(total)
        if came_of_it.refused:
            await step.remark(came_of_it.in_words)
        return came_of_it

    async def look(self) -> Snoozed | None:
        """Go on with the jobs that there are; gives a snooze when some are still under way.

        Raises Unavailable for a job that failed, BadAnswer for one that was stopped or took too long.
        """
        problems = [await self._go_on(job) for job in await self._jobs() if job.state in OPEN]
        # After a look at all of them, so that what ended together costs one attempt.
        if problem := next(filter(None, problems), None):
            raise problem
        return self._wait(await self._jobs())

    async def forget(self) -> None:
        """Nothing is to be remembered of jobs whose vectors are all where they belong."""
        if over := [job.id for job in await self._jobs() if job.state not in OPEN]:
            async with self.vectors.storage.write() as unit:
                await unit.embedding_jobs.forget(over)

    async def _jobs(self) -> Sequence[EmbeddingJob]:
        async with self.vectors.storage.read() as unit:
            return await unit.embedding_jobs.of(self.index_id, self.kind, model=self.vectors.embedder.model)

    async def _go_on(self, job: EmbeddingJob) -> KoditError | None:
        """Take an open job as far as it goes now; gives what went wrong with it for good."""
        if job.name is None:
            started = await self._started(job)
            if started is None or started.name is None:
                return None
            job = started
        look = await self._look(job.name or "")
        job = job.seen(look, now=self.now())
        if job.state in (JobState.ENDED, JobState.STOPPED, JobState.EXPIRED):
            # What was embedded until it was ended is paid for, and need not be embedded again.
            job = await self._collected(job)
        elif job.state is JobState.RUNNING and job.is_overdue(self.batches.terms, now=self.now()):
            await self.batches.stop(job.name or "")
            job = job.overdue(self.batches.terms)
        await self._store(job)
        return self._problem(job, look.said)

    async def _look(self, name: str) -> JobLook:
        try:
            return await self.batches.look(name)
        except NotFound:
            return JobLook(state=JobState.FAILED, said="forgotten", message="the service knows nothing of it any more")

    async def _started(self, job: EmbeddingJob) -> EmbeddingJob | None:
        """The job in the hands of the service, the same one however often it is asked; None when it must wait."""
        try:
            job = job.started(await self.batches.start(job.token), now=self.now())
        except NotFound:
            # Somebody died before the texts lay there: they are still to be sent off.
            async with self.vectors.storage.write() as unit:
                await unit.embedding_jobs.forget([job.id])
            return None
        except RateLimited:
            if job.is_overdue(self.batches.terms, now=self.now()):
                raise
            return None
        await self._store(job)
        return job

    async def _collected(self, job: EmbeddingJob) -> EmbeddingJob:
        """The job once all its vectors are stored."""
        embedded, refused = 0, dict[str, str]()
        async for results in self.batches.results(job.name or ""):
            vectors = {result.key: result.vector for result in results if result.vector is not None}
            refused |= {result.key: _in_words(result) for result in results if result.vector is None}
            await self.vectors.store(vectors)
            embedded += len(vectors)
        return job.collected(embedded, refused)

    def _problem(self, job: EmbeddingJob, said: str) -> KoditError | None:
        name = f"job {job.name} of {self.batches.terms.service}"
        why = f": {job.message}" if job.message else ""
        if job.state in (JobState.FAILED, JobState.EXPIRED):
            return Unavailable(f"{name} ended as {said}{why}", remedy="what it could not embed is sent off once more")
        if job.state is JobState.STOPPED:
            remedy = f"embed what is left: kodit queue retry {self.task.id}"
            if job.is_overdue(self.batches.terms, now=self.now()):
                remedy = f"{self.batches.terms.remedy}; {remedy}"
            return BadAnswer(f"{name} was stopped{why}", remedy=remedy)
        return None

    def _wait(self, jobs: Sequence[EmbeddingJob]) -> Snoozed | None:
        """The snooze for jobs that are open."""
        waiting = [job for job in jobs if job.state in OPEN]
        if not waiting:
            return None
        texts, terms = sum(job.records for job in waiting), self.batches.terms
        number = f"{len(waiting)} job{'' if len(waiting) == 1 else 's'}"
        return Snoozed(terms.interval, f"waits for {terms.service}: {number} with {texts:,} texts")

    async def _send_off(self, pages: Pages, begun: bool) -> Embedded | Snoozed:
        """Plan and start jobs for what lacks a vector; what is too little for a job is embedded at once."""
        jobs = await self._jobs()
        mine = self._of_this_try(jobs)
        times = Counter(key for job in mine for key in job.refused)
        reasons = {key: job.message or "" for job in mine for key in job.refused}
        bundling = Bundling(self.batches.terms)
        async for key, text in self._missing(pages):
            if times[key] >= TRIES:
                self.vectors.refused[key] = reasons[key]
            elif not text.strip():
                # No service takes nothing; what it is worth is known without asking.
                await self.vectors.made({key: text})
            elif texts := bundling.add(key, text):
                await self._planned(texts, jobs)
        rest = bundling.rest()
        if len(rest) >= self.batches.terms.least:
            await self._planned(rest, jobs)
            rest = {}
        if waiting := self._wait(await self._jobs()):
            return waiting
        # No job is open any more, and what is left is too little for one.
        number = sum(job.embedded for job in jobs) + len(await self.vectors.made(rest))
        embedded = Embedded(number, dict(self.vectors.refused))
        if embedded.refused and not begun and not await self._has_any(pages):
            raise BadAnswer(f"nothing could be embedded: {embedded.in_words}")
        return embedded

    async def _has_any(self, pages: Pages) -> bool:
        """Whether any of the texts has a vector."""
        async for texts in pages():
            if await self.vectors.known(texts):
                return True
        return False

    def _of_this_try(self, jobs: Sequence[EmbeddingJob]) -> Sequence[EmbeddingJob]:
        """Those whose results came back since the task was last begun anew."""
        since = self.task.started_at
        return [
            job
            for job in jobs
            if job.task_id == self.task.id and job.state is JobState.COLLECTED
            if since is None or job.created_at >= since
        ]

    async def _missing(self, pages: Pages) -> AsyncIterator[tuple[str, str]]:
        """What has no vector, each text once."""
        met: set[str] = set()
        async for texts in pages():
            known = await self.vectors.known(texts)
            for key, text in texts.items():
                if key not in known and key not in met:
                    met.add(key)
                    yield key, text

    async def _planned(self, texts: Mapping[str, str], jobs: Sequence[EmbeddingJob]) -> None:
        """Have a job done, after the `jobs` that there were.

        It is written down before anybody else knows of it, and is named by what it is about.
        """
        if len({job.round for job in self._of_this_try(jobs)}) >= ROUNDS:
            raise BadAnswer(f"{self.batches.terms.service} leaves texts out of its results, {ROUNDS} times by now")
        embedder = self.vectors.embedder
        number = 1 + max((job.round for job in jobs), default=0)
        job = EmbeddingJob(
            index_id=self.index_id,
            task_id=self.task.id,
            kind=self.kind,
            model=embedder.model,
            dimension=embedder.dimension,
            token=token_of(embedder.model, embedder.dimension, number, texts),
            round=number,
            records=len(texts),
            created_at=self.now(),
        )
        async with self.vectors.storage.write() as unit:
            job = await unit.embedding_jobs.add(job)
        job = job.laid(await self.batches.lay(job.token, texts))
        await self._store(job)
        await self._started(job)

    async def _store(self, job: EmbeddingJob) -> None:
        async with self.vectors.storage.write() as unit:
            await unit.embedding_jobs.update(job)


def jobs_of(
    vectors: MissingVectors, kind: VectorKind, work: Work, batches: BatchEmbedder | None, now: Callable[[], datetime]
) -> BatchEmbedding | None:
    """What embeds in jobs on behalf of a task; None where no service does."""
    if batches is None:
        return None
    return BatchEmbedding(vectors=vectors, index_id=work.index_id, kind=kind, batches=batches, task=work.task, now=now)


async def embedded(
    follower: VectorFollower, jobs: BatchEmbedding | None, texts_of: Texts, step: RunningStep
) -> Embedded | Snoozed:
    """Embed all that lacks a vector: by jobs where there are `jobs`, else by the embedder at once."""
    if jobs is None:
        return Embedded(await follower.embed(texts_of, step))
    total, begun = await follower.total(), bool(await follower.mark())
    return await jobs.embed_telling(step, total, partial(follower.texts, texts_of), begun=begun)


def _in_words(result: BatchResult) -> str:
    return f"{result.key[:12]}: {result.message}" if result.key else result.message
