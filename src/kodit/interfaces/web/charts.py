"""Lines over time, as SVG that a template draws."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kodit.application.serving.queue_history import QueueSample

WIDTH = 600
HEIGHT = 120
_SHORTEST = timedelta(minutes=5)
"""What a chart spans at least: a line through two points of a minute would look like a story."""
_MOST_POINTS = 180
"""More points than this are closer together than a line is wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One line: the points of an SVG `polyline`, and those of the area below it, in `WIDTH` times `HEIGHT` units.

    `unit` is said behind numbers.
    """

    title: str
    unit: str
    points: str
    area: str
    latest: float
    most: float
    begins_at: datetime
    ends_at: datetime


def charts(samples: Sequence[QueueSample]) -> Sequence[Chart]:
    """How deep the queue was, how much got done and how much failed. None before the second look."""
    if len(samples) < 2:
        return ()
    return (
        _chart(samples, "Waiting", "tasks", lambda sample: sample.depth, least=10),
        _chart(samples, "Finished", "a minute", lambda sample: sample.per_minute, least=10),
        _chart(samples, "Failed attempts", "%", lambda sample: 100 * sample.error_rate, least=10),
    )


def _chart(
    samples: Sequence[QueueSample], title: str, unit: str, value: Callable[[QueueSample], float], *, least: float
) -> Chart:
    ends_at = samples[-1].at
    begins_at = min(samples[0].at, ends_at - _SHORTEST)
    thinned = _thinned(samples, value)
    most = max(*(number for _, number in thinned), least)
    spanned = (ends_at - begins_at).total_seconds()
    placed = [
        (WIDTH * (at - begins_at).total_seconds() / spanned, HEIGHT * (1 - number / most)) for at, number in thinned
    ]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    return Chart(
        title=title,
        unit=unit,
        points=points,
        area=f"{placed[0][0]:.1f},{HEIGHT} {points} {placed[-1][0]:.1f},{HEIGHT}",
        latest=value(samples[-1]),
        most=max(map(value, samples)),
        begins_at=begins_at,
        ends_at=ends_at,
    )


def _thinned(samples: Sequence[QueueSample], value: Callable[[QueueSample], float]) -> Sequence[tuple[datetime, float]]:
    """At most `_MOST_POINTS` of them: of neighbours the highest, so that no peak is lost."""
    width = -(-len(samples) // _MOST_POINTS)
    groups = [samples[start : start + width] for start in range(0, len(samples), width)]
    return [(group[-1].at, max(map(value, group))) for group in groups]
