"""What keeps the sources of a server fresh."""

from datetime import timedelta

from kodit.domain.sources.schedule import Schedule, checked_interval
from kodit.infrastructure.remote.connection import Connection


class RemoteKeepingFresh:
    """As `KeepingFresh`, as far as it can be changed from afar."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def set_interval(self, name: str, every: timedelta | None) -> Schedule:
        """As `KeepingFresh.set_interval`."""
        seconds = None if every is None else checked_interval(every).total_seconds()
        return await self._connection.send(Schedule, "PATCH", "sources", name, body={"every": seconds})
