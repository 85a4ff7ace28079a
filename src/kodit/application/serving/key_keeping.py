"""Handing out keys, and looking who changed what, as the callers of a server may."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from kodit.domain.access.api_key import Grant
from kodit.domain.access.audit import AuditEntry, Visit

if TYPE_CHECKING:
    from kodit.application.access.access import Access
    from kodit.application.access.keys import HandedOut, ListedKey


class KeyKeeping:
    """The keys and the audit log, for a caller who has the scope ADMIN and sees all sources."""

    def __init__(self, access: "Access", visit: Visit) -> None:
        self._access = access
        self._visit = visit

    async def keys(self) -> "Sequence[ListedKey]":
        """As `Keys.listed`."""
        return await self._access.keys.listed()

    async def create(self, name: str, grant: Grant) -> "HandedOut":
        """As `Keys.create`."""
        return await self._access.keys.create(name, grant, visit=self._visit)

    async def rotate(self, which: str, *, grace: timedelta = timedelta()) -> "HandedOut":
        """As `Keys.rotate`."""
        return await self._access.keys.rotate(which, grace=grace, visit=self._visit)

    async def revoke(self, which: str) -> "Sequence[ListedKey]":
        """As `Keys.revoke`."""
        return await self._access.keys.revoke(which, visit=self._visit)

    async def audit(self, *, limit: int = 50, before: int | None = None) -> Sequence[AuditEntry]:
        """As `AuditTrail.newest`."""
        return await self._access.trail.newest(limit=limit, before=before)
