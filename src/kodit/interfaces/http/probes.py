"""What those ask who watch over a server: does it live, is it ready, how is it doing?"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from kodit.application.serving.health import Health, LookAtHealth, MetricsText, PartState
from kodit.domain.access.caller import Caller
from kodit.domain.access.scope import Scope

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
"""The content type of Prometheus's text format, as its documentation on exposition formats gives it."""


class Alive(BaseModel):
    """The answer of a server that lives."""

    status: str = "alive"


class PartAnswer(BaseModel):
    """One part of the server."""

    name: str
    state: PartState
    failures: int


class ReadyAnswer(BaseModel):
    """Whether the server should be sent requests; `database` says what is wrong with it, if anything is."""

    ready: bool
    draining: bool
    database: str | None
    parts: list[PartAnswer]


def probes(look: LookAtHealth, metrics: MetricsText) -> APIRouter:
    """The routes `/healthz`, `/readyz` and `/metrics`."""
    router = APIRouter(tags=["server"])

    @router.get("/healthz", operation_id="healthz", summary="Whether the server lives")
    async def healthz() -> Alive:
        return Alive()

    @router.get(
        "/readyz",
        operation_id="readyz",
        summary="Whether the server should be sent requests, and what its parts are doing",
        responses={503: {"model": ReadyAnswer, "description": "It drains, or its database does not answer."}},
    )
    async def readyz(response: Response, health: Annotated[Health, Depends(look)]) -> ReadyAnswer:
        response.headers["Cache-Control"] = "no-store"
        if not health.ready:
            response.status_code = 503
        return ReadyAnswer.model_validate(
            {
                "ready": health.ready,
                "draining": health.draining,
                "database": health.database,
                "parts": [{"name": one.name, "state": one.state, "failures": one.failures} for one in health.parts],
            }
        )

    @router.get(
        "/metrics",
        operation_id="metrics",
        summary="The queue and the requests in numbers, as Prometheus reads them",
        response_class=PlainTextResponse,
    )
    async def metrics_text(request: Request) -> Response:
        caller: Caller = request.scope["state"]["caller"]
        caller.must(Scope.READ)
        caller.must_see_all()
        return Response(await metrics(), media_type=PROMETHEUS)

    return router
