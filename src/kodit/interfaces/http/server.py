"""The queue in numbers, and the server itself."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kodit import __version__
from kodit.application.installation import Installation, ShownSetting
from kodit.application.tasks.health import Alert, alerts
from kodit.application.tasks.queue_view import QueueBoard
from kodit.application.tasks.statistics import QueueStatistics
from kodit.domain.access.caller import Caller
from kodit.interfaces.http.answers import NEVER, answer, told
from kodit.interfaces.http.asked import Service
from kodit.interfaces.http.nouns import Nouns, described


def server(nouns: Nouns) -> APIRouter:
    """The routes."""
    router = APIRouter()
    numbers = described(queue=nouns.of(QueueStatistics), alerts={"type": "array", "items": nouns.of(Alert)})
    router.get("/statistics", operation_id="statistics", tags=["queue"], responses=told(numbers, kept=False))(
        _statistics
    )
    board = told(nouns.of(QueueBoard), kept=False)
    router.get("/board", operation_id="board", tags=["queue"], responses=board)(_board)
    status = told(described(version={"type": "string"}, caller=nouns.of(Caller)))
    router.get("/status", operation_id="status", tags=["server"], responses=status)(_status)
    installed = told(nouns.of(Installation), kept=False)
    router.get("/installation", operation_id="installation", tags=["server"], responses=installed)(_installation)
    settings = told({"type": "array", "items": nouns.of(ShownSetting)})
    router.get("/settings", operation_id="listSettings", tags=["server"], responses=settings)(_settings)
    return router


async def _statistics(request: Request, service: Service) -> Response:
    """The queue in numbers, and what is wrong with it"""
    queue = await service.server.statistics()
    return await answer(request, {"queue": queue, "alerts": alerts(queue)}, kept=NEVER)


async def _board(
    request: Request,
    service: Service,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many tasks of each list at most.")] = 20,
) -> Response:
    """The queue at one moment: its numbers, what runs, what is tried again, what died"""
    return await answer(request, await service.board(limit=limit), kept=NEVER)


async def _status(request: Request, service: Service) -> Response:
    """Which kodit answers, and who it takes the caller for"""
    return await answer(request, {"version": __version__, "caller": service.caller})


async def _installation(request: Request, service: Service) -> Response:
    """Where everything is, and with which versions"""
    return await answer(request, await service.server.installation(), kept=NEVER)


async def _settings(request: Request, service: Service) -> Response:
    """Every setting in effect; secrets are masked"""
    return await answer(request, await service.server.settings())
