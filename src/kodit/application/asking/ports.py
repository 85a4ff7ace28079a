"""What asking about code needs from the world."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from kodit.application.asking.rows import (
    FileEdge,
    FoundAlias,
    FoundFile,
    FoundImport,
    FoundPackage,
    FoundReference,
    FoundSymbol,
    Use,
)
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.symbol_pattern import SymbolFilter, SymbolPattern
from kodit.domain.search.query import Filters


class CodeGraph(Protocol):
    """Symbols, files and packages, and what leads from one to the other. Held to tests/contracts/test_code_graph.py.

    Whatever bears no other order comes by source, path and place. Every call may raise Locked or DatabaseUnusable.
    """

    async def files(self, filters: Filters, *, ending: str) -> Sequence[FoundFile]:
        """The files whose path is `ending`, or ends in it after a `/`."""
        ...

    async def listed(self, filters: Filters, *, limit: int | None, after: str = "") -> Sequence[FoundFile]:
        """The files, at most `limit` of them; None for all. Of one source, only those whose path comes `after` this."""
        ...

    async def files_with_ids(self, file_ids: Collection[int]) -> Mapping[int, FoundFile]:
        """These files, by id; one that is gone is left out."""
        ...

    async def symbols(
        self, pattern: SymbolPattern, which: SymbolFilter, filters: Filters, *, limit: int, offset: int = 0
    ) -> Sequence[FoundSymbol]:
        """The symbols that fit a pattern: exact ones first, then those that begin with it, then all others.

        At most `limit` of them, without the first `offset`. Of those that fit equally well, fields and their like come
        last, and short names first. Blocks of what is implemented for a type (Rust) are left out unless classes are
        asked for.
        """
        ...

    async def names_alike(self, name: str, filters: Filters) -> Collection[str]:
        """Names of symbols that begin or end with the same two letters, and are at most two letters longer or shorter.

        Upper and lower case are the same.
        """
        ...

    async def bearing(self, name: str, filters: Filters, *, ignore_case: bool = False) -> Sequence[FoundSymbol]:
        """The symbols with exactly this name, the last part of their qualified name."""
        ...

    async def symbols_of(self, file_id: int) -> Sequence[FoundSymbol]:
        """The symbols of a file, each before what it encloses."""
        ...

    async def symbols_with_ids(self, symbol_ids: Collection[int]) -> Mapping[int, FoundSymbol]:
        """These symbols, by id; one that is gone is left out."""
        ...

    async def enclosed(self, symbol_ids: Collection[int]) -> frozenset[int]:
        """These symbols and all that they enclose."""
        ...

    async def references_to(
        self, symbol_ids: Collection[int], kinds: Collection[ReferenceKind], filters: Filters, *, limit: int
    ) -> Sequence[FoundReference]:
        """The references that mean one of these symbols, of these kinds (none: all)."""
        ...

    async def naming(
        self, name: str, kinds: Collection[ReferenceKind], filters: Filters, *, outside: bool, limit: int
    ) -> Sequence[FoundReference]:
        """The references of this name, of these kinds (none: all), that mean no symbol of their source.

        With `outside` those that mean something outside of it, else those of which nobody can tell what they mean.
        """
        ...

    async def outside(
        self, name: str, kinds: Collection[ReferenceKind], filters: Filters, *, limit: int
    ) -> Sequence[FoundReference]:
        """The references, of these kinds (none: all), that mean what is called so outside of its source, or part of it.

        `name` may be that of a module, from its beginning on or behind its last slash. The import of a whole module is
        told as a reference of the kind IMPORT.
        """
        ...

    async def importing(self, file_ids: Collection[int], filters: Filters, *, limit: int) -> Sequence[FoundReference]:
        """The imports that lead to one of these files, as references of the kind IMPORT that mean no symbol."""
        ...

    async def aliases(self, local: str, filters: Filters) -> Sequence[FoundAlias]:
        """The imports that make something known by this name."""
        ...

    async def references_in(
        self, symbol_ids: Collection[int], kinds: Collection[ReferenceKind], filters: Filters, *, limit: int
    ) -> Sequence[FoundReference]:
        """The references, of these kinds (none: all), that stand directly in one of these symbols."""
        ...

    async def references_at(self, file_id: int, line: int) -> Sequence[FoundReference]:
        """The references in one line of a file."""
        ...

    async def line_of(self, file_id: int, line: int) -> str:
        """A line of a file as it is written, "" where it is not known any more."""
        ...

    async def imports_of(self, file_id: int) -> Sequence[FoundImport]:
        """The imports of a file."""
        ...

    async def needed_by(self, file_ids: Collection[int]) -> Sequence[FileEdge]:
        """What leads from these files to others."""
        ...

    async def needing(self, file_ids: Collection[int]) -> Sequence[FileEdge]:
        """What leads from other files to these."""
        ...

    async def edges(self, filters: Filters) -> Sequence[FileEdge]:
        """What leads from a file to another, both of them among the filtered."""
        ...

    async def users_of(self, symbol_ids: Collection[int]) -> Sequence[Use]:
        """Who uses these symbols."""
        ...

    async def packages(self, index_ids: Collection[int]) -> Sequence[FoundPackage]:
        """The packages of these sources (none: of all) with what they require, by source and path."""
        ...

    async def owners(self, index_ids: Collection[int]) -> Mapping[int, int]:
        """The package of each file of these sources (none: of all) that has one."""
        ...

    async def unlinked(self, index_ids: Collection[int]) -> int:
        """How many files of these sources (none: of all) have links that may have changed since they were made."""
        ...
