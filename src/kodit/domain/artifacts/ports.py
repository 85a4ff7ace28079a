"""What building artifacts and asking them needs from the world."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from kodit.domain.artifacts.answers import ArtifactFilters, PackageRow, SnippetRow
from kodit.domain.artifacts.artifact import Artifact, ArtifactManifest, Origin
from kodit.domain.artifacts.entries import ArtifactEntry, TextToEmbed
from kodit.domain.artifacts.terms import BuildTerms, Targets
from kodit.domain.search.ports import Vector
from kodit.domain.search.query import Match

Step = Callable[..., AbstractAsyncContextManager[Any]]
"""Reports what is being done, in the words of `TaskOperation`, while its block runs. What it gives is told by `advance`
of every entry that is done, unless it is None."""

VectorsOf = Callable[[Sequence[TextToEmbed]], Awaitable[Mapping[str, Vector]]]
"""Gives the vectors of texts by their keys."""


class ArtifactWriter(Protocol):
    """Builds artifacts. Held to tests/contracts/test_artifact_writer.py.

    Each verb builds beside its targets, asks what it has built, and moves all files into place at the end, the full one
    first. Whatever ends it before, the targets stay as they were, and what it leaves behind the next one takes away.
    Each raises Conflict for a target that is there and is no artifact, NotFound for a directory that there is none of,
    Refused where nothing may be written, StorageFull, and InvalidInput where what it needs is not installed.
    """

    async def check(self, targets: Targets) -> None:
        """Raise at once what building there would raise."""
        ...

    async def write(
        self,
        targets: Targets,
        origin: Origin,
        entries: AsyncIterator[Sequence[ArtifactEntry]],
        terms: BuildTerms,
        step: Step,
    ) -> Sequence[Artifact]:
        """Write the entries of an index. What `origin` says of vectors holds for all that have one."""
        ...

    async def embed(
        self, source: str, targets: Targets, origin: Origin, vectors_of: VectorsOf, terms: BuildTerms, step: Step
    ) -> Sequence[Artifact]:
        """Write a full artifact again with the vectors of `origin`'s model.

        Those of this model that it has stay as they are, and `vectors_of` is asked for all others. Raises NotFound,
        and InvalidInput for what is no full artifact.
        """
        ...

    async def minify(self, source: str, targets: Targets, terms: BuildTerms, step: Step) -> Sequence[Artifact]:
        """Write a full artifact again as a minified one. Raises NotFound, and InvalidInput for what is none."""
        ...


class ArtifactReader(Protocol):
    """An artifact, opened to be asked. Held to tests/contracts/test_artifact_reader.py.

    Entries are known by a number. Lists are ordered best first, and of equals the lower number first.
    """

    @property
    def artifact(self) -> Artifact:
        """The file, and what it says of itself."""
        ...

    @property
    def manifest(self) -> ArtifactManifest:
        """What it says of itself."""
        ...

    async def check(self, filters: ArtifactFilters) -> None:
        """Raises InvalidInput for filters that mean nothing to what it has, and for a licence that no package has."""
        ...

    async def named(self, names: Sequence[str], *, filters: ArtifactFilters, limit: int) -> Sequence[Match]:
        """Entries that are called one of these names, in lower case; behind them packages that begin with one."""
        ...

    async def keywords(self, text: str, *, filters: ArtifactFilters, limit: int) -> Sequence[Match]:
        """Entries with words of the text, by BM25. Raises InvalidInput where there is no full-text index."""
        ...

    async def nearest(self, vector: Vector, *, filters: ArtifactFilters, limit: int) -> Sequence[Match]:
        """The nearest entries by cosine, as many as there are that pass the filters, but `limit` at most.

        Raises InvalidInput where there are no vectors, or of another dimension.
        """
        ...

    async def alike(self, word: str, *, most: int, anyhow: bool = False) -> Sequence[str]:
        """Names and parts of names of packages that may be meant by a word in lower case, the nearest first.

        None where any package has the word in its names or its texts. They begin alike, unless there is none that does
        and `anyhow` is set.
        """
        ...

    async def rows(self, numbers: Collection[int]) -> Mapping[int, PackageRow | SnippetRow]:
        """What is shown of entries, by number."""
        ...

    async def unembedded(self, *, model: str, dimension: int) -> Sequence[TextToEmbed]:
        """The texts of entries that have no vector of this model, by number; of a full artifact, which has all texts.

        Entries whose texts say nothing to the model are among them each time.
        """
        ...

    async def problems(self) -> Sequence[str]:
        """What is wrong with it, in words: rows counted and summed anew, and every index asked for what it must have.

        Empty for a sound one.
        """
        ...


OpenArtifact = Callable[[str], AbstractAsyncContextManager[ArtifactReader]]
"""Opens the artifact at a path. Raises NotFound, InvalidInput for what is none and where what it takes is not
installed, Damaged, and DatabaseUnusable for what is of a newer kodit."""
