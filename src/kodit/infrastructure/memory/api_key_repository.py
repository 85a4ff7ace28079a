"""Keys in a dictionary."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from kodit.domain.access.api_key import ApiKey
from kodit.domain.errors import Conflict


class MemoryApiKeyRepository:
    """Implements ApiKeyRepository for one process."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}

    async def add(self, key: ApiKey) -> None:
        """See the port."""
        if key.id in self._keys:
            raise Conflict(f"there is a key {key.id} already")
        self._keys[key.id] = key

    async def get(self, key_id: str) -> ApiKey | None:
        """See the port."""
        return self._keys.get(key_id)

    async def all(self) -> Sequence[ApiKey]:
        """See the port."""
        return sorted(self._keys.values(), key=lambda key: (key.created_at, key.id))

    async def revoke(self, key_id: str, *, at: datetime) -> None:
        """See the port."""
        if (key := self._keys.get(key_id)) is not None:
            self._keys[key_id] = replace(key, revoked_at=min(at, key.revoked_at or at))

    async def used(self, key_id: str, *, at: datetime) -> None:
        """See the port."""
        if (key := self._keys.get(key_id)) is not None:
            self._keys[key_id] = replace(key, last_used_at=max(at, key.last_used_at or at))
