"""The files of a source, and what changed about them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class FileStatus(StrEnum):
    """What the last SYNC found, until ENRICH clears it."""

    ADDED = "added"
    MODIFIED = "modified"
    RENAMED = "renamed"
    """It has another path than before, and perhaps another content."""
    DELETED = "deleted"
    CLEAN = "clean"


class SkipReason(StrEnum):
    """Why a file has no snippets."""

    BINARY = "binary"
    TOO_LARGE = "too large"
    MINIFIED = "minified"
    GENERATED = "generated"
    EMPTY = "empty"
    LFS_POINTER = "content is in Git LFS"
    UNREADABLE = "unreadable"
    FAILED = "extraction failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """A file as a working copy lists it.

    `path` is relative to the source's root, with `/` between its parts.
    `size` is in bytes.
    `mtime_ns` is the modification time in nanoseconds since the epoch, 0 where it says nothing (git blobs).
    `content_hash` is given where the listing knows it (a git blob's id), else None.
    `unreadable` is set when the file is listed but cannot be opened, and for a directory that cannot be listed.
    """

    path: str
    size: int
    mtime_ns: int = 0
    content_hash: str | None = None
    unreadable: bool = False


class PlacedFile(NamedTuple):
    """A file with no more than where it lies and what it is written in."""

    id: int
    path: str
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a source as kodit remembers it.

    `content_hash` changes if and only if the content does: SHA-256 in hexadecimal for a directory's files, the
    blob id for git. `extracted_hash` is the content hash that the stored snippets were made from, None before
    the first EXTRACT and while they are those of another path. A file that is renamed keeps its id.
    `author`, `changed_at` and `created_at` are as in `Touch`; None where nobody knows.
    `former_paths` are those that it had since a run was last completed, None where it had no other.
    """

    index_id: int
    path: str
    size: int
    mtime_ns: int
    content_hash: str
    status: FileStatus
    extracted_hash: str | None = None
    language: str | None = None
    skip_reason: SkipReason | None = None
    author: str | None = None
    changed_at: datetime | None = None
    created_at: datetime | None = None
    former_paths: tuple[str, ...] | None = None
    id: int = 0

    @property
    def needs_extraction(self) -> bool:
        """True while the stored snippets are not those of the present content."""
        return self.status is FileStatus.DELETED or self.extracted_hash != self.content_hash
