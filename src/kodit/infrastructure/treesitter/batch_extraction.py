"""What a worker process does with many files, one after the other. Imports neither the database nor the event loop."""

from collections.abc import Callable, Sequence

from kodit.domain.code.extracted import ExtractedFile, FileContent
from kodit.domain.sources.file import SkipReason
from kodit.infrastructure.treesitter.file_extraction import FileFunction
from kodit.infrastructure.treesitter.packing import packed


def extract_batch(extract: FileFunction, files: Sequence[FileContent]) -> bytes:
    """One result for each file, packed; an error costs the file that caused it."""
    return packed([_extract_guarded(extract, file) for file in files])


def _extract_guarded(extract: Callable[[FileContent], ExtractedFile], file: FileContent) -> ExtractedFile:
    try:
        return extract(file)
    except MemoryError:
        # What is left of it stands in the way of the neighbours: the process is of no more use.
        raise
    except Exception as error:  # noqa: BLE001 - whatever a hostile file provokes must not cost its neighbours
        return failed(file, f"{type(error).__name__}: {error}")


def failed(file: FileContent, problem: str) -> ExtractedFile:
    """The result for a file that could not be extracted."""
    return ExtractedFile(path=file.path, skip_reason=SkipReason.FAILED, problem=problem)
