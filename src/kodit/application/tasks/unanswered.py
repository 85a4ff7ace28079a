"""Claims whose answer never came, because the connection broke after they were sent."""

from collections.abc import Sequence
from datetime import datetime

from kodit.application.unit_of_work import Storage
from kodit.domain.tasks.task import Lease, Task


class Unanswered:
    """Remembers what may have been leased to a worker that does not know of it.

    `is_to_ask` is set while the queue has not been asked since the last of them.
    """

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self.is_to_ask = False

    def __bool__(self) -> bool:
        return bool(self._until)

    def add(self, lease: Lease) -> None:
        """Nobody knows whether anything is leased so."""
        self._until[lease.token] = lease.until
        self.is_to_ask = True

    async def leased(self, storage: Storage, now: datetime) -> Sequence[Task]:
        """The tasks that are, each told once. Raises TransientError where the queue cannot be reached.

        What is not there may still come, as long as the lease would last: a commit may outlive its connection.
        """
        if not self._until:
            return ()
        async with storage.read() as unit:
            found = await unit.tasks.held(self._until)
        self.is_to_ask = False
        # A claim is there with all of its tasks, or not at all.
        answered = {task.lease_token for task in found}
        self._until = {token: end for token, end in self._until.items() if token not in answered and end > now}
        return found
