"""What a request is told that cannot be answered: always a problem as RFC 9457 has it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kodit.application.serving.problem import PROBLEM, problem, problem_of
from kodit.domain.errors import KoditError, RateLimited, TransientError
from kodit.interfaces.http.methods import ALLOWED

SOON_SECONDS = 1
"""After how many seconds it is worth to ask again where nobody knows better."""

_REMEDIES = {
    404: "see what there is at /docs",
    405: "see what there is at /docs",
    406: "leave the header Accept out",
    415: "send the header Content-Type: application/json",
}
"""What can be done about a request that no route takes, by the status of its answer."""

log = structlog.get_logger(__name__)

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "What went wrong, see RFC 9457.",
    "properties": {
        "type": {
            "type": "string",
            "description": "`urn:kodit:error:` and the name of kodit's error, or `about:blank`.",
        },
        "title": {"type": "string", "description": "The name of the status."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What went wrong, in one line."},
        "remedy": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "What can be done about it."},
        "request_id": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "Stands in the server's log."},
    },
    "required": ["type", "title", "status", "detail", "remedy", "request_id"],
    "examples": [
        {
            "type": "urn:kodit:error:NotFound",
            "title": "Not Found",
            "status": 404,
            "detail": "there is no source named demo",
            "remedy": "list them: kodit sources",
            "request_id": "5f0c6a1e9b6d4c1f",
        }
    ],
}


def tell_problems(app: FastAPI) -> None:
    """Have everything that goes wrong told as a problem."""
    app.add_exception_handler(KoditError, _of_kodit)
    app.add_exception_handler(RequestValidationError, _of_request)
    app.add_exception_handler(HTTPException, _of_http)


class FaultsTold:
    """Tells of a fault of kodit itself as a problem too, and writes it into the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            log.exception("a request failed", path=scope["path"], request_id=_request_id(scope))
            await _response(problem_of(error, request_id=_request_id(scope)))(scope, receive, send)


async def _of_kodit(request: Request, error: Exception) -> Response:
    headers = {}
    if isinstance(error, RateLimited) and error.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after.total_seconds()))
    elif isinstance(error, TransientError):
        headers["Retry-After"] = str(SOON_SECONDS)
    return _response(problem_of(error, request_id=_request_id(request.scope)), headers)


async def _of_request(request: Request, error: Exception) -> Response:
    wrong = error.errors() if isinstance(error, RequestValidationError) else []
    told = "; ".join(_told(one) for one in wrong[:3])
    remedy = "see what may be given at /docs"
    return _response(problem(422, told, remedy=remedy, request_id=_request_id(request.scope)))


async def _of_http(request: Request, error: Exception) -> Response:
    status, detail, headers = 500, "", None
    if isinstance(error, HTTPException):
        status, detail, headers = error.status_code, error.detail, error.headers
    if status == 404:
        detail = "there is nothing here"
    elif status == 405 and (allowed := request.scope[ALLOWED](request.scope["path"])):
        detail, headers = f"there is no {request.method} here, only {allowed}", {"Allow": allowed}
    told = problem(status, detail, remedy=_REMEDIES.get(status), request_id=_request_id(request.scope))
    return _response(told, headers)


def _response(told: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(told, status_code=told["status"], headers=kept, media_type=PROBLEM)


def _told(wrong: Mapping[str, Any]) -> str:
    if wrong["type"] == "json_invalid":
        return f"the body is no JSON: {wrong['ctx']['error']} at character {wrong['loc'][-1]}"
    return f"{_place(wrong['loc'])}: {wrong['msg']}"


def _place(where: Sequence[str | int]) -> str:
    """`query limit`, `body reading.branch`."""
    kind, *parts = where
    return f"{kind} {'.'.join(str(part) for part in parts)}".strip()


def _request_id(scope: Scope) -> str | None:
    """What the gate has called the request."""
    found = scope.get("state", {}).get("request_id")
    return found if isinstance(found, str) else None
