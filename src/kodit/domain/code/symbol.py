"""Symbols: what a file defines, by name."""

from dataclasses import dataclass
from enum import StrEnum

from kodit.domain.code.snippet import SnippetKind


class SymbolKind(StrEnum):
    """What a symbol is. Languages call the same thing by many names; these are the ones kodit has for them."""

    MODULE = "module"
    """Also a namespace, and a package that a file declares."""
    CLASS = "class"
    """Also an object, a record and an implementation block."""
    STRUCT = "struct"
    """Also a union."""
    INTERFACE = "interface"
    """Also a protocol and a behaviour."""
    TRAIT = "trait"
    ENUM = "enum"
    MEMBER = "member"
    """One value of an enum."""
    FUNCTION = "function"
    METHOD = "method"
    """Also a constructor, an accessor and an operator of a type."""
    FIELD = "field"
    """Also a property and an attribute."""
    CONSTANT = "constant"
    VARIABLE = "variable"
    """Of a module or a file; what is local to a function is no symbol."""
    TYPE = "type"
    """An alias, or a type that is none of the others."""
    MACRO = "macro"


IN_BLOCKS = frozenset({"rust"})
"""Languages in which a class is a block of what is implemented for a type that is defined elsewhere."""

_SNIPPETS = {
    SymbolKind.MODULE: SnippetKind.MODULE,
    SymbolKind.CLASS: SnippetKind.CLASS,
    SymbolKind.STRUCT: SnippetKind.CLASS,
    SymbolKind.INTERFACE: SnippetKind.INTERFACE,
    SymbolKind.TRAIT: SnippetKind.INTERFACE,
    SymbolKind.ENUM: SnippetKind.ENUM,
    SymbolKind.FUNCTION: SnippetKind.FUNCTION,
    SymbolKind.METHOD: SnippetKind.METHOD,
    SymbolKind.CONSTANT: SnippetKind.CONSTANT,
    SymbolKind.TYPE: SnippetKind.TYPE,
    SymbolKind.MACRO: SnippetKind.FUNCTION,
}


def snippet_kind(kind: SymbolKind) -> SnippetKind | None:
    """The kind of the snippet that such a symbol makes; None for one that is part of its parent's."""
    return _SNIPPETS.get(kind)


def is_block(kind: SymbolKind, language: str | None) -> bool:
    """Whether such a symbol is a block of what is implemented for a type, and no definition of it."""
    return kind is SymbolKind.CLASS and language in IN_BLOCKS


class Visibility(StrEnum):
    """Who may use a symbol, by the rules or the customs of its language."""

    PUBLIC = "public"
    PROTECTED = "protected"
    """Its type and what inherits from it."""
    INTERNAL = "internal"
    """Its package, module or crate."""
    PRIVATE = "private"
    """Its type or its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """One definition.

    `qualified_name` joins the names of what encloses it within the file by `SEPARATOR`: `Parser.parse`.
    `signature` is the definition's head in one line (`def parse(self, text: str) -> Tree`), `doc` its documentation
    comment without the marks of the comment. Lines count from 1; the range covers decorators, annotations and the
    body, and not the comment above it. `head_line` is the line of the name.
    `parent` is the place, in the sequence of the file's symbols, of the symbol that encloses it: always an earlier one.
    """

    name: str
    qualified_name: str
    kind: SymbolKind
    start_line: int
    end_line: int
    head_line: int
    signature: str = ""
    doc: str = ""
    visibility: Visibility = Visibility.PUBLIC
    parent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSymbol:
    """A symbol with its place in the database.

    As long as a file defines a symbol with its qualified name and kind, the symbol has the same id. `symbol.parent` is
    None here: `parent_id` says it.
    """

    id: int
    index_id: int
    file_id: int
    parent_id: int | None
    symbol: Symbol
