"""Pieces of code: what is indexed, found and shown."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class SnippetKind(StrEnum):
    """What a snippet is."""

    FUNCTION = "function"
    METHOD = "method"
    CLASS = "class"
    """A class-like definition: also a struct, record, object or trait implementation."""
    INTERFACE = "interface"
    """Also a trait or a protocol."""
    ENUM = "enum"
    TYPE = "type"
    CONSTANT = "constant"
    MODULE = "module"
    """Also a namespace or package."""
    SECTION = "section"
    """A part of a document under one heading."""
    BLOCK = "block"
    """Lines between definitions: imports, statements."""
    WINDOW = "window"
    """A run of lines of a file without a grammar."""


DEFINITIONS = frozenset(SnippetKind) - {SnippetKind.SECTION, SnippetKind.BLOCK, SnippetKind.WINDOW}
"""The kinds that define a symbol."""


def content_hash(path: str, content: str, *, symbol: str | None = None, header: str | None = None) -> str:
    """SHA-256, in hexadecimal, of everything about a snippet that is indexed, embedded or described."""
    parts = (path, symbol or "", header or "", content)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A piece of one file.

    Lines count from 1 and both ends are included. `symbol` is the qualified name of what is defined
    (`Parser.parse`), None for kinds that define nothing. `header` is the line or lines that enclose a part of a
    bigger definition (`class Parser(Base):`), for context; it is not part of `content`.
    """

    path: str
    start_line: int
    end_line: int
    kind: SnippetKind
    language: str
    content: str
    content_hash: str
    symbol: str | None = None
    header: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSnippet:
    """A snippet with its place in the database.

    An id is never used again, and what it names never changes but for its line numbers.
    """

    id: int
    index_id: int
    file_id: int
    snippet: Snippet
