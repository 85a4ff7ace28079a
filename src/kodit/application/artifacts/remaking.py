"""Makes an artifact from a full one, as part of EXPORT: gives it the vectors that it lacks, or minifies it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kodit.application.artifacts.export_order import ExportOrder
from kodit.application.indexing.batch_embedding import BatchEmbedding, jobs_of
from kodit.application.indexing.missing_vectors import MissingVectors
from kodit.application.indexing.vectors import PAGE
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.artifacts.artifact import Artifact
from kodit.domain.artifacts.entries import TextToEmbed
from kodit.domain.artifacts.ports import ArtifactWriter, OpenArtifact
from kodit.domain.artifacts.terms import Targets
from kodit.domain.search.batch_ports import BatchEmbedder
from kodit.domain.search.ports import Embedder, Vector, VectorKind
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
            jobs = jobs_of(vectors, VectorKind.CODE, work, self.batch_embedder, self.now)
            if jobs is not None and (waiting := await self._by_jobs(work, jobs, source)):
                return waiting
            made += await self._embedded(work, order, vectors, source)
            if jobs is not None:
                await jobs.forget()
            counts = {"entries_embedded": made[-1].manifest.embedded, "texts_refused": len(vectors.refused)}
        if order.targets.minified is not None:
            minified = Targets(minified=order.targets.minified, force=order.targets.force)
            begun = order.targets.full or source
            made += await self.artifact_writer.minify(begun, minified, order.terms, work.progress.step)
        return Done({"artifacts_built": len(made), "entries_exported": made[0].manifest.entries, **counts})

    async def _by_jobs(self, work: Work, jobs: BatchEmbedding, source: str) -> Snoozed | None:
        """What is to be waited for; None where all is stored that can be embedded."""
        async with self.open_artifact(source) as artifact:
            lacking = await artifact.unembedded(model=self.embedder.model, dimension=self.embedder.dimension)
            begun = len(lacking) < artifact.manifest.entries

        async def pages() -> AsyncIterator[Mapping[str, str]]:
            for start in range(0, len(lacking), PAGE):
                yield {text.key: text.text for text in lacking[start : start + PAGE]}

        async with work.progress.step(TaskOperation.EMBED_TEXTS, total=len(lacking)) as step:
            came_of_it = await jobs.embed_telling(step, len(lacking), pages, begun=begun)
        return came_of_it if isinstance(came_of_it, Snoozed) else None

    async def _embedded(self, work: Work, order: ExportOrder, vectors: MissingVectors, source: str) -> list[Artifact]:
        async def vectors_of(texts: Sequence[TextToEmbed]) -> Mapping[str, Vector]:
            return await vectors.of({text.key: text.text for text in texts})

        async with self.open_artifact(source) as artifact:
            before = artifact.manifest.origin
        origin = replace(before, model=self.embedder.model, dimension=self.embedder.dimension)
        target = Targets(full=order.targets.full, force=order.targets.force)
        return list(
            await self.artifact_writer.embed(source, target, origin, vectors_of, order.terms, work.progress.step)
        )
