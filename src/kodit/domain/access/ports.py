"""What access needs to have stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from kodit.domain.access.api_key import ApiKey, Session
from kodit.domain.access.audit import AuditEntry


class ApiKeyRepository(Protocol):
    """Keys, also those that are revoked. Held to tests/contracts/test_api_key_repository.py."""

    async def add(self, key: ApiKey) -> None:
        """Store a new key. Raises Conflict for an id that there is already."""
        ...

    async def get(self, key_id: str) -> ApiKey | None:
        """The key with this id."""
        ...

    async def all(self) -> Sequence[ApiKey]:
        """Every key, the oldest first."""
        ...

    async def revoke(self, key_id: str, *, at: datetime) -> None:
        """Let a key open nothing from a moment on; one that ends sooner already is left alone."""
        ...

    async def used(self, key_id: str, *, at: datetime) -> None:
        """Remember that a key was used; the latest moment stays."""
        ...


class SessionRepository(Protocol):
    """Sessions of browsers. Held to tests/contracts/test_session_repository.py."""

    async def add(self, session: Session) -> None:
        """Store a new session."""
        ...

    async def get(self, digest: str) -> Session | None:
        """The session whose secret has this digest."""
        ...

    async def remove(self, digest: str) -> None:
        """Forget a session; one that there is none of stays so."""
        ...

    async def prune(self, *, before: datetime) -> None:
        """Forget all that ended before a moment."""
        ...


class AuditRepository(Protocol):
    """Who changed what. Held to tests/contracts/test_audit_repository.py."""

    async def add(self, entry: AuditEntry) -> AuditEntry:
        """Store what somebody begins to do, with an id."""
        ...

    async def ended(self, entry_id: int, outcome: str) -> None:
        """Remember how it ended."""
        ...

    async def newest(self, *, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
        """The last entries, the newest first; those with an id below `before` only."""
        ...

    async def prune(self, *, before: datetime) -> None:
        """Forget all that began before a moment."""
        ...
