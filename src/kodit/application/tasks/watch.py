"""Whether a worker was watching while a lease ran out."""

from datetime import UTC, datetime, timedelta

from kodit.domain.tasks.presence import Gap

WAIT = timedelta(seconds=1)
"""Whoever had to wait for longer until he could write was not alone in that."""
EVER = datetime.fromtimestamp(0, UTC)


class Watch:
    """Remembers when a worker saw the queue, and the last gap in that.

    Of a lease that ran out in a gap nobody can say that its worker is silent: it may have been asleep with the machine,
    cut off from the database, or waiting for the same lock. It is spared until the gap has been over for `patience`;
    and as a gap is what is longer than that, a worker that is held up again and again spares nothing twice.
    """

    def __init__(self, patience: timedelta) -> None:
        self._patience = patience
        self._saw_at: datetime | None = None
        self._gap: Gap | None = None

    def begin(self, now: datetime) -> None:
        """As if it had watched all the time until now."""
        self._saw_at = now

    def saw(self, looked_at: datetime, now: datetime) -> Gap | None:
        """Note that it looked, and can act on that now; gives the gap that is to be spared."""
        last, self._saw_at = self._saw_at, now
        if last is None:
            self._gap = Gap(EVER, now)
        elif looked_at - last > self._patience or (now - looked_at > WAIT and not self._is_spared(now)):
            self._gap = Gap(last, now)
        return self._gap if self._is_spared(now) else None

    def _is_spared(self, now: datetime) -> bool:
        # Before it was over only a clock that was set back can be.
        return self._gap is not None and timedelta(0) <= now - self._gap.ended_at < self._patience
