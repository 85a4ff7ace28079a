"""How far indexing is."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response, StreamingResponse

from kodit.application.reports import RunProgress
from kodit.domain.tasks.run import Run
from kodit.interfaces.http.answers import NEVER, Answers, answer, changed, done, told
from kodit.interfaces.http.asked import EVENTS, RunId, Service
from kodit.interfaces.http.events import events_of, is_over
from kodit.interfaces.http.methods import HEAD_ASKED
from kodit.interfaces.http.nouns import Nouns, Schema
from kodit.interfaces.http.sources import place_of_run
from kodit.interfaces.http.tellable import tellable


class Events(StreamingResponse):
    """A stream of Server-Sent Events."""

    media_type = EVENTS


def runs(nouns: Nouns) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["runs"])
    progress = nouns.of(RunProgress)
    router.get("/runs/{run_id}", operation_id="showRun", responses=told(progress, 404))(_shown)
    stopping = changed(nouns.of(Run), 404, 409, status=202)
    router.post("/runs/{run_id}/cancel", operation_id="cancelRun", status_code=202, responses=stopping)(_cancelled)
    stream = _of_stream(progress)
    router.get("/runs/{run_id}/events", operation_id="followRun", response_class=Events, responses=stream)(_followed)
    return router


async def _shown(request: Request, service: Service, run_id: RunId) -> Response:
    """A run as it stands, with its tasks and steps"""
    return await answer(request, tellable(await service.progress(run_id), service.caller))


async def _cancelled(service: Service, run_id: RunId) -> Response:
    """Cancel what waits of a run, and ask what runs of it to stop"""
    run = await service.cancel(run_id)
    return done(run, status=202, location=place_of_run(run))


async def _followed(
    request: Request,
    service: Service,
    run_id: RunId,
    last_event_id: Annotated[str | None, Header(description="The id of the last event that came.")] = None,
) -> Response:
    """A run as it goes on, live

    Server-Sent Events: `progress` with the run as `GET /api/v1/runs/{run_id}` tells it, whenever something has changed,
    and `end` with the same when the run is over, which ends the stream too.
    Who comes back with `Last-Event-ID` is told what has changed since; after the `end`, the answer is 204.
    Without an `end`, the stream ends within seconds when the key that was shown opens nothing any more.
    """
    first = await service.progress(run_id)
    if last_event_id is not None and is_over(first, last_event_id):
        return Response(status_code=204)

    async def look() -> RunProgress:
        # A stream may outlive the key that has opened it.
        await service.must_still_be_let_in()
        return await service.progress(run_id)

    events = events_of(look, first, service.caller, last_event_id)
    headers = {"Cache-Control": NEVER, "X-Accel-Buffering": "no"}
    return Events(_none() if HEAD_ASKED in request.scope else events, headers=headers)


def _of_stream(schema: Schema) -> Answers:
    refusals = {status: found for status, found in told(schema, 404).items() if status not in (200, 304)}
    stream = {EVENTS: {"schema": {"type": "string", "contentMediaType": EVENTS}}}
    return {
        200: {"description": "The stream.", "content": stream},
        204: {"description": "The run is over, and the client has been told so."},
        **refusals,
    }


async def _none() -> AsyncIterator[bytes]:
    yield b""
