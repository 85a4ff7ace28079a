"""References: where a file uses a name, and which symbol that is; imports: what a file takes from elsewhere."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from kodit.domain.code.definition import SEPARATOR

WHOLE_MODULE = ""
"""What a binding imports when its local name stands for the module itself."""
EVERYTHING = "*"
"""What a binding imports when every public name of the module becomes a local one."""
UNNAMED = "?"
"""The qualifier of a name that is asked of a value which has no name of its own, or whose name is local."""
INSTANCE = "()"
"""Ends the qualifier of a member of an instance, after the name of its class: `Parser()`."""


class ReferenceKind(StrEnum):
    """How a name is used."""

    CALL = "call"
    """Called, or its class instantiated."""
    USE = "use"
    """Named otherwise: as a type, a decorator, a value."""
    INHERITANCE = "inheritance"
    """Extended or implemented."""
    IMPORT = "import"
    """Imported by its name."""


class Reference(NamedTuple):
    """A name as it is used at one place of a file. A named tuple, because a megabyte of code has tens of thousands.

    `name` is the last part, `qualifier` what stands before it as written, joined by `SEPARATOR`: `join` and `os.path`
    for `os.path.join(...)`, `parse` and `self` for `self.parse()`, "" for a bare name, `UNNAMED` for the rest.
    The words for the object or type itself stay as they are (`self`, `cls`, `this`, `Self`), those for what it inherits
    from are `super`. A local whose type is certain gives the type's name and `INSTANCE`: `parse` and `Parser()` for
    `parser.parse()` where `parser: Parser` is a parameter. What an import takes by name has the import's `module`.
    Names that are local to a function are no references. `line` counts from 1, `column` from 0, in characters.
    `scope` is the place, in the sequence of the file's symbols, of the innermost symbol around it.
    """

    kind: ReferenceKind
    name: str
    qualifier: str
    line: int
    column: int
    scope: int | None


def is_on_the_way(qualifier: str, names: Collection[str]) -> bool:
    """True where one of the names is a part of a qualifier that has several, but for its first."""
    return any(part.removesuffix(INSTANCE) in names for part in qualifier.split(SEPARATOR)[1:])


class Binding(NamedTuple):
    """A name that an import makes known in its file: `local` stands for `imported` of the module.

    `import a.b` of Python binds a chain: `local` is `a.b`, as it is written wherever it is used. `EVERYTHING` has
    `EVERYTHING` for its local name.
    """

    local: str
    imported: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import, include or require.

    `module` is what is asked for, as written but for quotes: `os.path`, `./util`, `github.com/spf13/cobra`,
    `crate::parse`, `stdio.h`. `level` counts the leading dots of Python's relative imports, and is 1
    for Ruby's `require_relative`.
    `bindings` are the names it binds, none for an import for its effects alone.
    `exported` is set where what it binds is part of what its file offers (`export ... from`, `pub use`).
    `system` is set for C's includes in angle brackets.
    Without a `module` and exported it says by which other name a file offers what is its own: `export default a`.
    Where the local name is `WHOLE_MODULE`, that stands for the file as a whole: `module.exports = a`.
    """

    module: str
    line: int
    level: int = 0
    bindings: tuple[Binding, ...] = ()
    exported: bool = False
    system: bool = False

    @property
    def is_own(self) -> bool:
        """True for one that asks for nothing of other files."""
        return self.exported and not self.module and not self.level


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImport:
    """An import with its place in the database.

    `target_file_id` is the file of the same source that it leads to. `external` is the name of what it takes from
    outside the source (`numpy`, `react`, `github.com/spf13/cobra`, `stdio.h`), None while it is unlinked, when it leads
    to a file, and when nobody can tell.
    """

    id: int
    file_id: int
    imported: Import
    target_file_id: int | None = None
    external: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReference:
    """A reference with its place in the database.

    `scope_id` is the symbol around it, `reference.scope` is None here. `target_id` is the symbol that it means;
    `external` names what it means outside the source (`os.path.join`). Both None: unresolved.
    """

    id: int
    file_id: int
    reference: Reference
    scope_id: int | None = None
    target_id: int | None = None
    external: str | None = None


class ImportLink(NamedTuple):
    """Where an import leads: to a file of the source, outside of it, or nobody can tell where."""

    id: int
    target_file_id: int | None
    external: str | None


class ReferenceLink(NamedTuple):
    """What a reference means: a symbol of the source, something outside of it, or nobody can tell."""

    id: int
    target_id: int | None
    external: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLinks:
    """The links of one file: of all its imports and all its references."""

    file_id: int
    imports: tuple[ImportLink, ...] = ()
    references: tuple[ReferenceLink, ...] = ()
