"""What went wrong with a request, as RFC 9457 has it: the same at every server."""

from collections.abc import Mapping
from typing import Any

from kodit.application.serving.statuses import UNFORESEEN, status_of
from kodit.domain.errors import KoditError
from kodit.domain.sources.location import without_credentials

PROBLEM = "application/problem+json"
"""The media type of RFC 9457, section 3."""
KINDS = "urn:kodit:error:"
"""What the type of a problem begins with that is one of kodit's errors: its class follows."""
NO_KIND = "about:blank"
"""The type of a problem of which its status says everything: RFC 9457, section 4.2.1."""

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    409: "Conflict",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
"""The names of statuses: RFC 9110, section 15, and for 429 and 431 RFC 6585."""


def problem(
    status: int, detail: str, *, remedy: str | None = None, request_id: str | None = None, kind: str = NO_KIND
) -> Mapping[str, Any]:
    """A problem as its document has it, with no credentials in its words."""
    return {
        "type": kind,
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": without_credentials(detail),
        "remedy": without_credentials(remedy) if remedy else None,
        "request_id": request_id,
    }


def problem_of(error: Exception, *, request_id: str | None = None) -> Mapping[str, Any]:
    """The problem that an error makes. Of a fault of kodit itself it tells nothing that is inside."""
    if not isinstance(error, KoditError):
        return problem(
            UNFORESEEN,
            "this is a fault of kodit",
            remedy="the server's log tells more under the id of this request",
            request_id=request_id,
        )
    kind = f"{KINDS}{type(error).__name__}"
    return problem(status_of(error), str(error), remedy=error.remedy, request_id=request_id, kind=kind)
