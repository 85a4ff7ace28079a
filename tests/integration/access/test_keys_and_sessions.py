"""Handing out keys, verifying them, taking them back, on a real database."""

import asyncio
from datetime import timedelta

import pytest
from access_desk import NOON, READING, Desk

from kodit.application.access.authentication import FRESH, NOTED, SESSION
from kodit.domain.access.api_key import Grant, KeyState
from kodit.domain.access.audit import HERE, Action, Visit
from kodit.domain.access.caller import Caller
from kodit.domain.access.key_secret import minted
from kodit.domain.access.scope import Scope
from kodit.domain.errors import Conflict, InvalidInput, NotFound, Refused

SECOND = timedelta(seconds=1)


async def test_a_key_opens_what_it_was_made_for(desk):
    made = await desk.keys.create("ci", READING, visit=HERE)

    key = await desk.doors.key(made.secret)

    assert key.caller == Caller(name="ci", scopes=frozenset({Scope.READ}), key_id=made.key.id)


async def test_a_secret_is_stored_nowhere(desk, tmp_path):
    made = await desk.keys.create("ci", READING, visit=HERE)
    key = await desk.doors.key(made.secret)
    session = await desk.doors.opened_session(key)

    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert key.digest.encode() in stored
    assert made.secret.encode() not in stored
    assert session.encode() not in stored


@pytest.mark.parametrize("text", ["", "ci", "kodit_", "kodit_0123456789_" + "0" * 49, "ключ", minted(bytes(39)).text])
async def test_what_is_no_key_opens_nothing(desk, text):
    await desk.keys.create("ci", READING, visit=HERE)

    with pytest.raises(Refused):
        await desk.doors.key(text)


async def test_the_right_id_with_another_secret_opens_nothing(desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    other = await desk.keys.create("other", READING, visit=HERE)
    forged = minted(bytes(39))
    forged = type(forged)(made.key.id, forged.text)

    assert await desk.doors._with_secret(forged) is None
    assert (await desk.doors.key(other.secret)).id == other.key.id


async def test_a_mistyped_key_costs_the_database_nothing(desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    before = desk.storage.asked

    with pytest.raises(Refused, match="mistyped"):
        await desk.doors.key(made.secret[:-1] + ("0" if made.secret[-1] != "0" else "1"))

    assert desk.storage.asked == before


async def test_a_key_that_is_shown_again_soon_costs_the_database_nothing(desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    await desk.doors.key(made.secret)
    await desk.doors.close()
    before = desk.storage.asked
    for _ in range(50):
        desk.clock.time += FRESH / 100
        await desk.doors.key(made.secret)

    assert desk.storage.asked == before


async def test_a_key_revoked_here_opens_nothing_at_once(desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    await desk.doors.key(made.secret)

    await desk.keys.revoke("ci", visit=HERE)

    with pytest.raises(Refused, match="the key ci is revoked"):
        await desk.doors.key(made.secret)


async def test_a_key_that_is_looked_up_while_it_is_revoked_opens_nothing_afterwards(desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    glance, read, revoked = desk.storage.glance, asyncio.Event(), asyncio.Event()

    async def lagging(look):
        found = await glance(look)
        read.set()
        await revoked.wait()
        return found

    desk.storage.glance = lagging
    asking = asyncio.create_task(desk.doors.key(made.secret))
    await read.wait()
    desk.storage.glance = glance
    await desk.keys.revoke("ci", visit=HERE)
    revoked.set()
    await asking

    with pytest.raises(Refused, match="the key ci is revoked"):
        await desk.doors.key(made.secret)


async def test_a_key_revoked_by_another_process_opens_nothing_after_seconds(desk, database):
    other = Desk(database, desk.clock)
    made = await desk.keys.create("ci", READING, visit=HERE)
    await desk.doors.key(made.secret)
    await other.keys.revoke(made.key.id, visit=HERE)

    desk.clock.time += FRESH - SECOND
    await desk.doors.key(made.secret)
    desk.clock.time += SECOND

    with pytest.raises(Refused, match="revoked"):
        await desk.doors.key(made.secret)


async def test_whether_a_key_is_still_good_is_known_by_its_id_and_costs_the_database_little(desk, database):
    other = Desk(database, desk.clock)
    made = await desk.keys.create("ci", READING, visit=HERE)
    await desk.doors.still_usable(made.key.id)
    await desk.doors.close()
    before = desk.storage.asked
    await other.keys.revoke(made.key.id, visit=HERE)

    desk.clock.time += FRESH - SECOND
    assert (await desk.doors.still_usable(made.key.id)).name == "ci"
    assert desk.storage.asked == before
    desk.clock.time += SECOND

    with pytest.raises(Refused, match="the key ci is revoked"):
        await desk.doors.still_usable(made.key.id)
    with pytest.raises(Refused, match="no such key"):
        await desk.doors.still_usable("none")


async def test_a_clock_that_is_put_back_does_not_make_a_revoked_key_good(desk, database):
    other = Desk(database, desk.clock)
    made = await desk.keys.create("ci", READING, visit=HERE)
    await desk.doors.key(made.secret)
    await other.keys.revoke("ci", visit=HERE)

    desk.clock.time -= SECOND

    # It was revoked an instant from now, so it is good still; but that was asked of the database.
    assert (await desk.doors.key(made.secret)).revoked_at == NOON


async def test_a_key_expires_to_the_moment_also_while_it_is_remembered(desk):
    grant = Grant(scopes=frozenset({Scope.READ}), expires_at=NOON + SECOND)
    made = await desk.keys.create("ci", grant, visit=HERE)
    await desk.doors.key(made.secret)

    desk.clock.time += SECOND

    with pytest.raises(Refused, match="expired"):
        await desk.doors.key(made.secret)
    with pytest.raises(Refused, match="expired"):
        await desk.doors.still_usable(made.key.id)


async def test_when_a_key_was_last_used_is_written_at_most_once_a_minute(desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    moments = []
    for seconds in (0, 1, 30, 59, 60, 61):
        desk.clock.time = NOON + seconds * SECOND
        await desk.doors.key(made.secret)
        await desk.doors.close()
        moments.append((await desk.keys.listed())[0].last_used_at)

    assert moments == [NOON] * 4 + [NOON + NOTED] * 2


async def test_a_name_is_free_again_once_its_key_opens_nothing(desk):
    first = await desk.keys.create("ci", READING, visit=HERE)
    with pytest.raises(Conflict, match="there is a key named ci"):
        await desk.keys.create("ci", READING, visit=HERE)
    await desk.keys.revoke("ci", visit=HERE)

    second = await desk.keys.create("ci", READING, visit=HERE)

    assert [(one.id, one.state) for one in await desk.keys.listed()] in (
        [(first.key.id, KeyState.REVOKED), (second.key.id, KeyState.USABLE)],
        [(second.key.id, KeyState.USABLE), (first.key.id, KeyState.REVOKED)],
    )


async def test_a_rotated_key_is_for_the_same_and_the_old_one_ends_after_the_grace(desk):
    grant = Grant(scopes=frozenset({Scope.READ}), sources=frozenset(), per_minute=7)
    old = await desk.keys.create("ci", grant, visit=HERE)

    new = await desk.keys.rotate("ci", grace=SECOND, visit=HERE)

    assert (await desk.doors.key(new.secret)).grant == grant
    assert new.secret != old.secret
    assert (await desk.doors.key(old.secret)).caller.name == (await desk.doors.key(new.secret)).caller.name == "ci"
    desk.clock.time += SECOND
    with pytest.raises(Refused, match="revoked"):
        await desk.doors.key(old.secret)
    assert (await desk.doors.key(new.secret)).id == new.key.id


async def test_a_name_takes_back_every_key_of_that_name_and_an_id_that_one(desk):
    old = await desk.keys.create("ci", READING, visit=HERE)
    new = await desk.keys.rotate("ci", grace=timedelta(hours=1), visit=HERE)

    assert [key.id for key in await desk.keys.revoke(old.key.id, visit=HERE)] == [old.key.id]
    again = await desk.keys.rotate("ci", grace=timedelta(hours=1), visit=HERE)

    assert {key.id for key in await desk.keys.revoke("ci", visit=HERE)} == {new.key.id, again.key.id}


async def test_what_is_not_there_or_over_cannot_be_revoked_or_rotated(desk):
    await desk.keys.create("ci", READING, visit=HERE)
    await desk.keys.revoke("ci", visit=HERE)

    for change in (desk.keys.revoke, desk.keys.rotate):
        with pytest.raises(NotFound, match="no key other"):
            await change("other", visit=HERE)
        with pytest.raises(Conflict, match="revoked already"):
            await change("ci", visit=HERE)


async def test_a_source_that_there_is_none_of_is_noticed_when_the_key_is_made(desk):
    with pytest.raises(NotFound, match="no source named stdlib"):
        await desk.keys.create("ci", Grant(sources=frozenset({"stdlib"})), visit=HERE)


@pytest.mark.parametrize("name", ["local", "a\nb"])
async def test_a_name_that_would_mislead_is_refused(desk, name):
    with pytest.raises(InvalidInput):
        await desk.keys.create(name, READING, visit=HERE)


async def test_keys_that_open_something_are_known_of(desk):
    assert not await desk.keys.any_usable()
    await desk.keys.create("ci", READING, visit=HERE)
    assert await desk.keys.any_usable()
    await desk.keys.revoke("ci", visit=HERE)
    assert not await desk.keys.any_usable()


async def test_a_session_stands_for_its_key_until_it_is_closed(desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    secret = await desk.doors.opened_session(await desk.doors.key(made.secret))
    assert (await desk.doors.session(secret)).id == made.key.id

    await desk.doors.close_session(secret)

    with pytest.raises(Refused):
        await desk.doors.session(secret)


async def test_a_session_ends_by_itself_and_with_its_key(desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    first, second = [await desk.doors.opened_session(await desk.doors.key(made.secret)) for _ in range(2)]
    desk.clock.time += SESSION - SECOND
    await desk.doors.session(first)
    desk.clock.time += SECOND

    with pytest.raises(Refused, match="the session has ended"):
        await desk.doors.session(first)

    desk.clock.time = NOON
    await desk.keys.revoke("ci", visit=HERE)
    with pytest.raises(Refused, match="revoked"):
        await desk.doors.session(second)


async def test_a_key_is_no_session_and_a_session_is_no_key(desk):
    made = await desk.keys.create("ci", READING, visit=HERE)
    session = await desk.doors.opened_session(await desk.doors.key(made.secret))

    for shown in (desk.doors.session(made.secret), desk.doors.key(session), desk.doors.session(made.key.id)):
        with pytest.raises(Refused):
            await shown


async def test_who_handed_out_and_took_back_which_key_is_written_down(desk):
    admin = Visit(caller=Caller(name="ada", scopes=frozenset(Scope), key_id="a1"), address="192.0.2.1", request_id="r1")
    await desk.keys.create("ci", READING, visit=admin)
    await desk.keys.rotate("ci", visit=HERE)
    with pytest.raises(Conflict):
        await desk.keys.create("ci", READING, visit=admin)

    entries = await desk.trail.newest()

    assert [(one.caller, one.action, one.subject, one.outcome) for one in entries] == [
        ("ada", Action.CREATE_KEY, "ci", "Conflict"),
        ("local", Action.ROTATE_KEY, "ci", "done"),
        ("ada", Action.CREATE_KEY, "ci", "done"),
    ]
    assert (entries[0].key_id, entries[0].address, entries[0].request_id) == ("a1", "192.0.2.1", "r1")


async def test_what_is_broken_off_is_written_down_as_that(desk):
    async def interrupted():
        async with desk.trail.doing(HERE, Action.SYNC_SOURCE, "stdlib"):
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await interrupted()

    assert [one.outcome for one in await desk.trail.newest()] == ["broken off"]


async def test_what_is_too_old_is_forgotten_when_something_is_written(desk):
    await desk.keys.create("ci", READING, visit=HERE)
    desk.clock.time += timedelta(days=1, seconds=1)

    await desk.keys.create("cd", READING, visit=HERE)

    assert [one.subject for one in await desk.trail.newest()] == ["cd"]
