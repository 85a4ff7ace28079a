"""Rate limits within one process: the specification."""

from datetime import datetime

from kodit.domain.tasks.rate import Rate, Reservation, held_longer, possible, reserved


class MemoryRateLimits:
    """Implements RateLimits for one process; each verb is atomic by never waiting."""

    def __init__(self) -> None:
        self._free_at: dict[str, datetime] = {}
        self._held: dict[str, datetime] = {}

    async def reserve(self, name: str, rate: Rate, units: int, *, now: datetime, until: datetime) -> Reservation:
        """See the port."""
        free_at = possible(self._free_at.get(name, now), self._held.get(name), rate, units, now=now)
        reservation, free_at = reserved(free_at, rate, units, now=now, until=until)
        if rate.per_minute:
            self._free_at[name] = free_at
        return reservation

    async def hold_back(self, name: str, *, until: datetime, now: datetime) -> None:
        """See the port."""
        self._held[name] = held_longer(self._held.get(name), until, now=now)
        self._free_at[name] = max(self._free_at.get(name, until), until)

    async def held(self, name: str) -> datetime | None:
        """See the port."""
        return self._held.get(name)
