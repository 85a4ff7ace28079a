"""What searching reads beside the indexes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kodit.domain.code.snippet import SnippetKind
from kodit.domain.search.candidate import Candidate
from kodit.domain.sources.last_change import LastChange


@dataclass(frozen=True, slots=True)
class SearchedSource:
    """What an answer says of the source that it is from."""

    id: int
    name: str
    commit: str | None


class Catalogue(Protocol):
    """Names and contents of what the indexes know by id. Held to tests/contracts/test_catalogue.py.

    Every call may raise Locked or DatabaseUnusable.
    """

    async def sources(self) -> Sequence[SearchedSource]:
        """Every source, by name."""
        ...

    async def files(
        self, *, index_ids: Collection[int], languages: Collection[str], accepts: Callable[[str], bool]
    ) -> frozenset[int]:
        """The ids of the files in these languages whose path is accepted; no index or no language means any."""
        ...

    async def last_changed(self, change: LastChange, *, index_ids: Collection[int]) -> Mapping[int, tuple[int, str]]:
        """The files whose last change is known to be like this, by id, each with its index and its path."""
        ...

    async def owned(
        self, packages: Collection[str], *, index_ids: Collection[int]
    ) -> Mapping[str, Mapping[int, tuple[int, str]]]:
        """The files of packages, told by name or path, by id, each with its index and its path.

        What no package is called is missing.
        """
        ...

    async def of_kinds(self, kinds: Collection[SnippetKind], *, index_ids: Collection[int]) -> frozenset[int]:
        """The ids of the snippets of these kinds."""
        ...

    async def candidates(self, snippet_ids: Collection[int]) -> Mapping[int, Candidate]:
        """The snippets that still exist, by id."""
        ...
