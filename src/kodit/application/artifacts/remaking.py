"""Makes an artifact from a full one, as part of EXPORT: gives it the vectors that it lacks, or minifies it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from kodit.application.artifacts.export_order import ExportOrder
from kodit.application.artifacts.missing_vectors import MissingVectors, VectorJobs
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.artifacts.artifact import Artifact
from kodit.domain.artifacts.ports import ArtifactWriter, OpenArtifact
from kodit.domain.artifacts.terms import Targets
from kodit.domain.search.batch_ports import BatchEmbedder
from kodit.domain.search.ports import Embedder
from kodit.domain.tasks.policy import Done, Outcome, Snoozed
from kodit.domain.tasks.progress import TaskOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaking:
    """Carries out orders that name a full artifact to begin with."""

    storage: Storage
    embedder: Embedder
    batch_embedder: BatchEmbedder | None
    artifact_writer: ArtifactWriter
    open_artifact: OpenArtifact
    now: Callable[[], datetime]

    async def remade(self, work: Work, order: ExportOrder, source: str) -> Outcome:
        """The full artifact with all vectors, where one is ordered; then the minified one made of it."""
        made: list[Artifact] = []
        counts: dict[str, int] = {}
        if order.targets.full is not None:
            vectors = MissingVectors(self.storage, self.embedder)
            if waiting := await self._by_jobs(work, vectors, source):
                return waiting
            made += await self._embedded(work, order, vectors, source)
            counts = {"entries_embedded": made[-1].manifest.embedded, "texts_refused": len(vectors.refused)}
        if order.targets.minified is not None:
            minified = Targets(minified=order.targets.minified, force=order.targets.force)
            begun = order.targets.full or source
            made += await self.artifact_writer.minify(begun, minified, order.terms, work.progress.step)
        return Done({"artifacts_built": len(made), "entries_exported": made[0].manifest.entries, **counts})

    async def _by_jobs(self, work: Work, vectors: MissingVectors, source: str) -> Snoozed | None:
        if self.batch_embedder is None:
            return None
        embedder = self.embedder
        async with self.open_artifact(source) as artifact:
            texts = await artifact.unembedded(model=embedder.model, dimension=embedder.dimension)
        jobs = VectorJobs(vectors=vectors, batches=self.batch_embedder, task=work.task, now=self.now)
        async with work.progress.step(TaskOperation.EMBED_TEXTS, total=len(texts)) as step:
            waiting = await jobs.step(texts)
            if waiting is not None:
                await step.skip(waiting.note)
        return waiting

    async def _embedded(self, work: Work, order: ExportOrder, vectors: MissingVectors, source: str) -> list[Artifact]:
        async with self.open_artifact(source) as artifact:
            before = artifact.manifest.origin
        origin = replace(before, model=self.embedder.model, dimension=self.embedder.dimension)
        target = Targets(full=order.targets.full, force=order.targets.force)
        return list(
            await self.artifact_writer.embed(source, target, origin, vectors.of, order.terms, work.progress.step)
        )
