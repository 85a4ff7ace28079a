"""What strangers write, as text that can be stored, shown and compared."""

import re
from collections.abc import Iterator

LONGEST_NAME = 200
"""Characters of a name, a version, a program, an output."""
LONGEST_LINE = 1_000
"""Characters of a description, or of what a licence is called."""
LONGEST_TEXT = 20_000
"""Characters of a long description: several pages; the longest of nixpkgs are of 3,000."""

# Control characters, halves of surrogate pairs, marks that turn the direction of what follows, and the marks of byte
# order. A terminal may obey the first, a database refuses the second, and people are deceived by the third.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]+"
)
_GAP = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s")
# Numbers of signs that are cut before anything else is done, so that a text of any length costs the same.
_SLACK = 4


def line(text: object, longest: int = LONGEST_LINE) -> str | None:
    """A text as one line: folded and cut to a length; None for what is no text, or has nothing in it."""
    if not isinstance(text, str):
        return None
    if len(text) <= longest and text.isprintable() and "  " not in text:
        return text.strip() or None
    folded = _GAP.sub(" ", _UNWANTED.sub("", text[: longest * _SLACK]))
    return folded.strip()[:longest].rstrip() or None


def paragraphs(text: object, longest: int = LONGEST_TEXT) -> str | None:
    """A text of several lines: a paragraph, and an item of an enumeration, becomes one line.

    There is an empty line between paragraphs. What is longer is cut.
    """
    if not isinstance(text, str):
        return None
    wanted = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text[: longest * _SLACK]))
    found = ("\n".join(_lines(paragraph)) for paragraph in _BLANK_LINES.split(wanted))
    return "\n\n".join(filter(None, found))[:longest].rstrip() or None


def name(text: object) -> str | None:
    """A name: a line without spaces at its ends, of a bounded length."""
    return line(text, LONGEST_NAME)


def _lines(paragraph: str) -> Iterator[str]:
    """The lines of a paragraph: those that an author broke are joined, items of an enumeration are not."""
    together: list[str] = []
    for text in paragraph.split("\n"):
        if _ITEM.match(text) and together:
            yield " ".join(together)
            together = []
        together += text.split()
    if together:
        yield " ".join(together)
