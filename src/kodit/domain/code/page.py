"""The lines of one text, and where a long run of them is best cut."""

import re
from bisect import bisect_right
from itertools import accumulate

from kodit.domain.code.lines import lines_of

WINDOW_LINES = 60
"""The longest run of lines that makes one snippet: about what a reader takes in at a glance."""

WINDOW_CHARACTERS = 6_000
"""The same bound for long lines: WINDOW_LINES of 100 characters."""

_SLACK = 8
"""Lines by which a window may exceed the mean, so that there is a choice of places to cut."""

_TRIVIAL = re.compile(
    r"[\W_]*(?:(?:end|endif|fi|done|esac|else|pass|public|private|protected)\b[\W_]*)?"
    r"|\s*(?:[})\]]+;?|end)\s*(?://|#|/\*).*"
    r"|\s*#\s*(?:endif|else)\b.*"
)


class Page:
    """A text by its lines, which count from 1. Ranges of lines include both ends."""

    __slots__ = ("_lines", "_offsets")

    def __init__(self, text: str) -> None:
        self._lines = lines_of(text)
        self._offsets = list(accumulate((len(line) + 1 for line in self._lines), initial=0))

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, number: int) -> str:
        """One line, without its end."""
        return self._lines[number - 1]

    def text(self, first: int, last: int) -> str:
        """The lines of the range as they stand, joined by LF."""
        return "\n".join(self._lines[first - 1 : last])

    def is_trivial(self, number: int) -> bool:
        """True when the line says nothing by itself: blank, brackets, `end`, `#endif`."""
        return _TRIVIAL.fullmatch(self._lines[number - 1]) is not None

    def is_blank(self, first: int, last: int) -> bool:
        """True when the range is nothing but white space."""
        return not any(line.strip() for line in self._lines[first - 1 : last])

    def fits(self, first: int, last: int, lines: int) -> bool:
        """True when the range is at most that many lines, and no more characters than these may have."""
        return last - first < lines and self._size(first, last) <= lines * WINDOW_CHARACTERS // WINDOW_LINES

    def windows(self, first: int, last: int) -> list[tuple[int, int]]:
        """The range cut into windows that fit, without gap or overlap, preferably at blank lines.

        A single line too long for a window is one by itself. A window of blank lines joins its neighbour.
        """
        found: list[tuple[int, int]] = []
        open_to_join = False
        while first <= last:
            end = last if self.fits(first, last, WINDOW_LINES) else self._cut(first, last)
            blank = self.is_blank(first, end)
            if found and (blank or open_to_join):
                found[-1] = (found[-1][0], end)
                open_to_join = open_to_join and blank
            else:
                found.append((first, end))
                open_to_join = blank
            first = end + 1
        return found

    def _size(self, first: int, last: int) -> int:
        return self._offsets[last] - self._offsets[first - 1]

    def _cut(self, first: int, last: int) -> int:
        """The last line of the first window of a range that does not fit."""
        furthest = self._furthest(first, last)
        earliest = first + (furthest - first) // 2
        for line in range(furthest, earliest, -1):
            if not self.line(line).strip():
                return line
        # No blank line: cut where the next line is indented least.
        return min(range(furthest, earliest - 1, -1), key=self._indent_after, default=furthest)

    def _furthest(self, first: int, last: int) -> int:
        """The last line that the window may have; what follows is left as long as this, not a scrap."""
        count = last - first + 1
        windows = -(-count // WINDOW_LINES)
        by_lines = first + min(WINDOW_LINES, -(-count // windows) + _SLACK) - 1
        by_characters = bisect_right(self._offsets, self._offsets[first - 1] + WINDOW_CHARACTERS) - 1
        return max(first, min(by_lines, by_characters, last))

    def _indent_after(self, line: int) -> int:
        if line >= len(self._lines):
            return 0
        following = self.line(line + 1)
        return len(following) - len(following.lstrip())
