"""When sources are due, within one process: the specification."""

from collections.abc import Mapping

from kodit.domain.sources.schedule import Schedule


class MemoryScheduleRepository:
    """Implements ScheduleRepository for one process; each verb is atomic by never waiting. It knows every source."""

    def __init__(self) -> None:
        self._stored: dict[int, Schedule] = {}

    async def of(self, index_id: int) -> Schedule:
        """See the port."""
        return self._stored.get(index_id) or Schedule(index_id=index_id)

    async def all(self) -> Mapping[int, Schedule]:
        """See the port."""
        return dict(self._stored)

    async def move(self, before: Schedule, after: Schedule) -> bool:
        """See the port."""
        if await self.of(before.index_id) != before:
            return False
        self._stored[after.index_id] = after
        return True
