"""What every SessionRepository promises."""

from datetime import UTC, datetime, timedelta

import pytest

from kodit.domain.access.api_key import ApiKey, Session

NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def session(digest="d1", *, hours=1):
    return Session(digest=digest, key_id="k1", created_at=NOON, expires_at=NOON + hours * HOUR)


@pytest.fixture
async def sessions(storage):
    about = {"scopes": frozenset(), "sources": None, "per_minute": None}
    async with storage.write() as unit:
        await unit.api_keys.add(ApiKey(id="k1", name="ci", digest="d", created_at=NOON, **about))
        yield unit.sessions


async def test_a_session_comes_back_as_it_was_added(sessions):
    await sessions.add(session())

    assert await sessions.get("d1") == session()
    assert await sessions.get("d2") is None


async def test_a_session_that_was_removed_is_gone_and_the_others_are_not(sessions):
    await sessions.add(session("d1"))
    await sessions.add(session("d2"))

    await sessions.remove("d1")
    await sessions.remove("never heard of")

    assert (await sessions.get("d1"), await sessions.get("d2")) == (None, session("d2"))


async def test_sessions_that_have_ended_are_forgotten(sessions):
    await sessions.add(session("ended", hours=1))
    await sessions.add(session("open", hours=2))

    await sessions.prune(before=NOON + 2 * HOUR)

    assert (await sessions.get("ended"), await sessions.get("open")) == (None, session("open", hours=2))
