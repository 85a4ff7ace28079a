"""What requests say, and what every one of them is held to."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar, get_args, get_origin
from urllib.parse import unquote

from fastapi import Depends, HTTPException, Path, Query, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError

from kodit.application.asking.where import Where
from kodit.application.serving.service_of import ServiceOf
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.interfaces.http.segments import SLASH

T = TypeVar("T")

LARGEST_ID = 2**63 - 1
"""The largest number that the database has for an id."""
NO_NUL = r"^[^\x00]+$"
"""A text that is not empty, and without NUL, which databases have no room for."""
LONGEST = 1000
"""Characters of a name, a path or a pattern."""
JSON = "application/json"
EVENTS = "text/event-stream"


# What waits for nothing is asynchronous all the same, here as with pages and filters: else it is run in a thread.
async def _service(request: Request) -> ServingApplicationService:
    services: ServiceOf = request.app.state.services
    return services(request.scope)


async def _named(name: Annotated[str, Path(description="The source's name; `/` in it is written `%2F`.")]) -> str:
    return name.replace(SLASH, "/")


async def _where(
    source: Annotated[list[str] | None, Query(description="Only in this source; may be given again.")] = None,
    language: Annotated[list[str] | None, Query(description="Only in this language; may be given again.")] = None,
    path: Annotated[
        list[str] | None, Query(description="Only in files whose path matches this glob; may be given again.")
    ] = None,
) -> Where:
    return Where(sources=several(source), languages=several(language), paths=several(path))


def several(given: Sequence[T] | None) -> tuple[T, ...]:
    """What was given once, again, or not at all."""
    return tuple(given or ())


Service = Annotated[ServingApplicationService, Depends(_service)]
"""What the caller may ask and do."""
SourceName = Annotated[str, Depends(_named)]
"""The name of a source, as a part of the path."""
Placed = Annotated[Where, Depends(_where)]
"""What part of the code is asked about."""
RunId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The number of the run.")]
TaskId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The number of the task.")]


async def nothing_unknown(request: Request) -> None:
    """Raises RequestValidationError for a query parameter or a body that the route has no use for.

    That is also a second value where there is room for one: dropping it would answer another question.
    """
    route: Any = request.scope["route"]
    fields = get_flat_params(route.dependant)
    known = [field.alias for field in fields]
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        may = ", ".join(name for name in known if f"{{{name}" not in route.path) or "none"
        raise RequestValidationError([_wrong("query", name, f"is not known; there are: {may}") for name in unknown])
    single = [field.alias for field in fields if not _takes_several(field.field_info.annotation)]
    again = [name for name in single if len(request.query_params.getlist(name)) > 1]
    if again:
        raise RequestValidationError([_wrong("query", name, "may be given once only") for name in again])
    if route.body_field is None and _has_body(request):
        raise RequestValidationError([_wrong("body", "", "nothing is expected")])
    if "\0" in unquote(request.url.query):
        raise RequestValidationError([_wrong("query", "", "no NUL may be in it")])


async def json_both_ways(request: Request) -> None:
    """Raises HTTPException for a body that is no JSON, and where neither JSON nor a stream of events is accepted."""
    if _has_body(request):
        media = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media != JSON and not (media.startswith("application/") and media.endswith("+json")):
            raise HTTPException(415, f"a body must be {JSON}")
    gives = EVENTS if request.url.path.endswith("/events") else JSON
    if not accepts(request.headers.get("Accept", "*/*"), gives):
        raise HTTPException(406, f"only {gives} can be given")


def accepts(accepted: str, gives: str) -> bool:
    """Whether a header Accept lets a media type through: RFC 9110, section 12.5.1. The nearest range counts."""
    weights: dict[str, float] = {}
    for entry in accepted.split(","):
        media, *parameters = (part.strip().lower() for part in entry.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        weights[media] = _weight(weight)
    nearest = next((media for media in (gives, f"{gives.partition('/')[0]}/*", "*/*") if media in weights), None)
    return not accepted.strip() or (nearest is not None and weights[nearest] > 0)


def _weight(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return 1.0


def _takes_several(kind: Any) -> bool:
    """Whether a parameter of this type may be given again: it is a list, or a list or nothing."""
    return any(get_origin(one) is list for one in (kind, *get_args(kind)))


def _has_body(request: Request) -> bool:
    return request.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in request.headers


def _wrong(part: str, name: str, message: str) -> dict[str, Any]:
    return {"type": "value_error", "loc": (part, name), "msg": message, "input": None}
