"""What many ask for at the same time is done together, and each gets his own answer."""

import asyncio

import pytest

from kodit.application.tasks.together import Together
from kodit.domain.errors import Unavailable


class Desk:
    """Doubles numbers, as many at once as it is given, and remembers the batches; it opens when it is told to."""

    def __init__(self, *, most=10, is_open=True):
        self.batches = []
        self.opens = asyncio.Event()
        self.asked = asyncio.Event()
        if is_open:
            self.opens.set()
        self.together = Together(self._double, most=most)

    async def _double(self, numbers):
        self.batches.append(list(numbers))
        self.asked.set()
        await self.opens.wait()
        if 13 in numbers:
            raise ValueError("thirteen")
        if 99 in numbers:
            raise Unavailable("no answer")
        return [2 * number for number in numbers]


async def test_who_asks_alone_is_answered_alone():
    desk = Desk()

    assert [await desk.together.ask(1), await desk.together.ask(2)] == [2, 4]
    assert desk.batches == [[1], [2]]


async def test_what_is_asked_while_a_batch_is_under_way_is_the_next_batch():
    desk = Desk(is_open=False)
    first = asyncio.ensure_future(desk.together.ask(0))
    await desk.asked.wait()
    others = [asyncio.ensure_future(desk.together.ask(number)) for number in range(1, 6)]
    await asyncio.sleep(0)
    desk.opens.set()

    assert await asyncio.gather(first, *others) == [0, 2, 4, 6, 8, 10]
    assert desk.batches == [[0], [1, 2, 3, 4, 5]]


async def test_no_batch_is_bigger_than_it_may_be():
    desk = Desk(most=3)

    answers = await asyncio.gather(*(desk.together.ask(number) for number in range(8)))

    assert answers == [2 * number for number in range(8)]
    assert [len(batch) for batch in desk.batches] == [3, 3, 2]


async def test_one_that_cannot_be_done_does_not_keep_the_others():
    desk = Desk()

    answers = await asyncio.gather(*(desk.together.ask(number) for number in (1, 13, 2)), return_exceptions=True)

    assert [answers[0], answers[2]] == [2, 4]
    assert isinstance(answers[1], ValueError)


async def test_when_nothing_can_be_done_now_everybody_is_told_without_being_tried_one_by_one():
    desk = Desk()

    answers = await asyncio.gather(*(desk.together.ask(number) for number in (1, 99, 2)), return_exceptions=True)

    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert desk.batches == [[1, 99, 2]]


async def test_after_an_error_it_goes_on():
    desk = Desk()
    with pytest.raises(ValueError, match="thirteen"):
        await desk.together.ask(13)

    assert await desk.together.ask(1) == 2


@pytest.mark.parametrize("leaver", [0, 1, 2])
async def test_one_who_no_longer_wants_to_know_does_not_keep_the_others(leaver):
    desk = Desk(is_open=False)
    first = asyncio.ensure_future(desk.together.ask(0))
    await desk.asked.wait()
    asking = [first, *(asyncio.ensure_future(desk.together.ask(number)) for number in (1, 2))]
    await asyncio.sleep(0)
    asking[leaver].cancel()
    await asyncio.sleep(0)
    desk.opens.set()

    answers = await asyncio.gather(*asking, return_exceptions=True)

    assert isinstance(answers.pop(leaver), asyncio.CancelledError)
    assert answers == [2 * number for number in range(3) if number != leaver]
