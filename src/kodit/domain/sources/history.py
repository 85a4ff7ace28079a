"""Who changed files, and when."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from kodit.domain.sources.file import File, FileStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """What commits say of one file.

    `author` is who wrote the last of the commits that changed it, as `Name <address>`; `changed_at` is when that one
    was committed, and `created_at` when the last one that added it was, None when that is beyond what is known.
    """

    author: str
    changed_at: datetime
    created_at: datetime | None = None

    def after(self, earlier: "Touch") -> "Touch":
        """This and an earlier one in one: it makes no difference in which order commits are looked at."""
        last = max(self, earlier, key=lambda touch: (touch.changed_at, touch.author))
        created = max((one for one in (self.created_at, earlier.created_at) if one is not None), default=None)
        return Touch(author=last.author, changed_at=last.changed_at, created_at=created)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the commits of a working copy say of its files, as far as they are there to be read.

    `touches` has the files, by path, that the commits looked at have changed; a shallow mirror knows only the
    commits above its boundary. `committed_at` is when the commit itself was made. With `follows`, the commits looked
    at are only those after an earlier one, and what was known before holds for the rest; without, what is not here is
    not known at all.
    """

    touches: Mapping[str, Touch] = field(default_factory=dict)
    committed_at: datetime | None = None
    follows: bool = False

    def told_of(self, files: Iterable[File], *, known: Collection[str]) -> list[File]:
        """The files with what is known of them now; what was known before counts for the `known` paths alone."""
        return [file if file.status is FileStatus.DELETED else self._told(file, file.path in known) for file in files]

    def _told(self, file: File, is_known: bool) -> File:
        touch = self.touches.get(file.path)
        if self.follows and is_known and file.author is not None and file.changed_at is not None:
            before = Touch(author=file.author, changed_at=file.changed_at, created_at=file.created_at)
            touch = before if touch is None else touch.after(before)
        told = (None, None, None) if touch is None else (touch.author, touch.changed_at, touch.created_at)
        if told == (file.author, file.changed_at, file.created_at):
            return file
        return replace(file, author=told[0], changed_at=told[1], created_at=told[2])
