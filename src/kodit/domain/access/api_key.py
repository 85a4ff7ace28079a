"""Keys that callers of a server show."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kodit.domain.access.caller import ANYBODY, LOCAL, NOBODY, Caller
from kodit.domain.access.scope import Scope
from kodit.domain.errors import InvalidInput

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@ -]{0,63}", re.ASCII)
LATEST_YEAR = 9998
RESERVED = frozenset(caller.name for caller in (LOCAL, NOBODY, ANYBODY))
"""What callers without a key are called: nobody shall pass for them in a list of who did what."""


class KeyState(StrEnum):
    """Whether a key opens anything."""

    USABLE = "usable"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a key is for: what may be done with it, and with which sources (None for all of them).

    `per_minute` is how many requests are answered, None for any number; from `expires_at` on there is none.
    """

    scopes: frozenset[Scope] = frozenset()
    sources: frozenset[str] | None = None
    per_minute: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is stored: the id and the digest of its secret, never the secret, and what it is for."""

    id: str
    name: str
    digest: str
    scopes: frozenset[Scope]
    sources: frozenset[str] | None
    per_minute: int | None
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def caller(self) -> Caller:
        """Who shows it."""
        return Caller(name=self.name, scopes=self.scopes, sources=self.sources, key_id=self.id)

    @property
    def grant(self) -> Grant:
        """What it is for."""
        return Grant(scopes=self.scopes, sources=self.sources, per_minute=self.per_minute, expires_at=self.expires_at)

    def state(self, now: datetime) -> KeyState:
        """What it is good for at a moment."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return KeyState.REVOKED
        return KeyState.EXPIRED if self.expires_at is not None and self.expires_at <= now else KeyState.USABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that has shown a key once and bears a secret of its own since; good as long as the key is."""

    digest: str
    key_id: str
    created_at: datetime
    expires_at: datetime


def checked_grant(grant: Grant, now: datetime) -> Grant:
    """The grant. Raises InvalidInput for a limit or an end that makes no sense."""
    if grant.per_minute is not None and not 1 <= grant.per_minute <= 1_000_000:
        raise InvalidInput("a key answers from 1 to 1,000,000 requests a minute", remedy="or any number, without limit")
    # Close to the year 9999, a moment may exist in one zone and not in UTC.
    if grant.expires_at is not None and (grant.expires_at <= now or grant.expires_at.year > LATEST_YEAR):
        raise InvalidInput(f"a key ends at a time to come, before the year {LATEST_YEAR + 1}", remedy="or never")
    return grant


def checked_key_name(name: str) -> str:
    """The name. Raises InvalidInput for one that would be misread in a list or a log."""
    if not NAME.fullmatch(name) or name != name.strip():
        raise InvalidInput(
            f"{name[:64]!r} cannot name a key", remedy="use up to 64 of a-z, A-Z, 0-9, dots, dashes, @ and spaces"
        )
    if name.lower() in RESERVED:
        raise InvalidInput(f"no key can be called {name}", remedy="callers without a key are: choose another name")
    return name


def scopes_named(words: Collection[str]) -> frozenset[Scope]:
    """The scopes. Raises InvalidInput for a word that is none."""
    known = {scope.value: scope for scope in Scope}
    for word in words:
        if word not in known:
            raise InvalidInput(f"there is no scope {word[:40]}", remedy=f"choose of {', '.join(known)}")
    return frozenset(known[word] for word in words)
