"""What understanding code needs from the world."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from kodit.domain.code.marks import Derived, Mark
from kodit.domain.code.replacement import SnippetChanges
from kodit.domain.code.snippet import ExtractedFile, FileContent, StoredSnippet


class SnippetExtractor(Protocol):
    """Cuts files into snippets. Held to tests/contracts/test_snippet_extractor.py."""

    def extract(self, files: AsyncIterator[FileContent]) -> AsyncGenerator[ExtractedFile, None]:
        """One result for each file, in the order given, streamed in bounded memory.

        A file that cannot be decoded or parsed, or that kills or hangs its worker process, costs that file only:
        its result carries a skip reason.
        """
        ...


class SnippetRepository(Protocol):
    """Where snippets are kept. Held to tests/contracts/test_snippet_repository.py."""

    async def of_files(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredSnippet]]:
        """The snippets of these files, by file and then by id."""
        ...

    async def apply(self, index_id: int, changes: Iterable[SnippetChanges]) -> None:
        """Add, move and remove snippets; what is removed is remembered until `forget_gone`."""
        ...

    async def after(self, index_id: int, snippet_id: int, *, limit: int) -> Sequence[StoredSnippet]:
        """The next `limit` snippets of an index with an id above `snippet_id`, by id."""
        ...

    async def with_ids(self, snippet_ids: Collection[int]) -> Mapping[int, StoredSnippet]:
        """These snippets, by id; an id that is gone is left out."""
        ...

    async def ids(self, index_id: int) -> frozenset[int]:
        """Every snippet id of an index."""
        ...

    async def count(self, index_id: int) -> int:
        """How many snippets an index has."""
        ...

    async def count_after(self, index_id: int, snippet_id: int) -> int:
        """How many snippets of an index have an id above `snippet_id`."""
        ...

    async def gone(self, index_id: int) -> frozenset[int]:
        """The ids removed since the last `forget_gone`."""
        ...

    async def forget_gone(self, index_id: int) -> None:
        """Every derived index has let go of the removed snippets."""
        ...

    async def mark(self, index_id: int, derived: Derived, *, model: str) -> int:
        """The highest snippet id that a derived index has of this model, 0 for none."""
        ...

    async def set_mark(self, mark: Mark) -> None:
        """Say how far a derived index has come."""
        ...
