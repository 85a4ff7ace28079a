"""What the search page is asked, as it stands in its address."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Self

from starlette.datastructures import QueryParams

from kodit.domain.code.snippet import SnippetKind
from kodit.domain.errors import InvalidInput
from kodit.domain.search.query import SearchMode
from kodit.domain.sources.last_change import LastChange
from kodit.interfaces.web.words import in_query

FIRST = 15
"""Answers shown at first, and how many more each time."""
MOST = 150
LONGEST = 2_000
"""Characters of a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question and its filters, as typed; "" where nothing was."""

    q: str = ""
    mode: SearchMode = SearchMode.HYBRID
    source: str = ""
    language: str = ""
    path: str = ""
    kind: str = ""
    package: str = ""
    author: str = ""
    after: str = ""
    before: str = ""
    limit: int = FIRST

    @classmethod
    def by(cls, given: QueryParams) -> Self:
        """What an address asks. Raises InvalidInput."""
        words = ("q", "source", "language", "path", "kind", "package", "author", "after", "before")
        typed = {name: given.get(name, "").strip()[:LONGEST] for name in words}
        return cls(**typed, mode=_mode(given.get("mode", "")), limit=_limit(given.get("limit", "")))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not self.q

    @property
    def narrows(self) -> bool:
        """Whether a filter is set that is folded away unless it is."""
        return any((self.kind, self.package, self.author, self.after, self.before))

    @property
    def kinds(self) -> tuple[SnippetKind, ...]:
        """What an answer may be; none means anything. Raises InvalidInput."""
        try:
            return (SnippetKind(self.kind),) if self.kind else ()
        except ValueError:
            raise InvalidInput(
                f"there is no kind {self.kind[:40]!r}", remedy=f"the kinds are {', '.join(SnippetKind)}"
            ) from None

    @property
    def last_change(self) -> LastChange:
        """Who changed the files last, and when. Raises InvalidInput."""
        return LastChange(
            authors=(self.author,) if self.author else (), earliest_at=_day(self.after), until=_day(self.before)
        )

    def address(self, **changes: object) -> str:
        """Where this is asked, with some of it changed."""
        given = {name: getattr(self, name) for name in self.__slots__} | changes
        given["mode"] = "" if given["mode"] is SearchMode.HYBRID else given["mode"]
        given["limit"] = "" if given["limit"] == FIRST else given["limit"]
        query = in_query(**given)
        return f"/?{query}" if query else "/"


def _mode(text: str) -> SearchMode:
    try:
        return SearchMode(text or SearchMode.HYBRID)
    except ValueError:
        raise InvalidInput(f"there is no mode {text[:40]!r}", remedy=f"the modes are {', '.join(SearchMode)}") from None


def _limit(text: str) -> int:
    if not text:
        return FIRST
    if text.isascii() and text.isdecimal() and len(text) < 6 and int(text):
        return min(int(text), MOST)
    raise InvalidInput(f"a limit is a number from 1 to {MOST}, not {text[:40]!r}")


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text[:40]!r} is no day", remedy="write it as 2026-01-31") from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
