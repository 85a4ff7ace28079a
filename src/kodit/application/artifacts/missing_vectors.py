"""The vectors that a full artifact has none of, from what is stored, by the embedder, or by batch jobs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kodit.application.unit_of_work import Storage
from kodit.domain.artifacts.entries import TextToEmbed
from kodit.domain.errors import BadAnswer, InvalidInput, NotFound, RateLimited
from kodit.domain.search.batch_ports import BatchEmbedder
from kodit.domain.search.embedding_job import OPEN, Bundling, JobState, token_of
from kodit.domain.search.ports import Embedder, Vector
from kodit.domain.tasks.policy import Snoozed
from kodit.domain.tasks.task import Task

AT_ONCE = 1_000
"""Texts that the embedder is given at a time: what was made before it failed is stored."""

ROUNDS = 3
"""How many jobs with the same texts may fail."""


@dataclass(slots=True)
class MissingVectors:
    """Makes each vector once, and stores it under the hash of what was embedded before anything is done with it.

    `refused` says of the texts that have no vector why, by their keys.
    """

    storage: Storage
    embedder: Embedder
    refused: dict[str, str] = field(default_factory=dict)

    async def of(self, texts: Sequence[TextToEmbed]) -> Mapping[str, Vector]:
        """The vectors of texts by their keys; those that were refused are left out."""
        wanted = {text.key: text.text for text in texts}
        known = dict(await self.known(wanted))
        lacking = {key: text for key, text in wanted.items() if key not in known and key not in self.refused}
        return {**known, **await self.made(lacking)}

    async def known(self, keys: Mapping[str, str]) -> Mapping[str, Vector]:
        """Those that are stored."""
        model, dimension = self.embedder.model, self.embedder.dimension
        async with self.storage.read() as unit:
            return await unit.embeddings.get(list(keys), model=model, dimension=dimension)

    async def made(self, texts: Mapping[str, str]) -> Mapping[str, Vector]:
        """Have the embedder make vectors, and store them."""
        vectors: dict[str, Vector] = {}
        keys = list(texts)
        for start in range(0, len(keys), AT_ONCE):
            some = {key: texts[key] for key in keys[start : start + AT_ONCE]}
            vectors |= await self._stored(some)
        return vectors

    async def store(self, vectors: Mapping[str, Vector]) -> None:
        """Keep vectors that somebody else has made."""
        if vectors:
            async with self.storage.write() as unit:
                await unit.embeddings.add(vectors, model=self.embedder.model, dimension=self.embedder.dimension)

    async def _stored(self, texts: Mapping[str, str]) -> Mapping[str, Vector]:
        try:
            vectors = dict(zip(texts, await self.embedder.embed(list(texts.values())), strict=True))
        except (BadAnswer, InvalidInput) as error:
            if len(texts) == 1:
                self.refused |= {key: str(error) for key in texts}
                return {}
            # One that is refused does not keep the others from their vectors.
            return {key: vector for one in texts for key, vector in (await self._stored({one: texts[one]})).items()}
        await self.store(vectors)
        return vectors


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorJobs:
    """Has a service embed in jobs what an artifact lacks, a step at each attempt of the task.

    A job is known by a token made of its texts, and of how many jobs with them have failed. So whoever goes on after an
    interruption, with nothing in his hands, finds the same jobs, and no text is sent off twice.
    """

    vectors: MissingVectors
    batches: BatchEmbedder
    task: Task
    now: Callable[[], datetime]

    async def step(self, texts: Sequence[TextToEmbed]) -> Snoozed | None:
        """Do what can be done now; None when all jobs are over, and what they left out is for the embedder.

        Raises BadAnswer for jobs that failed again and again, and for one that took too long.
        """
        waiting = 0
        for bundle in self._bundles(texts):
            known = await self.vectors.known(bundle)
            if len(known) < len(bundle):
                waiting += await self._go_on(bundle)
        if not waiting:
            return None
        terms = self.batches.terms
        return Snoozed(terms.interval, f"waits for {terms.service}: {waiting:,} texts")

    def _bundles(self, texts: Sequence[TextToEmbed]) -> Iterator[Mapping[str, str]]:
        """The texts of each job: the same ones at every step, whatever is stored by then."""
        bundling = Bundling(self.batches.terms)
        unique = {text.key: text.text for text in texts if text.text.strip()}
        for key, text in unique.items():
            if full := bundling.add(key, text):
                yield full
        rest = bundling.rest()
        if len(rest) >= self.batches.terms.least:
            yield rest

    async def _go_on(self, bundle: Mapping[str, str]) -> int:
        """How many texts are to be waited for."""
        left, embedder = bundle, self.vectors.embedder
        for number in range(1, ROUNDS + 1):
            if len(left) < self.batches.terms.least:
                return 0
            token = token_of(embedder.model, embedder.dimension, number, left)
            try:
                name = await self._started(token, left)
            except RateLimited:
                # The service takes no more jobs until some of those have ended that it has.
                return len(left)
            look = await self.batches.look(name)
            if look.state in OPEN:
                await self._must_not_be_overdue(name)
                return len(left)
            made = await self._collected(name) if look.state is not JobState.FAILED else set[str]()
            if look.state is JobState.ENDED:
                return 0
            left = {key: text for key, text in left.items() if key not in made}
        why = f": {look.message}" if look.message else ""
        raise BadAnswer(f"{ROUNDS} jobs of {self.batches.terms.service} failed, the last one as {look.said}{why}")

    async def _started(self, token: str, bundle: Mapping[str, str]) -> str:
        try:
            return await self.batches.start(token)
        except NotFound:
            await self.batches.lay(token, bundle)
            return await self.batches.start(token)

    async def _collected(self, name: str) -> set[str]:
        """The keys of what the job has made, which is stored."""
        made: set[str] = set()
        async for results in self.batches.results(name):
            vectors = {one.key: one.vector for one in results if one.key and one.vector is not None}
            await self.vectors.store(vectors)
            made |= vectors.keys()
        return made

    async def _must_not_be_overdue(self, name: str) -> None:
        terms = self.batches.terms
        if self.now() - (self.task.started_at or self.task.created_at) > terms.patience:
            await self.batches.stop(name)
            raise BadAnswer(f"job {name} of {terms.service} has not ended after {terms.patience}", remedy=terms.remedy)
