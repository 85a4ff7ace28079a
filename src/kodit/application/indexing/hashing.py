"""The contents of files by their hashes, with those that cannot be read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from kodit.domain.errors import NotFound, Refused, Unavailable, Unreadable
from kodit.domain.sources.changes import UNREADABLE_HASH
from kodit.domain.sources.file import FileEntry
from kodit.domain.sources.ports import WorkingCopy

FEW = 10
"""So many files may always fail to be read: where a sector is bad, and what the kernel shows as files."""


async def hashed(
    copy: WorkingCopy, entries: Sequence[FileEntry], advance: Callable[[], Awaitable[None]]
) -> Mapping[str, str | None]:
    """The hash of each file by its path, as `changes_between` wants them; `advance` is called after each.

    A file that fails to be read costs itself alone. Raises Unavailable when more fail than can be read: then it is
    the disk that fails, and what was indexed from it must not be taken for unreadable.
    """
    hashes: dict[str, str | None] = {}
    failed = 0
    for entry in entries:
        try:
            hashes[entry.path] = await copy.hash_of(entry.path)
        except NotFound:
            hashes[entry.path] = None
        except Unreadable as error:
            hashes[entry.path] = UNREADABLE_HASH
            failed += 1
            if failed > max(FEW, len(hashes) - failed):
                raise Unavailable(f"too many files cannot be read: {error}", remedy="see what the disk has") from error
        except Refused:
            hashes[entry.path] = UNREADABLE_HASH
        await advance()
    return hashes
