"""Whose key or session it is that a caller shows."""

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from kodit.application.tasks.ports import Clock
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.access.api_key import ApiKey, KeyState, Session
from kodit.domain.access.key_secret import SECRET_BYTES, KeySecret, digest_of, read_secret
from kodit.domain.errors import KoditError, Refused

FRESH = timedelta(seconds=5)
"""How long an answer of the database is believed. A key that another process revokes opens nothing after so long; one
that this process revokes opens nothing at once."""
NOTED = timedelta(minutes=1)
"""How often it is written down that a key was used, so that a busy key is no burden for the database."""
SESSION = timedelta(days=7)
"""How long a browser need not show its key again."""
MOST = 10_000
"""Answers that are kept. Only keys and sessions that exist are, so that no stranger can fill the memory."""

_NOTHING = digest_of("")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Seen:
    key: ApiKey
    until: datetime | None
    read_at: datetime


class Authentication:
    """Verifies keys and sessions, mostly without the database."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        # By what was shown, a key or a session, and its digest, or by a key's id: none passes for another.
        self._seen: dict[tuple[str, str], _Seen] = {}
        # Counts what was taken back: an answer that was on its way meanwhile may be of before.
        self._changes = 0
        self._noted: dict[str, datetime] = {}
        self._notes: set[asyncio.Task[None]] = set()

    async def key(self, text: str) -> ApiKey:
        """The usable key whose secret this is. Raises Refused, and what a Storage raises."""
        shown = read_secret(text)
        if shown is None:
            raise _refused("this is no key of kodit's, or it was mistyped")
        return await self._answered(("key", shown.digest), lambda: self._with_secret(shown))

    async def session(self, secret: str) -> ApiKey:
        """The usable key of an open session. Raises Refused, and what a Storage raises."""
        digest = digest_of(secret)
        return await self._answered(("session", digest), lambda: self._with_session(digest))

    async def still_usable(self, key_id: str) -> ApiKey:
        """The usable key with this id, for who has shown it before. Raises Refused, and what a Storage raises."""
        return await self._answered(("id", key_id), lambda: self._with_id(key_id))

    async def opened_session(self, key: ApiKey) -> str:
        """The secret of a new session, to be shown instead of the key for a week at most."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        now = self._clock.now()
        session = Session(digest=digest_of(secret), key_id=key.id, created_at=now, expires_at=now + SESSION)

        async def stored(unit: UnitOfWork) -> None:
            await unit.sessions.prune(before=now)
            await unit.sessions.add(session)

        await self._storage.transact(stored)
        return secret

    async def close_session(self, secret: str) -> None:
        """Forget a session; what is none is left alone."""
        digest = digest_of(secret)
        await self._storage.transact(lambda unit: unit.sessions.remove(digest))
        self.forget()

    def forget(self) -> None:
        """Believe nothing that was read before: a key or a session has changed."""
        self._seen.clear()
        self._changes += 1

    async def close(self) -> None:
        """Write down what is still to be written."""
        await asyncio.gather(*self._notes)

    async def _answered(self, shown: tuple[str, str], looked_up: Callable[[], Awaitable[_Seen | None]]) -> ApiKey:
        now = self._clock.now()
        seen = self._seen.get(shown)
        # A clock that was put back must not make an old answer young.
        if seen is None or not timedelta() <= now - seen.read_at < FRESH:
            await self._clock.follow()
            now, changes = self._clock.now(), self._changes
            seen = await looked_up()
            if changes == self._changes:
                self._remember(shown, seen)
        if seen is None:
            raise _refused("there is no such key")
        if seen.until is not None and seen.until <= now:
            raise _refused("the session has ended")
        if (state := seen.key.state(now)) is not KeyState.USABLE:
            raise _refused(f"the key {seen.key.name} is {state.value}")
        self._note(seen.key, now)
        return seen.key

    def _remember(self, shown: tuple[str, str], seen: _Seen | None) -> None:
        self._seen.pop(shown, None)
        if seen is not None:
            if len(self._seen) >= MOST:
                self._seen.clear()
            self._seen[shown] = seen

    async def _with_secret(self, secret: KeySecret) -> _Seen | None:
        now = self._clock.now()
        key = await self._storage.glance(lambda unit: unit.api_keys.get(secret.id))
        # An id is no secret, and compared is what chance has made: neither tells by its time how near a guess came.
        matches = hmac.compare_digest(key.digest if key else _NOTHING, secret.digest)
        return _Seen(key, None, now) if key is not None and matches else None

    async def _with_id(self, key_id: str) -> _Seen | None:
        now = self._clock.now()
        key = await self._storage.glance(lambda unit: unit.api_keys.get(key_id))
        return None if key is None else _Seen(key, None, now)

    async def _with_session(self, digest: str) -> _Seen | None:
        now = self._clock.now()

        async def found(unit: UnitOfWork) -> _Seen | None:
            session = await unit.sessions.get(digest)
            key = None if session is None else await unit.api_keys.get(session.key_id)
            return None if session is None or key is None else _Seen(key, session.expires_at, now)

        return await self._storage.glance(found)

    def _note(self, key: ApiKey, now: datetime) -> None:
        last = self._noted.get(key.id, key.last_used_at)
        if last is not None and timedelta() <= now - last < NOTED:
            return
        self._noted[key.id] = now
        # Whoever asks does not wait for it.
        note = asyncio.get_running_loop().create_task(self._noted_down(key.id, now))
        self._notes.add(note)
        note.add_done_callback(self._notes.discard)

    async def _noted_down(self, key_id: str, now: datetime) -> None:
        try:
            await self._storage.transact(lambda unit: unit.api_keys.used(key_id, at=now))
        except KoditError as error:
            log.warning("it was not written down that a key was used", key=key_id, reason=str(error))


def _refused(reason: str) -> Refused:
    return Refused(reason, remedy="ask whoever runs this server for a key: kodit keys create NAME --scope read")
