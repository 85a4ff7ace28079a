"""What reading the files of an index needs from the world."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kodit.application.asking.rows import FoundFile
from kodit.domain.search.query import Filters


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for: a regular expression in the syntax of RE2, or where it is `fixed`, a text as it stands."""

    pattern: str
    ignore_case: bool = False
    fixed: bool = False


class FileTexts(Protocol):
    """The texts of the files, as they were when they were indexed. Held to tests/contracts/test_file_texts.py.

    Both may raise Locked or DatabaseUnusable.
    """

    async def holding(self, literal: str, filters: Filters, *, ignore_case: bool) -> Sequence[FoundFile]:
        """The files whose text may have the literal in one of its lines, by source and path; "" is in every text.

        With `ignore_case` the literal is in ASCII's lower case and stands for its letters in either case. There may be
        files among them that do not have it.
        """
        ...

    async def lines(self, file_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
        """The lines of each file, without their ends, by its id; one without a text is left out."""
        ...


class LinePattern(Protocol):
    """A pattern, ready for use. Held to tests/contracts/test_line_pattern.py."""

    def within(self, lines: Sequence[str]) -> Sequence[int]:
        """The places, from 0, of the lines in which it matches, in time linear in their length."""
        ...
