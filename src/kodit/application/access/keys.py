"""Handing out keys, and taking them back."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kodit.application.access.audit_trail import AuditTrail
from kodit.application.access.authentication import Authentication
from kodit.application.tasks.ports import Clock
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.access.api_key import ApiKey, Grant, KeyState, checked_grant, checked_key_name
from kodit.domain.access.audit import Action, Visit
from kodit.domain.access.key_secret import ID_BYTES, SECRET_BYTES, minted
from kodit.domain.errors import Conflict, InvalidInput, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """A new key and its secret, which nobody can be shown again."""

    key: "ListedKey"
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKey:
    """A key in a list, with what it is good for now; `prefix` is how its secret begins."""

    id: str
    name: str
    prefix: str
    state: KeyState
    scopes: Sequence[str]
    sources: Sequence[str] | None
    per_minute: int | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class Keys:
    """Every key of this database. What changes one is written to the audit log."""

    def __init__(self, *, storage: Storage, clock: Clock, trail: AuditTrail, authentication: Authentication) -> None:
        self._storage = storage
        self._clock = clock
        self._trail = trail
        self._authentication = authentication

    async def create(self, name: str, grant: Grant, *, visit: Visit) -> HandedOut:
        """A new key.

        Raises InvalidInput for a name or a grant that makes no sense, NotFound for a source that there is none of,
        Conflict while a key of this name is usable.
        """
        checked_key_name(name)
        checked_grant(grant, self._clock.now())
        await self._must_exist(grant.sources or ())
        async with self._trail.doing(visit, Action.CREATE_KEY, name):
            key, secret = self._made(name, grant)

            async def stored(unit: UnitOfWork) -> None:
                if _usable([key for key in await unit.api_keys.all() if key.name == name], self._clock.now()):
                    raise Conflict(f"there is a key named {name}", remedy=f"kodit keys rotate {name}, or choose a name")
                await unit.api_keys.add(key)

            await self._storage.transact(stored)
        return HandedOut(key=listed_key(key, key.created_at), secret=secret)

    async def rotate(self, which: str, *, grace: timedelta = timedelta(), visit: Visit) -> HandedOut:
        """A new secret for what a key is for, named by its name or id; the old one is good for `grace` more.

        Raises NotFound, and Conflict when it opens nothing any more.
        """
        old = await self._named(which)
        async with self._trail.doing(visit, Action.ROTATE_KEY, old[-1].name):
            key, secret = self._made(old[-1].name, old[-1].grant)

            async def stored(unit: UnitOfWork) -> None:
                await unit.api_keys.add(key)
                for one in old:
                    await unit.api_keys.revoke(one.id, at=self.after(grace))

            await self._storage.transact(stored)
        self._authentication.forget()
        return HandedOut(key=listed_key(key, key.created_at), secret=secret)

    async def revoke(self, which: str, *, visit: Visit) -> Sequence[ListedKey]:
        """Take back a key, named by its id, or all of a name. Raises NotFound, and Conflict when that is done."""
        old = await self._named(which)
        async with self._trail.doing(visit, Action.REVOKE_KEY, f"{old[-1].name} ({', '.join(key.id for key in old)})"):

            async def stored(unit: UnitOfWork) -> None:
                for key in old:
                    await unit.api_keys.revoke(key.id, at=self._clock.now())

            await self._storage.transact(stored)
        self._authentication.forget()
        revoked = {key.id for key in old}
        return [key for key in await self.listed() if key.id in revoked]

    async def listed(self) -> Sequence[ListedKey]:
        """Every key, also those that open nothing any more, the oldest first."""
        now = self._clock.now()
        return [listed_key(key, now) for key in await self._all()]

    def after(self, span: timedelta) -> datetime:
        """The moment after so much time. Raises InvalidInput where there is none."""
        try:
            return self._clock.now() + span
        except OverflowError:
            raise InvalidInput(
                "that is more time than there is", remedy="leave it out for a key that never ends"
            ) from None

    async def any_usable(self) -> bool:
        """Whether anybody holds a key that opens something."""
        return bool(_usable(await self._all(), self._clock.now()))

    async def _all(self) -> Sequence[ApiKey]:
        return await self._storage.glance(lambda unit: unit.api_keys.all())

    async def _named(self, which: str) -> Sequence[ApiKey]:
        await self._clock.follow()
        every = await self._all()
        found = [key for key in every if key.id == which] or [key for key in every if key.name == which]
        if not found:
            raise NotFound(f"there is no key {which}", remedy="list them: kodit keys list")
        usable = _usable(found, self._clock.now())
        if not usable:
            raise Conflict(f"the key {which} is {found[-1].state(self._clock.now()).value} already")
        return usable

    async def _must_exist(self, sources: Sequence[str] | frozenset[str]) -> None:
        async with self._storage.read() as unit:
            for name in sorted(sources):
                if await unit.sources.named(name) is None:
                    raise NotFound(f"there is no source named {name}", remedy="list them: kodit sources")

    def _made(self, name: str, grant: Grant) -> tuple[ApiKey, str]:
        secret = minted(secrets.token_bytes(ID_BYTES + SECRET_BYTES))
        key = ApiKey(
            id=secret.id,
            name=name,
            digest=secret.digest,
            scopes=grant.scopes,
            sources=grant.sources,
            per_minute=grant.per_minute,
            created_at=self._clock.now(),
            expires_at=grant.expires_at,
        )
        return key, secret.text


def listed_key(key: ApiKey, now: datetime) -> ListedKey:
    """A key as it is shown at a moment."""
    return ListedKey(
        id=key.id,
        name=key.name,
        prefix=f"kodit_{key.id}",
        state=key.state(now),
        scopes=sorted(key.scopes),
        sources=None if key.sources is None else sorted(key.sources),
        per_minute=key.per_minute,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
    )


def _usable(keys: Sequence[ApiKey], now: datetime) -> Sequence[ApiKey]:
    return [key for key in keys if key.state(now) is KeyState.USABLE]
