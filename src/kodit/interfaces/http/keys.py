"""Who may use the server, and who has changed what."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from kodit.application.access.keys import HandedOut, ListedKey
from kodit.domain.access.api_key import Grant
from kodit.domain.access.audit import AuditEntry
from kodit.domain.access.scope import Scope
from kodit.interfaces.http.answers import NEVER, answer, changed, done, told
from kodit.interfaces.http.asked import Service
from kodit.interfaces.http.nouns import Nouns
from kodit.interfaces.http.pages import Paged

Which = Annotated[str, Path(max_length=64, description="The key's id, or its name.")]


class NewKey(BaseModel):
    """A key to be handed out."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "ada", "scopes": ["read"], "sources": ["stdlib"]}]}
    )

    name: str = Field(min_length=1, max_length=64, description="Whom or what it is for.")
    scopes: list[Scope] = Field(max_length=3, description="What it allows, each by itself; nothing when it is empty.")
    sources: list[Annotated[str, Field(max_length=400)]] | None = Field(
        default=None, max_length=1000, description="The sources that exist for it; null for all, none when it is empty."
    )
    per_minute: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Requests that are answered in a minute; null for any number."
    )
    expires_at: AwareDatetime | None = Field(default=None, description="When it ends; null for never.")

    def grant(self) -> Grant:
        """What it is for."""
        return Grant(
            scopes=frozenset(self.scopes),
            sources=None if self.sources is None else frozenset(self.sources),
            per_minute=self.per_minute,
            expires_at=self.expires_at,
        )


class Rotation(BaseModel):
    """How a key is replaced."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"grace_seconds": 3600}]})

    grace_seconds: int = Field(default=0, ge=0, le=31_536_000, description="How long the old one is good still.")


def keys(nouns: Nouns) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["keys"])
    listed = told(nouns.page_of(ListedKey), kept=False)
    router.get("/keys", operation_id="listKeys", responses=listed)(_listed)
    made = nouns.of(HandedOut)
    router.post(
        "/keys", operation_id="createKey", status_code=201, responses=changed(made, 404, 409, status=201, body=True)
    )(_created)
    router.post(
        "/keys/{key}/rotate",
        operation_id="rotateKey",
        status_code=201,
        responses=changed(made, 404, 409, status=201, body=True),
    )(_rotated)
    ended = changed(nouns.of(Sequence[ListedKey]), 404, 409)
    router.delete("/keys/{key}", operation_id="revokeKey", responses=ended)(_revoked)
    entries = told(nouns.page_of(AuditEntry), kept=False)
    router.get("/audit", operation_id="listAudit", responses=entries)(_audit)
    return router


async def _listed(request: Request, service: Service, page: Paged) -> Response:
    """Every key, also those that have ended, the oldest first"""
    return await answer(request, page.slice(await service.access.keys()), kept=NEVER)


async def _created(service: Service, new: Annotated[NewKey, Body()]) -> Response:
    """Hand out a key

    Its `secret` is told this once: only its digest is stored.
    """
    return done(await service.access.create(new.name, new.grant()), status=201)


async def _rotated(service: Service, key: Which, rotation: Annotated[Rotation, Body()]) -> Response:
    """Replace a key by a new one for the same"""
    return done(await service.access.rotate(key, grace=timedelta(seconds=rotation.grace_seconds)), status=201)


async def _revoked(service: Service, key: Which) -> Response:
    """Take a key back, or all of a name

    Other processes let it in for five seconds more at most.
    """
    return done(await service.access.revoke(key))


async def _audit(request: Request, service: Service, page: Paged) -> Response:
    """Who has changed what through a server, and who handed out keys, the last first"""
    entries = await service.access.audit(limit=page.limit + 1, before=page.number)
    return await answer(request, page.cut(entries, lambda entry: entry.id), kept=NEVER)
