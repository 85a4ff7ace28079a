"""Linking one file: where its imports lead and what its references mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kodit.domain.code.linking.choice import Meaning, Place, Scope
from kodit.domain.code.linking.destinations import Destinations
from kodit.domain.code.linking.lookup import Lookup
from kodit.domain.code.linking.surface import TYPES, Bound, Entry, Surface
from kodit.domain.code.linking.surfaces import NotAtHand
from kodit.domain.code.linking.tree import Lead, Outside
from kodit.domain.code.reference import (
    FileLinks,
    ImportLink,
    Reference,
    ReferenceKind,
    ReferenceLink,
    StoredImport,
    StoredReference,
)
from kodit.domain.code.symbol import StoredSymbol, SymbolKind

_FUNCTIONS = frozenset((SymbolKind.FUNCTION, SymbolKind.METHOD))
_SCOPES = TYPES | _FUNCTIONS | {SymbolKind.MODULE}

_Question = tuple[int | None, bool, str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToLink:
    """A file with all that is stored of it."""

    id: int
    surface: Surface
    symbols: Sequence[StoredSymbol]
    references: Sequence[StoredReference]
    imports: Sequence[StoredImport]


class Linking:
    """The links of one file, as far as they are found."""

    def __init__(self, file: FileToLink, lookup: Lookup, destinations: Destinations, ids: Mapping[str, int]) -> None:
        self._file = file
        self._lookup = lookup
        self._destinations = destinations
        self._ids = ids
        self._symbols = {stored.id: stored for stored in file.symbols}
        self._around: dict[int, tuple[Scope, ...]] = {}
        self._answers: dict[_Question, Meaning] = {}
        self._open = {self._question(stored): stored for stored in file.references}

    def advance(self) -> frozenset[str]:
        """Find out what can be found out; returns the files whose surfaces the rest is missing, none at the end."""
        missing: set[str] = set()
        waiting: dict[_Question, StoredReference] = {}
        for question, stored in self._open.items():
            try:
                self._answers[question] = self._meaning(stored)
            except NotAtHand as demand:
                missing |= demand.paths
                waiting[question] = stored
        self._open = waiting
        return frozenset(missing)

    def links(self) -> FileLinks:
        """The links, once nothing is missing."""
        return FileLinks(
            file_id=self._file.id,
            imports=tuple(self._import_link(stored) for stored in self._file.imports),
            references=tuple(self._reference_link(stored) for stored in self._file.references),
        )

    def _question(self, stored: StoredReference) -> _Question:
        """What tells references apart that may mean different things."""
        kind, name, qualifier, line, *_ = stored.reference
        ambiguous = len(self._file.surface.bindings.get((qualifier or name).partition(".")[0], ())) > 1
        around = self._is_around(stored)
        return stored.scope_id, around, qualifier, name, line if ambiguous or kind is ReferenceKind.IMPORT else 0

    def _is_around(self, stored: StoredReference) -> bool:
        """True where a reference belongs to the head of the symbol that it stands in: it is looked up outside of it."""
        if stored.reference.kind is ReferenceKind.INHERITANCE:
            return True
        scope = self._symbols.get(stored.scope_id) if stored.scope_id is not None else None
        return scope is not None and stored.reference.line < scope.symbol.head_line

    def _meaning(self, stored: StoredReference) -> Meaning:
        reference = stored.reference
        if reference.kind is ReferenceKind.IMPORT:
            return self._imported(reference)
        scopes = self._scopes(stored.scope_id)
        place = Place(self._file.surface, scopes[1:] if self._is_around(stored) else scopes, reference.line)
        return self._lookup.name(place, reference.qualifier, reference.name, set())

    def _imported(self, reference: Reference) -> Meaning:
        """What an import takes by its name."""
        surface = self._file.surface
        named = [
            Bound(imported, binding)
            for imported in surface.imports
            if imported.module == reference.qualifier and imported.line <= reference.line
            for binding in imported.bindings
            if binding.imported == reference.name
        ]
        return self._lookup.bound(surface, named[-1], set()) if named else None

    def _scopes(self, symbol_id: int | None) -> tuple[Scope, ...]:
        """The symbols around, from inside out; those that have no names within them are left out."""
        if symbol_id is None:
            return ()
        if symbol_id not in self._around:
            stored = self._symbols[symbol_id]
            if stored.symbol.kind in _SCOPES:
                name = self._file.surface.names.get(stored.id)
                own = () if name is None else (Scope(name, stored.symbol.kind),)
                self._around[symbol_id] = (*own, *self._scopes(stored.parent_id))
            else:
                self._around[symbol_id] = self._scopes(self._assigning(stored))
        return self._around[symbol_id]

    def _assigning(self, stored: StoredSymbol) -> int | None:
        """Where a field is assigned: in a method of its type, or else in what encloses it."""
        line = stored.symbol.start_line
        for other in self._file.symbols:
            beside = other.parent_id == stored.parent_id and other.symbol.kind in _FUNCTIONS
            if beside and other.symbol.start_line <= line <= other.symbol.end_line:
                return other.id
        return stored.parent_id

    def _import_link(self, stored: StoredImport) -> ImportLink:
        surface = self._file.surface
        match self._destinations.of(surface.path, surface.language, stored.imported):
            case Lead(path):
                return ImportLink(stored.id, self._ids.get(path), None)
            case Outside(name):
                return ImportLink(stored.id, None, name)
        return ImportLink(stored.id, None, None)

    def _reference_link(self, stored: StoredReference) -> ReferenceLink:
        match self._answers[self._question(stored)]:
            case Entry(id=target) if target:
                return ReferenceLink(stored.id, target, None)
            case Outside(name):
                return ReferenceLink(stored.id, None, name)
        return ReferenceLink(stored.id, None, None)
