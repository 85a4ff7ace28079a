"""The files of all sources, as they were indexed."""

from dataclasses import dataclass

from kodit.application.files.file_reading import FileReading
from kodit.application.files.grep import Grep


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedFiles:
    """What can be asked of them."""

    grep: Grep
    reading: FileReading
