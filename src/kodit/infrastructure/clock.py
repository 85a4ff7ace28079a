"""The only file that reads the clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - everybody else is given `now`


class SystemClock:
    """Implements Clock for a database that has no time but its machine's."""

    def now(self) -> datetime:
        """See the port."""
        return now()

    async def follow(self) -> None:
        """See the port."""
