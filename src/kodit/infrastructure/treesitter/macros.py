"""Readings of C and C++ for a grammar that knows no preprocessor.

A macro that stands where a declaration begins or ends, or a condition around half a statement, may cost a grammar the
whole file. Each reading has spaces in the place of such, so that every position stays.
"""

import re
from collections.abc import Iterator

from tree_sitter import Node

_MACRO = rb"(?:[A-Z][A-Z0-9]*_[A-Z0-9_]*|[A-Z]{4,})\b"
_GIVEN = rb"(?:[ \t]*\((?:[^()]|\((?:[^()]|\([^()]{0,200}\)){0,200}\)){0,500}\))"
"""What a macro is given. Bounded, so that a bracket which is never closed costs little."""

_CODE = re.compile(
    rb"(?P<other>^[ \t]*#(?:[^\n\\]|\\\n|\\.)*|//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    # `) NOEXCEPT {`: what a function ends its head with.
    rb"|(?P<before>\)\s*(?:(?:const|override|final|noexcept|volatile|&&?)\s*)*)"
    rb"(?P<trailing>(?:" + _MACRO + _GIVEN + rb"?\s*)+)(?=[{;:=]|->|/[/*])"
    # `class EXPORTED Name`.
    rb"|(?P<introduced>\b(?:class|struct|union|enum|namespace)\s+)(?P<exported>"
    + _MACRO
    + _GIVEN
    + rb"?)(?=\s+[A-Za-z_])"
    # `DEFINES_MEMBERS(x)` with a line to itself, and no body or further parts below it.
    rb"|^[ \t]*(?P<alone>" + _MACRO + _GIVEN + rb")(?=[ \t]*\n\s*[^\s{:;.?+\-*/,=&|<>)\]])"
    # `INLINE type name(`: what a declaration begins with; a type that is followed by its variable stays.
    rb"|\b(?P<leading>" + _MACRO + _GIVEN + rb"?)(?=\s+(?:operator\b|[A-Za-z_~]\w*\b\s*[\w<:&*(~#]|::|\[\[|~))",
    re.MULTILINE | re.DOTALL,
)


_DIRECTIVE = re.compile(
    rb"^[ \t]*#[ \t]*(?P<word>if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b(?:[^\n\\]|\\\n|\\.)*",
    re.MULTILINE | re.DOTALL,
)
_OPENS = frozenset({b"if", b"ifdef", b"ifndef"})


def readings(source: bytes) -> Iterator[bytes]:
    """The source without macros, then also without conditions, then also without what follows an `#else`."""
    plain = _CODE.sub(_blanked, source)
    yield plain
    yield _DIRECTIVE.sub(lambda match: _blank(match[0]), plain)
    yield _first_branches(plain)


def _blanked(match: re.Match[bytes]) -> bytes:
    for part in ("trailing", "exported", "alone", "leading"):
        macro = match[part]
        if macro is not None:
            start = match.start(part) - match.start()
            return match[0][:start] + _blank(macro) + match[0][start + len(macro) :]
    return match[0]


def _blank(text: bytes) -> bytes:
    return _INKED.sub(b" ", text)


_INKED = re.compile(rb"[^\n]")


def _first_branches(source: bytes) -> bytes:
    """The source with the first branch of each condition and no other."""
    kept: list[bytes] = []
    later: list[bool] = []
    position = 0
    for match in _DIRECTIVE.finditer(source):
        between = source[position : match.start()]
        kept += (_blank(between) if any(later) else between, _blank(match[0]))
        position = match.end()
        if match["word"] in _OPENS:
            later.append(False)
        elif later and match["word"] == b"endif":
            later.pop()
        elif later:
            later[-1] = True
    rest = source[position:]
    return b"".join((*kept, _blank(rest) if any(later) else rest))


def unread(root: Node) -> int:
    """How many bytes of a tree its grammar could not read, and what a missing brace is worth."""
    size = 0
    pending = [root] if root.has_error else []
    while pending:
        node = pending.pop()
        if node.is_missing:
            size += _MISSING_BRACE if node.type == "}" else 1
        elif node.is_error:
            size += max(1, node.end_byte - node.start_byte)
        else:
            pending.extend(child for child in node.children if child.has_error or child.is_missing)
    return size


_MISSING_BRACE = 100
"""Bytes. All that follows is then taken for a part of what lacks it."""
