"""The files of sources, as far as a caller sees them."""

from typing import TYPE_CHECKING

from kodit.application.asking.where import ANYWHERE, Where

if TYPE_CHECKING:
    from kodit.application.files.file_reading import FileLines
    from kodit.application.files.grep import GrepResult
    from kodit.application.files.indexed_files import IndexedFiles
    from kodit.application.files.ports import Sought
    from kodit.application.serving.sight import Sight


class FileAsking:
    """What `Grep` and `FileReading` answer, each narrowed to the sources that exist for the caller."""

    def __init__(self, files: "IndexedFiles", sight: "Sight") -> None:
        self._files = files
        self._reading = files.reading if sight.reaches_disk else files.reading.off_disk()
        self._sight = sight

    async def grep(
        self, sought: "Sought", *, where: Where = ANYWHERE, context: int = 0, limit: int = 200
    ) -> "GrepResult":
        """The lines that match. Raises as `Grep.lines`."""
        return await self._files.grep.lines(sought, where=await self._sight.where(where), context=context, limit=limit)

    async def lines_at(
        self, path: str, source: str, *, start_line: int = 1, end_line: int | None = None
    ) -> "FileLines":
        """What a file of a source says. Raises as `FileReading.lines_at`."""
        self._sight.must_see(source)
        return await self._reading.lines_at(path, source, start_line=start_line, end_line=end_line)

    async def lines(
        self, file: str, *, start_line: int = 1, end_line: int | None = None, where: Where = ANYWHERE
    ) -> "FileLines":
        """What a file says. Raises as `FileReading.lines`."""
        return await self._reading.lines(
            file, start_line=start_line, end_line=end_line, where=await self._sight.where(where)
        )
