"""Long answers, page by page."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from kodit.domain.errors import InvalidInput

MOST = 1000
"""How many entries a page may have."""
LARGEST = 2**53
"""A number that no position reaches."""
_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of surrogate pairs: JSON may bring them, and databases have no room for them."""


class Page:
    """Which part of a list is asked for: at most `limit` entries after the one that `after` names, None for the first.

    A cursor holds for one question only: with another filter it would lead to a place that means nothing there.
    """

    def __init__(self, question: str, limit: int, cursor: str | None) -> None:
        self._question = question
        self.limit = limit
        self.after: Any = None if cursor is None else self._position(cursor)

    def next(self, position: Any) -> str:
        """The cursor of what follows an entry at a position."""
        written = json.dumps([position, self._question], separators=(",", ":"))
        return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")

    def cut(self, entries: Sequence[Any], position: Callable[[Any], Any]) -> dict[str, Any]:
        """The page of entries of which one more was asked for than it has; `position` tells that of an entry."""
        shown = entries[: self.limit]
        return self.of(shown, position(shown[-1]) if len(entries) > self.limit else None)

    def of(self, entries: Sequence[Any], following: Any) -> dict[str, Any]:
        """The page of just these entries, and the position that the next one follows, None for the last page."""
        return {"items": entries, "next": None if following is None else self.next(following)}

    def slice(self, entries: Sequence[Any]) -> dict[str, Any]:
        """The page of a list that is whole; the position is how many entries come before."""
        start = self.offset
        shown = entries[start : start + self.limit]
        return self.of(shown, start + self.limit if len(entries) > start + self.limit else None)

    @property
    def reach(self) -> int:
        """How many entries to ask for of a list whose positions are how many come before: one more than are shown."""
        return self.offset + self.limit + 1

    @property
    def number(self) -> int | None:
        """The number that the entry before has, in a list whose positions are that; None for the first page.

        Raises InvalidInput.
        """
        return None if self.after is None else checked_number(self.after)

    @property
    def text(self) -> str:
        """The text that the entry before has, in a list whose positions are texts. Raises InvalidInput."""
        if self.after is None:
            return ""
        if not isinstance(self.after, str) or _HALVES.search(self.after):
            raise no_cursor()
        return self.after

    @property
    def offset(self) -> int:
        """How many entries come before, in a list whose positions are that. Raises InvalidInput."""
        return 0 if self.after is None else checked_number(self.after)

    def _position(self, cursor: str) -> Any:
        try:
            position, question = json.loads(base64.urlsafe_b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}"))
        except (ValueError, TypeError, RecursionError, binascii.Error):
            raise no_cursor() from None
        if question != self._question:
            raise no_cursor()
        return position


def _page_of(usual: int) -> Callable[..., Awaitable[Page]]:
    async def page(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=MOST, description="How many entries at most.")] = usual,
        cursor: Annotated[
            str | None, Query(max_length=4000, description="`next` of the page before, asked with the same filters.")
        ] = None,
    ) -> Page:
        asked = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in ("cursor", "limit"))
        question = hashlib.blake2b(json.dumps([request.url.path, asked]).encode(), digest_size=6).hexdigest()
        return Page(question, limit, cursor)

    return page


Paged = Annotated[Page, Depends(_page_of(50))]
Few = Annotated[Page, Depends(_page_of(10))]
"""A page that is usually short, because each entry is long."""


def checked_number(position: Any) -> int:
    """A number that stands in a cursor. Raises InvalidInput for what no cursor has that was given to somebody."""
    if type(position) is not int or not 0 <= position <= LARGEST:
        raise no_cursor()
    return position


def no_cursor() -> InvalidInput:
    """What is said of a cursor that nobody was given."""
    return InvalidInput("cursor is not one of this list's", remedy="take `next` of the page before, or begin without")
