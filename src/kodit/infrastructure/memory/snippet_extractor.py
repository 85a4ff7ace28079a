"""Extraction without grammars and processes: what the port promises, and no more."""

from collections.abc import AsyncIterator

from kodit.domain.code.chunking import snippets_of
from kodit.domain.code.classification import readable
from kodit.domain.code.extracted import ExtractedFile, FileContent
from kodit.domain.code.language import language_of_text
from kodit.domain.sources.file import SkipReason


class MemorySnippetExtractor:
    """A SnippetExtractor that knows no definitions: documents by heading, everything else in windows."""

    async def extract(self, files: AsyncIterator[FileContent]) -> AsyncIterator[ExtractedFile]:
        """One result for each file, in the order given."""
        async for file in files:
            yield _extracted(file)


def _extracted(file: FileContent) -> ExtractedFile:
    text = readable(file.path, file.content)
    if isinstance(text, SkipReason):
        return ExtractedFile(path=file.path, skip_reason=text)
    language = language_of_text(file.path, text)
    return ExtractedFile(path=file.path, language=language, snippets=snippets_of(file.path, language, text))
