"""Errors as pages, each with what can be done about it."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kodit.application.serving.statuses import status_of
from kodit.domain.errors import KoditError
from kodit.domain.sources.location import without_credentials
from kodit.interfaces.web.pages import Pages

_TITLES = {
    401: "Sign in first",
    403: "Not for you",
    404: "Not here",
    409: "Not now",
    422: "That makes no sense",
    429: "Too fast",
    503: "Not now",
}


async def problem(pages: Pages, request: Request, error: Exception) -> Response:
    """The page for an error. What nobody foresaw is told of by its request's id only."""
    status = error.status_code if isinstance(error, HTTPException) else status_of(error)
    message = without_credentials(str(error)) if isinstance(error, KoditError) else _told(status)
    remedy = error.remedy if isinstance(error, KoditError) else None
    return pages.show(
        request,
        "problem.html",
        status,
        title=_TITLES.get(status, HTTPStatus(status).phrase),
        message=message,
        remedy=without_credentials(remedy) if remedy else None,
        number=status,
        request_id=request.scope.get("state", {}).get("request_id"),
    )


def _told(status: int) -> str:
    if status == 404:
        return "There is no such page."
    if status == 405:
        return "This page cannot be used like that."
    return "Something went wrong that nobody foresaw. The server's log says more." if status >= 500 else "No."
