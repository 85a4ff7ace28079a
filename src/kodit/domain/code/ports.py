"""What understanding code needs from the world."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from kodit.domain.code.extracted import ExtractedFile, FileContent, FileFacts
from kodit.domain.code.marks import Derived, Mark
from kodit.domain.code.reference import FileLinks, StoredImport, StoredReference
from kodit.domain.code.replacement import SnippetChanges
from kodit.domain.code.snippet import SnippetKind, StoredSnippet
from kodit.domain.code.symbol import StoredSymbol


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

    async def of_kinds(self, kinds: Collection[SnippetKind], *, index_ids: Collection[int]) -> frozenset[int]:
        """The ids of the snippets of these kinds in these sources (none: all)."""
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


class SymbolRepository(Protocol):
    """Where symbols, references and imports are kept. Held to tests/contracts/test_symbol_repository.py.

    What a file's references mean and where its imports lead, its *links*, may depend on other files. A file is unlinked
    from the moment when they may have changed until `link`.
    """

    async def of_files(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredSymbol]]:
        """The symbols of these files, by file and then in the order of their places."""
        ...

    async def references_of(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredReference]]:
        """The references of these files, by file and then in the order of their places."""
        ...

    async def bases_of(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredReference]]:
        """Those of the references of these files that say what a type inherits from."""
        ...

    async def imports_of(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredImport]]:
        """The imports of these files, by file and then in the order of their places."""
        ...

    async def replace(self, index_id: int, files: Iterable[FileFacts]) -> None:
        """Store the facts of files in the place of those they had, and call these files unlinked.

        A symbol keeps its id while its qualified name and its kind stay, of equal ones in their order. A reference to
        a symbol that is gone becomes unresolved.
        """
        ...

    async def unlink(self, index_id: int, file_ids: Collection[int]) -> None:
        """Call these files unlinked."""
        ...

    async def importers(self, index_id: int, file_ids: Collection[int]) -> frozenset[int]:
        """The files with an import that leads to one of these."""
        ...

    async def mentioning(self, index_id: int, words: Collection[str]) -> frozenset[int]:
        """The files whose imports say one of these words, see `words_of`."""
        ...

    async def naming(self, index_id: int, names: Collection[str]) -> frozenset[int]:
        """The files with a reference of one of these names."""
        ...

    async def qualifying(self, file_ids: Collection[int], names: Collection[str]) -> frozenset[int]:
        """Those of these files with a reference in whose qualifier one of these names stands, as one of several."""
        ...

    async def unlinked(self, index_id: int, *, limit: int) -> Sequence[int]:
        """The first `limit` unlinked files, by id."""
        ...

    async def link(self, links: Iterable[FileLinks]) -> None:
        """Store the links of files in the place of those they had, and call these files linked."""
        ...
