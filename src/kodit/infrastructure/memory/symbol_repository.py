"""Symbols, references and imports in memory: what the SQL repository is held against."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from operator import attrgetter

from kodit.domain.code.extracted import FileFacts
from kodit.domain.code.linking.mention import words_of
from kodit.domain.code.reference import FileLinks, ReferenceKind, StoredImport, StoredReference, is_on_the_way
from kodit.domain.code.succession import KnownSymbol, succession
from kodit.domain.code.symbol import StoredSymbol


@dataclass(slots=True)
class _Held:
    """What a file holds."""

    index_id: int
    symbols: list[StoredSymbol] = field(default_factory=list)
    references: list[StoredReference] = field(default_factory=list)
    imports: list[StoredImport] = field(default_factory=list)
    linked: bool = False


class MemorySymbolRepository:
    """The executable specification of a symbol repository: it forgets everything with its process."""

    def __init__(self) -> None:
        self._files: dict[int, _Held] = {}
        self._ids = count(1)

    async def of_files(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredSymbol]]:
        """See the port."""
        return {file_id: held.symbols for file_id, held in self._held(file_ids) if held.symbols}

    async def references_of(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredReference]]:
        """See the port."""
        return {file_id: held.references for file_id, held in self._held(file_ids) if held.references}

    async def bases_of(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredReference]]:
        """See the port."""
        bases = {
            file_id: [one for one in held.references if one.reference.kind is ReferenceKind.INHERITANCE]
            for file_id, held in self._held(file_ids)
        }
        return {file_id: found for file_id, found in bases.items() if found}

    async def imports_of(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredImport]]:
        """See the port."""
        return {file_id: held.imports for file_id, held in self._held(file_ids) if held.imports}

    async def replace(self, index_id: int, files: Iterable[FileFacts]) -> None:
        """See the port."""
        for facts in files:
            old = self._files.get(facts.file_id)
            before = old.symbols if old else []
            fresh = self._fresh(index_id, facts, before)
            self._files[facts.file_id] = fresh
            self._forget({symbol.id for symbol in before} - {symbol.id for symbol in fresh.symbols})

    async def unlink(self, index_id: int, file_ids: Collection[int]) -> None:
        """See the port."""
        for file_id in file_ids:
            self._files.setdefault(file_id, _Held(index_id)).linked = False

    async def importers(self, index_id: int, file_ids: Collection[int]) -> frozenset[int]:
        """See the port."""
        return frozenset(
            file_id
            for file_id, held in self._of_index(index_id)
            if any(stored.target_file_id in file_ids for stored in held.imports)
        )

    async def mentioning(self, index_id: int, words: Collection[str]) -> frozenset[int]:
        """See the port."""
        return frozenset(
            file_id
            for file_id, held in self._of_index(index_id)
            if not words_of(stored.imported for stored in held.imports).isdisjoint(words)
        )

    async def naming(self, index_id: int, names: Collection[str]) -> frozenset[int]:
        """See the port."""
        return frozenset(
            file_id
            for file_id, held in self._of_index(index_id)
            if any(stored.reference.name in names for stored in held.references)
        )

    async def qualifying(self, file_ids: Collection[int], names: Collection[str]) -> frozenset[int]:
        """See the port."""
        return frozenset(
            file_id
            for file_id, held in self._held(file_ids)
            if any(is_on_the_way(stored.reference.qualifier, names) for stored in held.references)
        )

    async def unlinked(self, index_id: int, *, limit: int) -> Sequence[int]:
        """See the port."""
        return sorted(file_id for file_id, held in self._of_index(index_id) if not held.linked)[:limit]

    async def link(self, links: Iterable[FileLinks]) -> None:
        """See the port."""
        for of_file in links:
            if (held := self._files.get(of_file.file_id)) is None:
                continue
            leads = {link.id: link for link in of_file.imports}
            means = {link.id: link for link in of_file.references}
            held.imports = [
                replace(stored, target_file_id=found.target_file_id, external=found.external)
                if (found := leads.get(stored.id))
                else replace(stored, target_file_id=None, external=None)
                for stored in held.imports
            ]
            held.references = [
                replace(stored, target_id=meant.target_id, external=meant.external)
                if (meant := means.get(stored.id))
                else replace(stored, target_id=None, external=None)
                for stored in held.references
            ]
            held.linked = True

    def _held(self, file_ids: Collection[int]) -> list[tuple[int, _Held]]:
        return [(file_id, self._files[file_id]) for file_id in sorted(set(file_ids)) if file_id in self._files]

    def _of_index(self, index_id: int) -> list[tuple[int, _Held]]:
        return [(file_id, held) for file_id, held in self._files.items() if held.index_id == index_id]

    def _fresh(self, index_id: int, facts: FileFacts, before: Sequence[StoredSymbol]) -> _Held:
        known = [KnownSymbol(old.id, old.symbol.qualified_name, old.symbol.kind) for old in before]
        ids = [kept or next(self._ids) for kept in succession(known, facts.symbols)]
        file_id = facts.file_id
        return _Held(
            index_id,
            [
                StoredSymbol(
                    id=own,
                    index_id=index_id,
                    file_id=file_id,
                    parent_id=None if symbol.parent is None else ids[symbol.parent],
                    symbol=replace(symbol, parent=None),
                )
                for own, symbol in zip(ids, facts.symbols, strict=True)
            ],
            [
                StoredReference(
                    id=next(self._ids),
                    file_id=file_id,
                    reference=reference._replace(scope=None),
                    scope_id=None if reference.scope is None else ids[reference.scope],
                )
                for reference in sorted(facts.references, key=attrgetter("line", "column"))
            ],
            [StoredImport(id=next(self._ids), file_id=file_id, imported=imported) for imported in facts.imports],
        )

    def _forget(self, gone: Collection[int]) -> None:
        for held in self._files.values():
            held.references = [
                replace(stored, target_id=None) if stored.target_id in gone else stored for stored in held.references
            ]
