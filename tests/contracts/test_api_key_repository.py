"""What every ApiKeyRepository promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kodit.domain.access.api_key import ApiKey
from kodit.domain.access.scope import Scope
from kodit.domain.errors import Conflict
from kodit.infrastructure.memory.api_key_repository import MemoryApiKeyRepository

NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def key(key_id="k1", **fields):
    about = {"name": "ci", "digest": "d" * 64, "scopes": frozenset(Scope), "sources": None, "per_minute": None}
    return ApiKey(**{"id": key_id, "created_at": NOON, **about, **fields})


@pytest.fixture
async def keys(stored_in):
    if stored_in is None:
        yield MemoryApiKeyRepository()
        return
    async with stored_in.write() as unit:
        yield unit.api_keys


@pytest.mark.parametrize(
    "stored",
    [
        key(),
        key(scopes=frozenset(), sources=frozenset()),
        key(scopes=frozenset({Scope.READ}), sources=frozenset({"a", "bé"}), per_minute=60),
        key(expires_at=NOON + HOUR, revoked_at=NOON + 2 * HOUR, last_used_at=NOON + HOUR),
    ],
    ids=["everything", "nothing", "some", "with its end"],
)
async def test_a_key_comes_back_as_it_was_added(keys, stored):
    await keys.add(stored)

    assert await keys.get("k1") == stored


async def test_a_key_that_was_never_added_is_none(keys):
    await keys.add(key())

    assert await keys.get("k2") is None


async def test_the_oldest_key_comes_first(keys):
    for key_id, hours in (("k1", 2), ("k2", 0), ("k3", 1)):
        await keys.add(key(key_id, created_at=NOON + hours * HOUR))

    assert [one.id for one in await keys.all()] == ["k2", "k3", "k1"]


async def test_revoking_a_key_leaves_the_others_alone(keys):
    await keys.add(key())
    await keys.add(key("k2", created_at=NOON + HOUR))

    await keys.revoke("k1", at=NOON + HOUR)

    assert list(await keys.all()) == [key(revoked_at=NOON + HOUR), key("k2", created_at=NOON + HOUR)]


@pytest.mark.parametrize(("again", "ends"), [(1, 1), (2, 1), (0, 0)])
async def test_a_key_revoked_twice_ends_with_the_sooner(keys, again, ends):
    await keys.add(key())
    await keys.revoke("k1", at=NOON + HOUR)

    await keys.revoke("k1", at=NOON + again * HOUR)

    assert (await keys.get("k1")).revoked_at == NOON + ends * HOUR


async def test_a_key_was_last_used_at_the_latest_moment_that_was_told(keys):
    await keys.add(key())
    for hours in (1, 2, 0):
        await keys.used("k1", at=NOON + hours * HOUR)

    assert await keys.get("k1") == replace(key(), last_used_at=NOON + 2 * HOUR)


async def test_what_happens_to_a_key_that_there_is_none_of_changes_nothing(keys):
    await keys.revoke("k1", at=NOON)
    await keys.used("k1", at=NOON)

    assert list(await keys.all()) == []


async def test_an_id_is_used_once(keys):
    await keys.add(key())

    with pytest.raises(Conflict):
        await keys.add(key(name="another"))
