"""Answers that never grow beyond what an assistant has room for."""

import json
from typing import Any

from kodit.application.serving.plain import plain

BYTES_PER_TOKEN = 3
"""What is counted as one token. Code has three to four characters a token in the vocabularies of today's assistants,
and a letter beyond ASCII, of two bytes or more, about one token: so an answer is rather shorter than was allowed."""

USUAL_TOKENS = 3_000
"""About as long as 300 lines of code, or ten answers to a search."""
LEAST_TOKENS = 200
MOST_TOKENS = 20_000
"""Assistants refuse or cut what is longer than about 25,000 tokens."""

LONGEST_LINE = 300
"""Characters shown of one line: what is generated or minified has lines of a megabyte."""

_NOTE_BYTES = 180
"""Kept free for what is said about what was left out."""


def cost(text: str) -> int:
    """The bytes that a line takes, with its end."""
    return len(text.encode("utf-8", "replace")) + 1


def shown(line: str) -> str:
    """A line of code as far as it is shown."""
    line = line.rstrip()
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}… ({len(line)} characters)"


def span(first: int, last: int) -> str:
    """Lines by their numbers: `12-48`, or `12` alone."""
    return str(first) if first == last else f"{first}-{last}"


class Sheet:
    """Lines in the order in which they are put, as long as they fit into so many tokens.

    `ending` is put below them in any case, as far as a third of the sheet is enough for it.
    `several` is set where more than one source is asked.
    """

    def __init__(self, tokens: int, ending: str = "", *, several: bool = False) -> None:
        self._several = several
        every = max(LEAST_TOKENS, min(tokens, MOST_TOKENS)) * BYTES_PER_TOKEN
        self._ending = _cut(ending, every // 3)
        self._left = every - _NOTE_BYTES - (cost(self._ending) if self._ending else 0)
        self._lines: list[str] = []
        self._rows: list[Any] = []
        self._note = ""

    @property
    def left(self) -> int:
        """Bytes that are free."""
        return self._left

    @property
    def rows(self) -> list[Any]:
        """What was put beside lines."""
        return self._rows

    def of(self, source: str) -> str:
        """What a line that tells of a place has behind it: its source, where several are asked, and else nothing."""
        return f" in {source}" if self._several else ""

    def put(self, *lines: str, beside: Any = None) -> bool:
        """Put the lines, all or none; false when there is no room for them.

        `beside` is what the last of them says as a noun, for programs; it takes its room as well.
        """
        row = plain(beside)
        needed = sum(map(cost, lines)) + (cost(json.dumps(row)) if row is not None else 0)
        if needed > self._left:
            return False
        self._left -= needed
        self._lines += lines
        if row is not None:
            self._rows.append(row)
        return True

    def note(self, text: str) -> None:
        """Say what was left out, and how to get it; the last note counts."""
        self._note = _cut(text, _NOTE_BYTES - 1)

    def text(self) -> str:
        """All of it."""
        parts = [*self._lines, *[part for part in (self._note, self._ending) if part]]
        # Halves of surrogate pairs occur in code, and not in JSON.
        return "\n".join(parts).encode("utf-8", "replace").decode("utf-8")


def _cut(text: str, most: int) -> str:
    """The beginning of a text, in at most so many bytes."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= most:
        return text
    return encoded[: most - 3].decode("utf-8", "ignore") + "…"
