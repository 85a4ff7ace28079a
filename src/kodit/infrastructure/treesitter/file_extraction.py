"""What a worker process does: cut one file after another. Imports neither the database nor the event loop."""

from collections.abc import Callable, Sequence

from kodit.domain.code.chunking import snippets_of
from kodit.domain.code.classification import readable
from kodit.domain.code.extracted import ExtractedFile, FileContent
from kodit.domain.code.language import language_of_text
from kodit.domain.sources.file import SkipReason
from kodit.infrastructure.treesitter.definitions import found_in
from kodit.infrastructure.treesitter.grammars import PARSED_LANGUAGES, tree_of
from kodit.infrastructure.treesitter.symbols import symbols_of

FileFunction = Callable[[FileContent], ExtractedFile]


def extract_file(file: FileContent) -> ExtractedFile:
    """The snippets and symbols of one file, or why it has none."""
    text = readable(file.path, file.content)
    if isinstance(text, SkipReason):
        return ExtractedFile(path=file.path, skip_reason=text)
    language = language_of_text(file.path, text)
    if language not in PARSED_LANGUAGES:
        return ExtractedFile(path=file.path, language=language, snippets=snippets_of(file.path, language, text))
    root, source = tree_of(language, text)
    found = found_in(language, root, source)
    return ExtractedFile(
        path=file.path,
        language=language,
        snippets=snippets_of(file.path, language, text, found.parsed),
        symbols=symbols_of(language, found, source),
    )


def extract_batch(extract: FileFunction, files: Sequence[FileContent]) -> list[ExtractedFile]:
    """One result for each file; an error costs the file that caused it."""
    return [_extract_guarded(extract, file) for file in files]


def _extract_guarded(extract: FileFunction, file: FileContent) -> ExtractedFile:
    try:
        return extract(file)
    except Exception as error:  # noqa: BLE001 - whatever a hostile file provokes must not cost its neighbours
        return failed(file, f"{type(error).__name__}: {error}")


def failed(file: FileContent, problem: str) -> ExtractedFile:
    """The result for a file that could not be extracted."""
    return ExtractedFile(path=file.path, skip_reason=SkipReason.FAILED, problem=problem)
