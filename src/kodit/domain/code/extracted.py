"""Files on their way through extraction."""

from dataclasses import dataclass

from kodit.domain.code.reference import Import, Reference
from kodit.domain.code.snippet import Snippet
from kodit.domain.code.symbol import Symbol
from kodit.domain.sources.file import SkipReason

EXTRACTED_AS = 2
"""The number of this extraction. Whoever changes what it makes of a file (languages, queries, snippets, symbols,
references) raises it, so that stored files are extracted again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """A file on its way to extraction."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedFile:
    """What extraction made of one file, or the reason why there is nothing.

    Symbols are in the order of their places, so that one comes before what it encloses. `problem` describes what went
    wrong when `skip_reason` is FAILED or UNREADABLE.
    """

    path: str
    language: str | None = None
    snippets: tuple[Snippet, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    references: tuple[Reference, ...] = ()
    imports: tuple[Import, ...] = ()
    skip_reason: SkipReason | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What a file defines, uses and imports. Empty for a file that is gone or was skipped."""

    file_id: int
    symbols: tuple[Symbol, ...] = ()
    references: tuple[Reference, ...] = ()
    imports: tuple[Import, ...] = ()
