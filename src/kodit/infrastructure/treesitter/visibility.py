"""Who may use a symbol: the rules of each language, and where it has none, its customs."""

import re
from collections.abc import Callable
from typing import NamedTuple

from kodit.domain.code.symbol import SymbolKind, Visibility


class Standing(NamedTuple):
    """What the rules look at. A named tuple, because each symbol has one.

    `head` is the signature. `within` is the kind of what encloses the symbol, `outer` the signature of that.
    `section` is the word that opens the section of its type that it stands in. `exported` says whether its file
    exports it; None in a file that exports nothing by that syntax.
    """

    name: str
    kind: SymbolKind
    head: str
    within: SymbolKind | None = None
    outer: str = ""
    section: str | None = None
    exported: bool | None = None


_WORDS = {
    "public": Visibility.PUBLIC,
    "open": Visibility.PUBLIC,
    "protected": Visibility.PROTECTED,
    "internal": Visibility.INTERNAL,
    "private": Visibility.PRIVATE,
    "fileprivate": Visibility.PRIVATE,
    "file": Visibility.PRIVATE,
}
_MODIFIERS = re.compile(
    r"^(?:[\w@.$<>\[\]]+\s+)*?(public|protected|private|internal|fileprivate|open|file)(?:_class_method)?\b"
)
_TYPES = frozenset({SymbolKind.CLASS, SymbolKind.STRUCT, SymbolKind.INTERFACE, SymbolKind.TRAIT, SymbolKind.ENUM})
_ABSTRACT = frozenset({SymbolKind.INTERFACE, SymbolKind.TRAIT})
_FUNCTIONS = frozenset({SymbolKind.FUNCTION, SymbolKind.METHOD})


def visibility_of(language: str, standing: Standing) -> Visibility:
    """By the language's rule; what a function defines for itself is private."""
    if standing.within in _FUNCTIONS and standing.kind is not SymbolKind.FIELD:
        return Visibility.PRIVATE
    rule = _RULES.get(language)
    return rule(standing) if rule is not None else Visibility.PUBLIC


def _word(head: str) -> Visibility | None:
    match = _MODIFIERS.match(head)
    return _WORDS[match[1]] if match else None


def _by_underscore(standing: Standing) -> Visibility:
    name = standing.name
    hidden = name.startswith("_") and not (name.startswith("__") and name.endswith("__"))
    return Visibility.PRIVATE if hidden else Visibility.PUBLIC


def _go(standing: Standing) -> Visibility:
    public = standing.kind is SymbolKind.MODULE or standing.name[:1].isupper()
    return Visibility.PUBLIC if public else Visibility.INTERNAL


def _rust(standing: Standing) -> Visibility:
    if standing.head.startswith("pub("):
        return Visibility.INTERNAL
    inherits = standing.within in _RUST_INHERITS or _IMPLEMENTS.match(standing.outer)
    if standing.head.startswith("pub ") or standing.head.startswith("impl") or inherits:
        return Visibility.PUBLIC
    return Visibility.INTERNAL if standing.kind is SymbolKind.MACRO else Visibility.PRIVATE


_RUST_INHERITS = frozenset({SymbolKind.TRAIT, SymbolKind.ENUM, SymbolKind.MEMBER})
_IMPLEMENTS = re.compile(r"(?:unsafe )?impl\b.*\bfor\b")


def _java(standing: Standing) -> Visibility:
    if standing.kind in {SymbolKind.MODULE, SymbolKind.MEMBER}:
        return Visibility.PUBLIC
    return _word(standing.head) or (Visibility.PUBLIC if standing.within in _ABSTRACT else Visibility.INTERNAL)


def _csharp(standing: Standing) -> Visibility:
    word = _word(standing.head)
    if word is not None:
        return Visibility.PROTECTED if "protected internal" in standing.head else word
    open_kinds = standing.kind in {SymbolKind.MODULE, SymbolKind.MEMBER} or standing.within in _ABSTRACT
    if open_kinds or (standing.kind is SymbolKind.FIELD and f"{standing.head}," in _parameters(standing.outer)):
        return Visibility.PUBLIC
    return Visibility.PRIVATE if standing.within in _TYPES else Visibility.INTERNAL


def _parameters(head: str) -> str:
    """The parameters of a record, which are public properties, each with a comma behind it."""
    _, _, rest = head.partition("(")
    return re.sub(r"\)[^)]*$", ",", rest)


def _public_unless_said(standing: Standing) -> Visibility:
    return _word(standing.head) or Visibility.PUBLIC


def _swift(standing: Standing) -> Visibility:
    if standing.kind is SymbolKind.MEMBER or standing.within in _ABSTRACT:
        return _word(standing.outer) or Visibility.INTERNAL
    return _word(standing.head) or Visibility.INTERNAL


def _script(standing: Standing) -> Visibility:
    """JavaScript and TypeScript: what a file that exports something does not export is its own."""
    if standing.name.startswith("#"):
        return Visibility.PRIVATE
    if standing.within is not None or standing.kind is SymbolKind.METHOD or _OFFERED.match(standing.head):
        return _word(standing.head) or Visibility.PUBLIC
    return Visibility.PRIVATE if standing.exported is False else Visibility.PUBLIC


_OFFERED = re.compile(r"(?:module\.)?exports\b")


def _c(standing: Standing) -> Visibility:
    return Visibility.PRIVATE if _STATIC.match(standing.head) else Visibility.PUBLIC


_STATIC = re.compile(r"(?:inline\s+|extern\s+)?static\b")


def _cpp(standing: Standing) -> Visibility:
    if standing.within in _TYPES:
        word = _WORDS.get((standing.section or "").rstrip(":"))
        return word or (Visibility.PRIVATE if _CLASS.match(standing.outer) else Visibility.PUBLIC)
    return _c(standing)


_CLASS = re.compile(r"(?:template\s*<.*>\s*)?class\b")


def _by_section(standing: Standing) -> Visibility:
    return _word(standing.head) or _WORDS.get(standing.section or "", Visibility.PUBLIC)


def _elixir(standing: Standing) -> Visibility:
    return Visibility.PRIVATE if _DEFINED_PRIVATELY.match(standing.head) else Visibility.PUBLIC


_DEFINED_PRIVATELY = re.compile(r"def\w*p\b")


def _by_local(standing: Standing) -> Visibility:
    return Visibility.PRIVATE if standing.head.startswith("local ") else Visibility.PUBLIC


def _by_pub(standing: Standing) -> Visibility:
    inherits = standing.within in _TYPES and standing.kind in {SymbolKind.FIELD, SymbolKind.MEMBER}
    said = _PUB.match(standing.head)
    return Visibility.PUBLIC if said or inherits else Visibility.PRIVATE


_PUB = re.compile(r"(?:pub|export|test)\b")

_RULES: dict[str, Callable[[Standing], Visibility]] = {
    "c": _c,
    "cpp": _cpp,
    "csharp": _csharp,
    "elixir": _elixir,
    "go": _go,
    "java": _java,
    "javascript": _script,
    "kotlin": _public_unless_said,
    "lua": _by_local,
    "perl": _by_underscore,
    "php": _public_unless_said,
    "python": _by_underscore,
    "ruby": _by_section,
    "rust": _rust,
    "scala": _public_unless_said,
    "swift": _swift,
    "tsx": _script,
    "typescript": _script,
    "zig": _by_pub,
}
"""A language without a row has no rule: all is public."""
