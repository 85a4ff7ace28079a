"""What a key is good for."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kodit.domain.access.api_key import ApiKey, Grant, KeyState, checked_grant, checked_key_name, scopes_named
from kodit.domain.access.caller import NOBODY
from kodit.domain.access.scope import Scope
from kodit.domain.errors import InvalidInput, Refused

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def key(**fields):
    about = {"name": "ci", "digest": "d", "scopes": frozenset({Scope.READ}), "sources": None, "per_minute": None}
    return ApiKey(**{"id": "k1", "created_at": NOON, **about, **fields})


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, KeyState.USABLE),
        ({"expires_at": NOON + HOUR}, KeyState.USABLE),
        ({"expires_at": NOON}, KeyState.EXPIRED),
        ({"revoked_at": NOON}, KeyState.REVOKED),
        ({"revoked_at": NOON + HOUR}, KeyState.USABLE),
        ({"revoked_at": NOON, "expires_at": NOON - HOUR}, KeyState.REVOKED),
    ],
)
def test_a_key_is_usable_until_it_expires_or_is_revoked(fields, state):
    assert key(**fields).state(NOON) is state


def test_the_caller_of_a_key_may_and_sees_what_it_is_for():
    caller = key(sources=frozenset({"a"})).caller

    assert (caller.name, caller.key_id, caller.scopes) == ("ci", "k1", frozenset({Scope.READ}))
    assert (caller.sees("a"), caller.sees("b")) == (True, False)


@pytest.mark.parametrize("scope", list(Scope))
def test_an_empty_scope_means_nothing(scope):
    with pytest.raises(Refused):
        key(scopes=frozenset()).caller.must(scope)
    with pytest.raises(Refused):
        NOBODY.must(scope)


def test_an_empty_set_of_sources_sees_none():
    assert not key(sources=frozenset()).caller.sees("a")
    assert not NOBODY.sees("a")


@pytest.mark.parametrize(
    "grant",
    [
        Grant(per_minute=0),
        Grant(per_minute=-1),
        Grant(per_minute=1_000_001),
        Grant(expires_at=NOON),
        Grant(expires_at=datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12)))),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(grant):
    with pytest.raises(InvalidInput):
        checked_grant(grant, NOON)


@pytest.mark.parametrize("name", ["ci", "Ada Lovelace", "ada@example.org", "build-7.2_x", "a" * 64])
def test_names_that_read_well_are_kept(name):
    assert checked_key_name(name) == name


@pytest.mark.parametrize(
    "name", ["", " ci", "ci ", "a" * 65, "a\nb", "a\x1b[31m", "ключ", "-x", "local", "Nobody", "anybody"]
)
def test_names_that_would_be_misread_are_refused(name):
    with pytest.raises(InvalidInput):
        checked_key_name(name)


def test_scopes_are_named_by_their_words():
    assert scopes_named(["read", "write", "read"]) == {Scope.READ, Scope.WRITE}
    assert scopes_named([]) == frozenset()
    with pytest.raises(InvalidInput, match="no scope READ"):
        scopes_named(["READ"])
