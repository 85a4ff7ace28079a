"""Choosing files by who changed them last, and when."""

from dataclasses import dataclass
from datetime import datetime

from kodit.domain.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class LastChange:
    """Who changed a file last, and when, as its repository says. Empty means: any, also where nobody knows.

    `authors` are alternatives: parts of `Name <address>`, whatever their case. `earliest_at` is included, `until` not.
    Raises InvalidInput where nothing lies between them.
    """

    authors: tuple[str, ...] = ()
    earliest_at: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.earliest_at is not None and self.until is not None and self.earliest_at >= self.until:
            raise InvalidInput(
                f"no change is both from {self.earliest_at:%Y-%m-%d} on and before {self.until:%Y-%m-%d}",
                remedy="let the end be later than the beginning",
            )

    @property
    def is_asked(self) -> bool:
        """True when not every file passes."""
        return bool(self.authors or self.earliest_at or self.until)

    def is_by(self, author: str) -> bool:
        """True for one of the authors."""
        folded = author.casefold()
        return not self.authors or any(part.casefold() in folded for part in self.authors)


ANY_CHANGE = LastChange()
