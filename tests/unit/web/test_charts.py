"""Lines over time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kodit.application.serving.queue_history import QueueSample
from kodit.interfaces.web.charts import HEIGHT, WIDTH, charts

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def samples(depths: list[int]) -> list[QueueSample]:
    return [
        QueueSample(
            at=NOW + timedelta(seconds=5 * number), depth=depth, running=0, dead=0, per_minute=1.5, error_rate=0.25
        )
        for number, depth in enumerate(depths)
    ]


def test_there_is_nothing_to_draw_before_the_second_look() -> None:
    assert charts(samples([3])) == ()


def test_the_latest_and_the_highest_are_told() -> None:
    depth, finished, failed = charts(samples([3, 50, 7]))
    assert (depth.latest, depth.most) == (7, 50)
    assert (finished.latest, failed.latest) == (1.5, 25)


@given(st.lists(st.integers(min_value=0, max_value=100_000), min_size=2, max_size=720))
def test_a_line_stays_in_its_frame_goes_on_and_loses_no_peak(depths: list[int]) -> None:
    [depth, *_] = charts(samples(depths))
    points = [tuple(map(float, point.split(","))) for point in depth.points.split()]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert min(y for _, y in points) == (0.0 if max(depths) >= 10 else round(HEIGHT * (1 - max(depths) / 10), 1))
