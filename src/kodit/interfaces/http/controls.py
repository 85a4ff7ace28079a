"""What is held back."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from kodit.application.serving.plain import ALL_TYPES
from kodit.domain.tasks.claim import EVERYTHING, Control
from kodit.domain.tasks.task_type import AnyTaskType, type_named
from kodit.interfaces.http.answers import answer, changed, done, told
from kodit.interfaces.http.asked import Service
from kodit.interfaces.http.nouns import Nouns

Held = Annotated[str, Path(max_length=100, description=f"A type of tasks, or `{ALL_TYPES}`.", examples=["ENRICH"])]


class Limit(BaseModel):
    """How many may run at a time."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"most": 2}]})

    most: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = Field(description="On all machines; null for any number.")


def controls(nouns: Nouns) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["queue"])
    of_controls = told({"type": "array", "items": nouns.of(Control)})
    router.get("/controls", operation_id="listControls", responses=of_controls)(_listed)
    held = changed(nouns.of(Control), 404)
    router.post("/controls/{kind}/pause", operation_id="pauseTasks", responses=held)(_paused)
    router.post("/controls/{kind}/resume", operation_id="resumeTasks", responses=held)(_resumed)
    limited = changed(nouns.of(Control), 404, body=True)
    router.put("/controls/{kind}/limit", operation_id="limitTasks", responses=limited)(_limited)
    return router


async def _listed(request: Request, service: Service) -> Response:
    """What is paused or limited"""
    return await answer(request, await service.server.controls())


async def _paused(service: Service, kind: Held) -> Response:
    """Let nothing of a type be begun; what runs goes on"""
    await service.hold(_type(kind), paused=True)
    return await _as_it_is(service, kind)


async def _resumed(service: Service, kind: Held) -> Response:
    """Let what was paused be begun again"""
    await service.hold(_type(kind), paused=False)
    return await _as_it_is(service, kind)


async def _limited(service: Service, kind: Held, limit: Annotated[Limit, Body()]) -> Response:
    """Let at most so many tasks of a type run at a time"""
    await service.limit(_type(kind), limit.most)
    return await _as_it_is(service, kind)


async def _as_it_is(service: Service, kind: str) -> Response:
    held = {control.type: control for control in await service.server.controls()}
    return done(held.get(_type(kind), Control(type=_type(kind))))


def _type(name: str) -> AnyTaskType:
    return EVERYTHING if name == ALL_TYPES else type_named(name)
