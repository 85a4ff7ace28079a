"""What every AuditRepository promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kodit.domain.access.audit import Action, AuditEntry

NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def entry(subject="stdlib", *, hours=0, **fields):
    about = {"caller": "ci", "key_id": "k1", "address": "192.0.2.1", "request_id": "r1", "action": Action.SYNC_SOURCE}
    return AuditEntry(**{"began_at": NOON + hours * HOUR, "subject": subject, **about, **fields})


@pytest.fixture
async def audit(storage):
    async with storage.write() as unit:
        yield unit.audit


async def test_what_was_begun_is_listed_as_it_was_told(audit):
    first = await audit.add(entry())
    second = await audit.add(entry("bad\0name\ud800", key_id=None, address=None, request_id=None))

    listed = await audit.newest(limit=10)

    assert listed[1] == replace(entry(), id=first.id)
    assert listed[0] == replace(second, subject="bad\\x00name\\ud800")


async def test_how_it_ended_is_told_of_that_entry_alone(audit):
    first = await audit.add(entry())
    await audit.add(entry())

    await audit.ended(first.id, "done")

    assert [one.outcome for one in await audit.newest(limit=10)] == [None, "done"]


async def test_the_newest_come_first_and_one_can_go_on_from_any(audit):
    ids = [(await audit.add(entry(str(number)))).id for number in range(5)]

    first = await audit.newest(limit=2)
    then = await audit.newest(limit=2, before=first[-1].id)

    assert [one.id for one in (*first, *then)] == ids[:0:-1]


async def test_what_is_too_old_is_forgotten(audit):
    for hours in (0, 1, 2):
        await audit.add(entry(str(hours), hours=hours))

    await audit.prune(before=NOON + HOUR)

    assert [one.subject for one in await audit.newest(limit=10)] == ["2", "1"]


async def test_an_id_is_never_used_again(audit):
    gone = await audit.add(entry())
    await audit.prune(before=NOON + HOUR)

    assert (await audit.add(entry())).id > gone.id


async def test_every_action_is_stored_by_its_word(audit):
    for action in Action:
        await audit.add(entry(action=action))

    assert [one.action for one in await audit.newest(limit=50)] == list(Action)[::-1]
