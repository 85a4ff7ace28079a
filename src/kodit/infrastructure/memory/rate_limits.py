"""Rate limits within one process: the specification."""

from datetime import datetime

from kodit.domain.tasks.rate import Rate, Reservation, reserved


class MemoryRateLimits:
    """Implements RateLimits for one process; each verb is atomic by never waiting."""

    def __init__(self) -> None:
        self._free_at: dict[str, datetime] = {}

    async def reserve(self, name: str, rate: Rate, units: int, *, now: datetime, until: datetime) -> Reservation:
        """See the port."""
        reservation, self._free_at[name] = reserved(self._free_at.get(name, now), rate, units, now=now, until=until)
        return reservation

    async def hold_back(self, name: str, *, until: datetime) -> None:
        """See the port."""
        self._free_at[name] = max(self._free_at.get(name, until), until)
