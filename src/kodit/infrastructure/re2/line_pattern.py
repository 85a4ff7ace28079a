"""Patterns of strangers, matched in linear time by RE2."""

from collections.abc import Sequence

import re2  # type: ignore[import-untyped]

from kodit.application.files.ports import Sought
from kodit.domain.errors import InvalidInput

MOST_MEMORY = 8 << 20
"""Bytes that one pattern may take; RE2's own bound."""

_LOOKING_AROUND = ("(?=", "(?!", "(?<=", "(?<!")


class Re2LinePattern:
    """Implements LinePattern. Raises InvalidInput for what is no regular expression, or too big a one."""

    def __init__(self, sought: Sought) -> None:
        options = re2.Options()
        options.case_sensitive = not sought.ignore_case
        options.literal = sought.fixed
        options.max_mem = MOST_MEMORY
        options.never_capture = True
        # It would write to stderr what is raised here as well.
        options.log_errors = False
        try:
            self._pattern = re2.compile(sought.pattern.encode("utf-8", "surrogatepass"), options)
        except re2.error as error:
            raise InvalidInput(
                f"the pattern is no regular expression: {_told(error)}", remedy=_remedy(sought)
            ) from None

    def within(self, lines: Sequence[str]) -> Sequence[int]:
        """See the port."""
        search = self._pattern.search
        # Half of a surrogate pair is no text, and nothing matches it.
        return [at for at, line in enumerate(lines) if search(line.encode("utf-8", "surrogatepass"))]


def _told(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _remedy(sought: Sought) -> str:
    if any(sign in sought.pattern for sign in _LOOKING_AROUND):
        return "leave out what looks ahead or behind: no engine with linear time has that"
    return r"put a \ before a character that is meant as it stands, or look for a fixed text"
