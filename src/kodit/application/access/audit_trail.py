"""Writing down who changed what."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from kodit.application.tasks.ports import Clock
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.access.audit import Action, AuditEntry, Visit
from kodit.domain.errors import KoditError

DONE = "done"
BROKEN_OFF = "broken off"

log = structlog.get_logger(__name__)


class AuditTrail:
    """What was changed through servers, and which keys were handed out; kept for `keep`."""

    def __init__(self, *, storage: Storage, clock: Clock, keep: timedelta) -> None:
        self._storage = storage
        self._clock = clock
        self._keep = keep

    @asynccontextmanager
    async def doing(self, visit: Visit, action: Action, subject: str) -> AsyncIterator[None]:
        """Around a change: nothing is changed that could not be written down before. Raises what a Storage raises."""
        entry = await self._begun(visit, action, subject)
        try:
            yield
        except BaseException as error:
            await self._ended(entry, type(error).__name__ if isinstance(error, KoditError) else BROKEN_OFF)
            raise
        await self._ended(entry, DONE)

    async def newest(self, *, limit: int = 50, before: int | None = None) -> Sequence[AuditEntry]:
        """The last entries, the newest first; those with an id below `before` only."""

        async def found(unit: UnitOfWork) -> Sequence[AuditEntry]:
            return await unit.audit.newest(limit=limit, before=before)

        return await self._storage.glance(found)

    async def _begun(self, visit: Visit, action: Action, subject: str) -> AuditEntry:
        await self._clock.follow()
        now = self._clock.now()
        entry = AuditEntry(
            began_at=now,
            caller=visit.caller.name,
            key_id=visit.caller.key_id,
            address=visit.address,
            request_id=visit.request_id,
            action=action,
            subject=subject,
        )

        async def stored(unit: UnitOfWork) -> AuditEntry:
            # Changes are rare, so that each can clear away what is too old.
            await unit.audit.prune(before=now - self._keep)
            return await unit.audit.add(entry)

        return await self._storage.transact(stored)

    async def _ended(self, entry: AuditEntry, outcome: str) -> None:
        try:
            await self._storage.transact(lambda unit: unit.audit.ended(entry.id, outcome))
        except KoditError as error:
            # What was done stays done; that nobody knows how it ended is what an empty outcome says.
            log.warning("the audit log lacks an outcome", entry=entry.id, outcome=outcome, reason=str(error))
