"""What a line must hold for a regular expression to match in it: by that, most texts are never looked at."""

from collections.abc import Iterator

_META = frozenset(r"\.+*?()|[]{}^$")
_SPECIAL_FOLDS = frozenset("kKsS")
"""Letters that have relatives beyond ASCII, which match them where case does not count: U+212A and U+017F."""


def required_literal(pattern: str, *, ignore_case: bool = False, fixed: bool = False) -> str:
    """The longest text that every line has in which the pattern matches, "" where none is certain.

    With `ignore_case` it is in lower case, and a line has it in any case of ASCII's letters. A `fixed` pattern is the
    text itself. The pattern is one in the syntax of RE2; of what this does not understand nothing is concluded.
    """
    pieces = [pattern] if fixed else list(_pieces(pattern))
    if ignore_case:
        pieces = [part for piece in pieces for part in _foldable(piece)]
    longest = max(pieces, key=len, default="")
    return longest.lower() if ignore_case else longest


def _foldable(piece: str) -> Iterator[str]:
    """The parts of a text whose cases are those of ASCII alone."""
    part = ""
    for character in piece:
        if character.isascii() and character not in _SPECIAL_FOLDS:
            part += character
        else:
            yield part
            part = ""
    yield part


def _pieces(pattern: str) -> Iterator[str]:
    """Runs of characters that must follow each other in what is matched; none where that cannot be told."""
    if "|" in pattern or "(?" in pattern or r"\Q" in pattern:
        # Alternatives are none of them certain, and flags change what a letter means.
        return
    run = ""
    at = depth = 0
    while at < len(pattern):
        literal, after = _one(pattern, at)
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        quantifier, after = _quantifier(pattern, after)
        if literal and not depth and quantifier in ("", "+"):
            run += literal
        if not literal or depth or quantifier:
            yield run
            run = ""
        at = after
    yield run


def _one(pattern: str, at: int) -> tuple[str, int]:
    """The literal at a place, "" for what is none, and where the next thing begins."""
    character = pattern[at]
    if character == "\\":
        following = pattern[at + 1 : at + 2]
        if following and not following.isalnum() and following.isascii():
            return following, at + 2
        return "", _end_of_escape(pattern, at)
    if character == "[":
        return "", _end_of_set(pattern, at)
    return ("" if character in _META else character), at + 1


def _end_of_escape(pattern: str, at: int) -> int:
    """Behind `\\pL`, `\\p{Greek}`, `\\x{10FFFF}`, `\\x41`, `\\101`; behind the letter of all others."""
    letter = pattern[at + 1 : at + 2]
    if letter in ("p", "P", "x") and pattern[at + 2 : at + 3] == "{":
        return _behind(pattern, "}", at + 2)
    if letter.isdigit():
        end = at + 2
        while end < len(pattern) and end < at + 4 and pattern[end].isdigit():
            end += 1
        return end
    return at + {"x": 4, "p": 3, "P": 3}.get(letter, 2)


def _end_of_set(pattern: str, at: int) -> int:
    """Behind a set, in which a first `]` stands for itself, as in `[]a]` and `[^]a]`."""
    at += 1
    at += pattern[at : at + 1] == "^"
    at += pattern[at : at + 1] == "]"
    while at < len(pattern) and pattern[at] != "]":
        if pattern.startswith("[:", at):
            at = _behind(pattern, ":]", at)
        else:
            at += 2 if pattern[at] == "\\" else 1
    return at + 1


def _quantifier(pattern: str, at: int) -> tuple[str, int]:
    """What says how often the thing before it comes, and where the next thing begins."""
    start = at
    while pattern[at : at + 1] and pattern[at] in "*+?":
        at += 1
    if pattern[at : at + 1] == "{":
        at = _behind(pattern, "}", at)
        return "{", at
    return pattern[start:at], at


def _behind(pattern: str, end: str, at: int) -> int:
    found = pattern.find(end, at)
    return len(pattern) if found < 0 else found + len(end)
