"""How often somebody may ask."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bucket:
    """A token bucket: it holds what a minute allows, and fills evenly while nobody asks.

    `left` is what it held at `seconds`, by a clock that nobody can set. Within any time of t minutes there are at most
    `per_minute * (t + 1)` requests.
    """

    left: float
    seconds: float

    @classmethod
    def full(cls, per_minute: float, seconds: float) -> "Bucket":
        """The bucket of somebody who has not asked yet."""
        return cls(per_minute, seconds)

    def drawn(self, cost: float, *, per_minute: float, seconds: float) -> tuple["Bucket", float]:
        """The bucket after a request, and for how many seconds the caller must wait before it: then nothing is drawn.

        What costs more than the whole bucket takes all of it, so that nobody waits for ever.
        """
        filled = max(seconds - self.seconds, 0) * per_minute / 60
        held = min(self.left + filled, per_minute)
        cost = min(cost, per_minute)
        if held < cost:
            return Bucket(held, seconds), (cost - held) * 60 / per_minute
        return Bucket(held - cost, seconds), 0
