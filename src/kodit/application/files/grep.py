"""Which lines of the indexed files does a pattern match?"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from kodit.application.asking.given import at_least_one
from kodit.application.asking.rows import FoundFile
from kodit.application.asking.where import ANYWHERE, Where, filters_of
from kodit.application.files.ports import FileTexts, LinePattern, Sought
from kodit.application.unit_of_work import Storage
from kodit.domain.errors import InvalidInput
from kodit.domain.search.required_literal import required_literal

BATCH = 64
"""Files whose texts are read at once: of usual code about a megabyte."""

MOST_CONTEXT = 100
"""Lines of context on either side; who wants more wants to read the file."""

LONGEST_PATTERN = 2_000
"""Characters. What an engine makes of a pattern is many times as long, and people's are short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrepLine:
    """A line, by its number from 1; one that does not match is there for context."""

    number: int
    text: str
    matches: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GrepFile:
    """A file with the lines that match, and those around them."""

    file: FoundFile
    lines: Sequence[GrepLine]

    @property
    def matches(self) -> int:
        """How many lines match."""
        return sum(line.matches for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrepResult:
    """The files with lines that match, by source and path.

    `more` is set when there may be others beyond the limit. `unread` counts the files that the time was too short for.
    `took_ms` are milliseconds.
    """

    sought: Sought
    files: Sequence[GrepFile]
    more: bool
    unread: int
    took_ms: float

    @property
    def matches(self) -> int:
        """How many lines match, of those told."""
        return sum(found.matches for found in self.files)


class Grep:
    """Looks through the texts that were indexed: files that were skipped, and what changed since, are not among them.

    Only files with a text that the pattern requires are read, and each line is matched in linear time, so that no
    pattern, however hostile, takes long.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        texts: FileTexts,
        compiled: Callable[[Sought], LinePattern],
        seconds: Callable[[], float] = time.monotonic,
        batch: int = BATCH,
    ) -> None:
        self._storage = storage
        self._texts = texts
        self._compiled = compiled
        self._seconds = seconds
        self._batch = batch

    async def lines(
        self, sought: Sought, *, where: Where = ANYWHERE, context: int = 0, limit: int = 200, patience: float = 10
    ) -> GrepResult:
        """The lines that match: at most `limit`, each with so many around it, found within `patience` seconds.

        Raises InvalidInput for a pattern, a language or a number that makes no sense, NotFound for a source that there
        is none of, NothingIndexed when nothing is indexed.
        """
        started = self._seconds()
        _check(sought, context)
        at_least_one("limit", limit)
        pattern = self._compiled(sought)
        filters = await filters_of(self._storage, where)
        literal = required_literal(sought.pattern, ignore_case=sought.ignore_case, fixed=sought.fixed)
        files = await self._texts.holding(literal, filters, ignore_case=sought.ignore_case)
        found: list[GrepFile] = []
        read, more = 0, False
        for batch in _batches(files, self._batch):
            if more or self._seconds() - started > patience:
                break
            texts = await self._texts.lines([file.id for file in batch])
            left = limit - sum(one.matches for one in found)
            matched, more = await asyncio.to_thread(_matched, batch, texts, pattern, context, left)
            found += matched
            read += len(batch)
        return GrepResult(
            sought=sought,
            files=found,
            more=more,
            unread=0 if more else len(files) - read,
            took_ms=(self._seconds() - started) * 1000,
        )


def _check(sought: Sought, context: int) -> None:
    if not sought.pattern or len(sought.pattern) > LONGEST_PATTERN:
        raise InvalidInput(
            f"the pattern has {len(sought.pattern)} characters", remedy=f"give one of 1 to {LONGEST_PATTERN:,}"
        )
    if not 0 <= context <= MOST_CONTEXT:
        raise InvalidInput(f"context is {context}", remedy=f"give 0 to {MOST_CONTEXT}, or read the file")


def _batches(files: Sequence[FoundFile], size: int) -> Iterator[Sequence[FoundFile]]:
    remaining = iter(files)
    while batch := list(islice(remaining, size)):
        yield batch


def _matched(
    files: Sequence[FoundFile], texts: Mapping[int, Sequence[str]], pattern: LinePattern, context: int, limit: int
) -> tuple[list[GrepFile], bool]:
    """The files with at most so many lines that match, and whether there are more."""
    found: list[GrepFile] = []
    for file in files:
        lines = texts.get(file.id, ())
        places = pattern.within(lines)
        if told := places[:limit]:
            found.append(GrepFile(file=file, lines=_with_context(lines, told, context)))
        if len(places) > limit:
            return found, True
        limit -= len(told)
    return found, False


def _with_context(lines: Sequence[str], places: Sequence[int], context: int) -> Sequence[GrepLine]:
    matching = set(places)
    shown = {near for at in places for near in range(max(at - context, 0), min(at + context + 1, len(lines)))}
    return [GrepLine(number=at + 1, text=lines[at], matches=at in matching) for at in sorted(shown)]
