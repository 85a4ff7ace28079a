"""The indexed files, asked of a server."""

from kodit.application.asking.where import ANYWHERE, Where
from kodit.application.files.file_reading import FileLines
from kodit.application.files.grep import GrepResult
from kodit.application.files.ports import Sought
from kodit.domain.errors import InvalidInput
from kodit.infrastructure.remote.connection import Connection

LINES = 1000
"""How many lines that match a server tells at most."""


class RemoteGrep:
    """As `Grep`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lines(self, sought: Sought, *, where: Where = ANYWHERE, context: int = 0, limit: int = 200) -> GrepResult:
        """As `Grep.lines`."""
        return await self._connection.get(
            GrepResult,
            "grep",
            pattern=sought.pattern,
            ignore_case=sought.ignore_case,
            fixed=sought.fixed,
            source=where.sources,
            language=where.languages,
            path=where.paths,
            context=context,
            limit=min(limit, LINES),
        )


class RemoteFileReading:
    """As `FileReading`, of a file by its source and its whole path."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lines(
        self, file: str, *, start_line: int = 1, end_line: int | None = None, where: Where = ANYWHERE
    ) -> FileLines:
        """As `FileReading.lines`. Raises InvalidInput unless one source is named."""
        if len(where.sources) != 1:
            raise InvalidInput("a server reads the files of one source at a time", remedy="name the source")
        path = ("sources", where.sources[0], "files", *file.split("/"))
        return await self._connection.get(FileLines, *path, start=start_line, end=end_line)


class RemoteFiles:
    """As `IndexedFiles`."""

    def __init__(self, connection: Connection) -> None:
        self.grep = RemoteGrep(connection)
        self.reading = RemoteFileReading(connection)
