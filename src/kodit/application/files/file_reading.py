"""What does a file say?"""

from collections.abc import Sequence
from dataclasses import dataclass

from kodit.application.asking.given import at_least_one
from kodit.application.asking.naming import Naming
from kodit.application.asking.rows import FoundFile
from kodit.application.asking.where import ANYWHERE, Where
from kodit.application.files.ports import FileTexts
from kodit.domain.errors import InvalidInput, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLines:
    """Some lines of a file, the first of them by its number from 1; `total` is how many the file has."""

    file: FoundFile
    start_line: int
    lines: Sequence[str]
    total: int

    @property
    def end_line(self) -> int:
        """The number of the last of them."""
        return self.start_line + len(self.lines) - 1


class FileReading:
    """Reads files as they were when they were indexed, from the database: no path leads out of a source, and every
    machine that has the database can read them.
    """

    def __init__(self, *, naming: Naming, texts: FileTexts) -> None:
        self._naming = naming
        self._texts = texts

    def off_disk(self) -> "FileReading":
        """The same for who must not learn what lies on this machine's disk: paths mean indexed files alone."""
        return FileReading(naming=self._naming.off_disk(), texts=self._texts)

    async def lines_at(self, path: str, source: str, *, start_line: int = 1, end_line: int | None = None) -> FileLines:
        """The same of the file of a source with exactly this path. Raises the same but for several files."""
        _check(start_line, end_line)
        return await self._told(await self._naming.file_at(path, source), start_line, end_line)

    async def lines(
        self, file: str, *, start_line: int = 1, end_line: int | None = None, where: Where = ANYWHERE
    ) -> FileLines:
        """A file's lines in a range that includes both ends; what is beyond the file's end is left out.

        The file is named by its path in its source, by the end of that, or by its path on this machine.
        Raises NotFound, also for a file of which no text is indexed, InvalidInput where several files may be meant and
        for a range that makes no sense, NothingIndexed when nothing is indexed.
        """
        _check(start_line, end_line)
        return await self._told(await self._naming.file(file, where), start_line, end_line)

    async def _told(self, found: FoundFile, start_line: int, end_line: int | None) -> FileLines:
        text = (await self._texts.lines([found.id])).get(found.id)
        if text is None:
            raise NotFound(f"no text of {found.path} is indexed", remedy=f"see why: kodit sources show {found.source}")
        if start_line > max(len(text), 1):
            raise InvalidInput(f"{found.path} has {len(text)} lines", remedy=f"begin at one of 1 to {len(text)}")
        return FileLines(file=found, start_line=start_line, lines=text[start_line - 1 : end_line], total=len(text))


def _check(start_line: int, end_line: int | None) -> None:
    at_least_one("start_line", start_line)
    if end_line is not None and end_line < start_line:
        raise InvalidInput(f"line {end_line} comes before line {start_line}", remedy="give the smaller one first")
