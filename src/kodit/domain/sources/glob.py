"""Patterns as gitignore(5) writes them, translated to regular expressions that match in linear time.

What a pattern means is git's wildmatch: `?` and `*` stop at a slash, `**` between slashes is any number of
directories, `[a-z]`, `[!a]` and `[[:alpha:]]` are classes that never match a slash, a backslash takes the next
character as it is. Characters are compared, where git compares bytes: `?` matches `é`.
"""

import re
from collections.abc import Iterator

_ANY_DIRECTORIES = "(?:[^/]+/)*"
_STAR = "*"
_SLASH = "/"

# The named classes of POSIX, for ASCII, as they stand inside the brackets of a regular expression.
_POSIX_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "\\x21-\\x7e",
    "lower": "a-z",
    "print": "\\x20-\\x7e",
    "punct": "\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e",
    "space": " \\t\\n\\r\\f\\v",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}


def regex_of(glob: str) -> str | None:
    """The regular expression whose full matches, with DOTALL, are the paths that `glob` matches.

    None for a glob that matches nothing: an unfinished class or escape, or an empty part between slashes.
    """
    try:
        tokens = list(_tokens(glob))
    except LookupError:  # the glob ends inside a class or an escape, or names a class that does not exist
        return None
    segments: list[list[str]] = [[]]
    for token in tokens:
        if token == _SLASH:
            segments.append([])
        else:
            segments[-1].append(token)
    return _joined(segments) if all(segments) else None


def _tokens(glob: str) -> Iterator[str]:
    """`*` and `**` for stars, `/` for slashes, else a regular expression for one character.

    Raises LookupError when the glob ends too early or names an unknown class.
    """
    at = 0
    while at < len(glob):
        char = glob[at]
        at += 1
        if char == "*":
            start = at - 1
            while glob[at : at + 1] == "*":
                at += 1
            yield _STAR if at - start == 1 else "**"
        elif char == "?":
            yield "[^/]"
        elif char == "[":
            expression, at = _class(glob, at)
            yield expression
        elif char == "\\":
            yield _literal(glob[at])
            at += 1
        else:
            yield _literal(char)


def _literal(char: str) -> str:
    return _SLASH if char == "/" else re.escape(char)


def _class(glob: str, at: int) -> tuple[str, int]:
    """The expression for the class that opens before `at`, and where the glob goes on behind it."""
    negated = glob[at] in "!^"
    at += negated
    members = ""
    previous = ""  # what a following "-" starts its range from
    first = True
    while first or glob[at] != "]":
        first = False
        if glob[at] == "-" and previous and glob[at + 1] != "]":
            last, at = _member(glob, at + 1)
            members += _range(previous, last)
            previous = ""
        elif (named := _named_class(glob, at)) is not None:
            name, at = named
            members += _POSIX_CLASSES[name]
            previous = ""
        else:
            previous, at = _member(glob, at)
            members += _escaped(previous)
    if negated:
        return f"[^/{members}]", at + 1
    return (f"(?!/)[{members}]" if members else "(?!)"), at + 1


def _member(glob: str, at: int) -> tuple[str, int]:
    return (glob[at + 1], at + 2) if glob[at] == "\\" else (glob[at], at + 1)


def _named_class(glob: str, at: int) -> tuple[str, int] | None:
    """The name in `[:name:]` at `at` and where it ends; None where no such name stands."""
    if glob[at : at + 2] != "[:":
        return None
    end = glob.find("]", at + 2)
    if end < 0:
        raise IndexError
    return (glob[at + 2 : end - 1], end + 1) if end > at + 2 and glob[end - 1] == ":" else None


def _range(first: str, last: str) -> str:
    return f"{_escaped(first)}-{_escaped(last)}" if first <= last else ""


def _escaped(char: str) -> str:
    return char if char.isalnum() else f"\\{char}" if char.isascii() and char.isprintable() else re.escape(char)


def _joined(segments: list[list[str]]) -> str:
    """The expression for a whole path.

    Between two `**` the leftmost match is as good as any other, because the second `**` takes what is left; so
    these parts are atomic groups, and no pattern makes the search go back over them.
    """
    blocks: list[list[str]] = [[]]
    for segment in segments:
        if segment == ["**"]:
            blocks.append([])
        else:
            blocks[-1].append(_segment(segment))
    first, *rest = ("/".join(block) for block in blocks)
    if not rest:
        return first
    *middle, last = rest
    return "".join(
        [
            f"{first}/" if first else "",
            *(f"(?>(?:[^/]+/)*?{block}/)" for block in middle if block),
            _ANY_DIRECTORIES + last if last else ".+",
        ]
    )


def _segment(tokens: list[str]) -> str:
    """The expression for one name; leftmost matches are as good as any, as between two `**`."""
    pieces = [""]
    for token in tokens:
        if token in (_STAR, "**"):
            pieces.append("")
        else:
            pieces[-1] += token
    first, *rest = pieces
    if not rest:
        return first
    *middle, last = rest
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle if piece) + f"[^/]*{last}"
