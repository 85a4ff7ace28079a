"""What is answered about code: rows, read past the domain."""

from collections.abc import Sequence
from dataclasses import dataclass

from kodit.domain.code.reference import Import, ReferenceKind
from kodit.domain.code.symbol import SymbolKind, Visibility
from kodit.domain.sources.manifest import PackageKind, RequirementScope


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file of a source. `language` is None where nothing was read from it."""

    id: int
    source: str
    path: str
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSymbol:
    """A symbol and where it is defined. `line` is that of its name; `parent_id` is the symbol that encloses it."""

    id: int
    file_id: int
    parent_id: int | None
    source: str
    path: str
    language: str | None
    line: int
    start_line: int
    end_line: int
    name: str
    qualified_name: str
    kind: SymbolKind
    visibility: Visibility
    signature: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReference:
    """A place where a name is used.

    `column` counts from 1, as editors do. `inside` is the qualified name of the symbol around it, None outside of all.
    `text` is the line itself, "" where it is not known any more. `target_id` is the symbol that it means, `external`
    names what it means outside of the source; both are None for one that nobody could resolve.
    """

    file_id: int
    source: str
    path: str
    language: str | None
    line: int
    column: int
    kind: ReferenceKind
    name: str
    qualifier: str
    inside: str | None
    target_id: int | None
    external: str | None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundImport:
    """An import. `leads_to` is the path of the file of the same source, `external` what is outside of it."""

    file_id: int
    imported: Import
    leads_to: str | None
    external: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAlias:
    """A name that an import makes known in a file, `local` there.

    It stands for the symbol `target_id`, for the file of the same source at `leads_to`, or for what is called
    `external` outside of it; for nothing that anybody can tell where all are None.
    """

    source: str
    path: str
    line: int
    local: str
    target_id: int | None
    leads_to: str | None
    external: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdge:
    """One file needs another: it imports it, or uses what that one defines.

    `line` is the first line where it does so, `imports` and `uses` count how often it does the one and the other; that
    a name is imported is no use of it.
    """

    from_id: int
    to_id: int
    line: int
    imports: int
    uses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A symbol is used: by another symbol, or, where `user_id` is None, by its file outside of all symbols.

    `line` is the first such line. `only_imported` is set where the name is imported, and nothing else is done with it.
    """

    target_id: int
    user_id: int | None
    file_id: int
    line: int
    only_imported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRequirement:
    """What a package requires; `target_id` is the package of the same source that it is."""

    name: str
    requirement: str
    scope: RequirementScope
    target_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPackage:
    """A package of a source, with how many files it owns and how many symbols these define."""

    id: int
    source: str
    name: str
    kind: PackageKind
    path: str
    version: str | None
    description: str | None
    manifest: str | None
    files: int
    symbols: int
    requirements: Sequence[FoundRequirement] = ()
