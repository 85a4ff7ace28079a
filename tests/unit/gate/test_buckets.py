"""How often each caller may ask, counted by one process."""

import pytest

from kodit.interfaces.gate.asgi import TurnedAway
from kodit.interfaces.gate.limits import MOST, Buckets


def test_callers_are_counted_each_by_themselves():
    buckets = Buckets(lambda: 0.0)
    buckets.draw("ada", 1)
    buckets.draw("bob", 1)

    with pytest.raises(TurnedAway) as refused:
        buckets.draw("ada", 1)

    assert (refused.value.status, refused.value.headers) == (429, {"retry-after": "61"})


def test_strangers_in_any_number_take_no_more_memory_and_who_keeps_asking_is_not_forgotten():
    buckets = Buckets(lambda: 0.0)
    buckets.draw("ada", 2)
    for number in range(MOST + 10):
        buckets.draw(f"stranger {number}", 2)
        if number == MOST // 2:
            buckets.draw("ada", 2)

    assert len(buckets._buckets) == MOST
    with pytest.raises(TurnedAway):
        buckets.draw("ada", 2)
    # The first stranger is forgotten, and has a full bucket again.
    buckets.draw("stranger 0", 2)
    buckets.draw("stranger 0", 2)


def test_whoever_waits_as_long_as_told_is_answered():
    now = [0.0]
    buckets = Buckets(lambda: now[0])
    buckets.draw("ada", 60, cost=60)
    with pytest.raises(TurnedAway) as refused:
        buckets.draw("ada", 60)

    now[0] += float(refused.value.headers["retry-after"])

    buckets.draw("ada", 60)
