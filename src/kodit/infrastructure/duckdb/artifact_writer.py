"""Artifacts as DuckDB databases, built."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kodit.domain.artifacts.artifact import Artifact, ArtifactForm, ArtifactManifest, Origin
from kodit.domain.artifacts.entries import ArtifactEntry
from kodit.domain.artifacts.ports import Step, VectorsOf
from kodit.domain.artifacts.terms import BuildTerms, HnswTerms, Targets
from kodit.domain.errors import BadAnswer, Conflict, Damaged, InvalidInput, KoditError, NotFound
from kodit.domain.tasks.progress import TaskOperation
from kodit.infrastructure.duckdb import manifest_rows
from kodit.infrastructure.duckdb.artifact_reader import opened_artifact
from kodit.infrastructure.duckdb.filling import Filling
from kodit.infrastructure.duckdb.indexes import index_vectors, index_words, with_name
from kodit.infrastructure.duckdb.retelling import (
    add_missing_vectors,
    attach,
    copy_tables,
    copy_vectors,
    copy_vectors_to_compare,
    detach,
)
from kodit.infrastructure.duckdb.schema import TABLES, definition
from kodit.infrastructure.duckdb.session import Resources, Session, check_installed, opened
from kodit.infrastructure.duckdb.staging import Staged, check_place, moved_into_place, staged
from kodit.infrastructure.duckdb.sums import embedded, table_sums

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Fill = Callable[[Session, Staged], Awaitable[None]]
"""Fills the tables of a full artifact that is open."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A file to be built: which form, where, and by which terms its vectors are indexed."""

    form: ArtifactForm
    at: Staged
    hnsw: HnswTerms | None


class DuckDbArtifactWriter:
    """Implements ArtifactWriter. `version` is kodit's."""

    def __init__(self, *, version: str, now: Callable[[], datetime], resources: Resources | None = None) -> None:
        self._version = version
        self._now = now
        self._resources = resources or Resources()

    async def check(self, targets: Targets) -> None:
        """See the port."""
        await asyncio.to_thread(check_installed, ["fts", "vss"])
        for path in targets.paths:
            await asyncio.to_thread(check_place, Path(path))
            if not targets.force:
                await self._must_be_artifact(path)

    async def write(
        self,
        targets: Targets,
        origin: Origin,
        entries: AsyncIterator[Sequence[ArtifactEntry]],
        terms: BuildTerms,
        step: Step,
    ) -> Sequence[Artifact]:
        """See the port."""

        async def fill(session: Session, at: Staged) -> None:
            filling = Filling(origin, at.scratch)
            async with step(TaskOperation.WRITE_TABLES) as running:
                async for page in entries:
                    await session.run(partial(filling.add, page=page))
                    if running is not None:
                        await running.advance(len(page))

        return await self._built(targets, origin, fill, terms, step)

    async def embed(
        self, source: str, targets: Targets, origin: Origin, vectors_of: VectorsOf, terms: BuildTerms, step: Step
    ) -> Sequence[Artifact]:
        """See the port."""
        before = await self._full(source)
        origin = replace(before.origin, model=origin.model, dimension=origin.dimension)
        kept = before.origin.model == origin.model and before.origin.dimension == origin.dimension

        async def fill(session: Session, at: Staged) -> None:
            await session.run(partial(attach, source=source))
            async with step(TaskOperation.COPY_TABLES):
                await session.run(partial(copy_tables, origin=origin, form=ArtifactForm.FULL))
                if kept:
                    await session.run(partial(copy_vectors, origin=origin, form=ArtifactForm.FULL))
            async with step(TaskOperation.EMBED_TEXTS) as running:
                await add_missing_vectors(session, origin, vectors_of, running, kept=kept, scratch=at.scratch)
            await session.run(detach)

        return await self._built(targets, origin, fill, terms, step)

    async def minify(self, source: str, targets: Targets, terms: BuildTerms, step: Step) -> Sequence[Artifact]:
        """See the port."""
        before = await self._full(source)
        await self.check(targets)
        target = Path(targets.minified or targets.paths[0])
        with ExitStack() as stack:
            form = _Form(ArtifactForm.MINIFIED, stack.enter_context(staged(target)), terms.minified_hnsw)
            await self._minified(form, Path(source), before, terms, step)
            return await self._finished([form], step)

    async def _built(
        self, targets: Targets, origin: Origin, fill: Fill, terms: BuildTerms, step: Step
    ) -> Sequence[Artifact]:
        """Build the full artifact, and from it the minified one; where only that is wanted, the full one is dropped."""
        await self.check(targets)
        with ExitStack() as stack:
            beside = stack.enter_context(staged(Path(targets.full or targets.paths[0])))
            hnsw = terms.hnsw if targets.full is not None else None
            full = _Form(ArtifactForm.FULL, beside, hnsw if origin.dimension is not None else None)
            manifest = await self._full_built(full, origin, fill, step)
            forms = [full] if targets.full is not None else []
            if targets.minified is not None:
                target = stack.enter_context(staged(Path(targets.minified)))
                minified = _Form(ArtifactForm.MINIFIED, target, terms.minified_hnsw)
                await self._minified(minified, beside.path, manifest, terms, step)
                forms.append(minified)
            return await self._finished(forms, step)

    async def _full_built(self, form: _Form, origin: Origin, fill: Fill, step: Step) -> ArtifactManifest:
        async with self._opened(form.at) as session:
            await session.run(partial(_tables_made, origin=origin, form=form.form))
            await fill(session, form.at)
            manifest = self._manifest(form, origin)
            return await self._closed(session, form, manifest, step)

    async def _minified(
        self, form: _Form, source: Path, before: ArtifactManifest, terms: BuildTerms, step: Step
    ) -> None:
        origin = before.origin
        fts = with_name(terms.fts, origin.contents)
        form = replace(form, hnsw=form.hnsw if origin.dimension is not None else None)
        async with self._opened(form.at) as session:
            async with step(TaskOperation.MINIFY_TABLES):
                await session.run(partial(_tables_made, origin=origin, form=form.form))
                await session.run(partial(attach, source=str(source)))
                await session.run(partial(copy_tables, origin=origin, form=form.form))
            async with step(TaskOperation.INDEX_WORDS):
                await session.run(partial(index_words, contents=origin.contents, terms=fts))
            # Vectors come last, into the room that indexing words has left.
            await session.run(partial(copy_vectors_to_compare, origin=origin, form=form.form))
            await session.run(detach)
            await self._closed(session, form, replace(self._manifest(form, origin), fts=fts), step)

    async def _closed(self, session: Session, form: _Form, manifest: ArtifactManifest, step: Step) -> ArtifactManifest:
        """Sum the tables up, write the manifest, and index the vectors last."""
        manifest = await session.run(partial(_summed, manifest=manifest))
        if form.hnsw is not None:
            async with step(TaskOperation.INDEX_VECTORS):
                await session.run(partial(index_vectors, terms=form.hnsw))
        await session.run(lambda connection: connection.execute("CHECKPOINT"))
        return manifest

    def _opened(self, at: Staged) -> AbstractAsyncContextManager[Session]:
        return opened(at.path, self._resources, scratch=at.scratch, known_as=at.target)

    def _manifest(self, form: _Form, origin: Origin) -> ArtifactManifest:
        import duckdb

        return ArtifactManifest(
            form=form.form,
            origin=origin,
            built_at=self._now(),
            kodit=self._version,
            duckdb=duckdb.__version__,
            embedded=0,
            tables=(),
            hnsw=form.hnsw,
        )

    async def _finished(self, forms: Sequence[_Form], step: Step) -> Sequence[Artifact]:
        """Ask each file what it must answer, and move all into place. Raises BadAnswer for one that does not."""
        artifacts = []
        async with step(TaskOperation.VERIFY_ARTIFACT):
            for form in forms:
                async with opened_artifact(str(form.at.path), self._resources) as reader:
                    try:
                        problems = await reader.problems()
                    except Damaged as error:
                        problems = [str(error)]
                    if problems:
                        raise BadAnswer(f"what was built for {form.at.target} is not sound: {'; '.join(problems)}")
                    artifacts.append(replace(reader.artifact, path=str(form.at.target)))
        await asyncio.to_thread(moved_into_place, [form.at for form in forms])
        return artifacts

    async def _full(self, source: str) -> ArtifactManifest:
        async with opened_artifact(source, self._resources) as reader:
            if reader.manifest.form is not ArtifactForm.FULL:
                raise InvalidInput(
                    f"{source} is a minified artifact, which has not all that is needed", remedy="give the full one"
                )
            return reader.manifest

    async def _must_be_artifact(self, path: str) -> None:
        try:
            async with opened_artifact(path, self._resources):
                pass
        except NotFound:
            return
        except KoditError as error:
            raise Conflict(
                f"{path} is there and is no artifact", remedy="choose another path, or overwrite it with --force"
            ) from error


def _tables_made(connection: "DuckDBPyConnection", origin: Origin, form: ArtifactForm) -> None:
    for table in TABLES[origin.contents]:
        connection.execute(definition(table, form, origin.dimension))


def _summed(connection: "DuckDBPyConnection", manifest: ArtifactManifest) -> ArtifactManifest:
    sums: Any = tuple(table_sums(connection, manifest.origin.contents, manifest.form))
    manifest = replace(manifest, tables=sums, embedded=embedded(connection))
    manifest_rows.written(connection, manifest)
    return manifest
