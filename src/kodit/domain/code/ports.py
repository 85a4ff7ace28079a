"""What understanding code needs from the world."""

from collections.abc import AsyncIterator
from typing import Protocol

from kodit.domain.code.snippet import ExtractedFile, FileContent


class SnippetExtractor(Protocol):
    """Cuts files into snippets. Held to tests/contracts/test_snippet_extractor.py."""

    def extract(self, files: AsyncIterator[FileContent]) -> AsyncIterator[ExtractedFile]:
        """One result for each file, in the order given, streamed in bounded memory.

        A file that cannot be decoded or parsed, or that kills or hangs its worker process, costs that file only:
        its result carries a skip reason.
        """
        ...
