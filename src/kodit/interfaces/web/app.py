"""The page: routes, and what answers them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kodit.application.serving.queue_history import QueueHistory
from kodit.application.serving.service_of import ServiceOf
from kodit.application.views import SourceRow
from kodit.domain.errors import KoditError, NotFound
from kodit.infrastructure.clock import now as present
from kodit.interfaces.web.assets import asset
from kodit.interfaces.web.files import file_page, folder_page
from kodit.interfaces.web.names import name_page, packages_page, symbols_page
from kodit.interfaces.web.pages import Page, Pages
from kodit.interfaces.web.problems import problem
from kodit.interfaces.web.queue import change_queue, queue_page, task_page
from kodit.interfaces.web.searching import search_page
from kodit.interfaces.web.sources import change_sources, source_page, sources_page

_FILES = "/files/"

_ROUTES: Sequence[tuple[str, str, Page]] = (
    ("/", "GET", search_page),
    ("/symbols", "GET", symbols_page),
    ("/names", "GET", name_page),
    ("/packages", "GET", packages_page),
    ("/sources", "GET", sources_page),
    ("/sources", "POST", change_sources),
    ("/queue", "GET", queue_page),
    ("/queue", "POST", change_queue),
    ("/queue/tasks/{id}", "GET", task_page),
)


def pages(services: ServiceOf, history: QueueHistory, *, now: Callable[[], datetime] = present) -> Starlette:
    """The page as an ASGI app. `history` is what its charts show; whoever runs the server has it look at the queue."""
    shared = Pages(services, history, now)

    def bound(page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await page(shared, request)

        return answer

    async def failed(request: Request, error: Exception) -> Response:
        return await problem(shared, request, error)

    return Starlette(
        routes=[
            *(Route(path, bound(page), methods=[method]) for path, method, page in _ROUTES),
            Route("/login", bound(login_page), methods=["GET"]),
            Route("/sources/{place:path}", bound(_place), methods=["GET"]),
            Route("/static/{name}", asset, methods=["GET"]),
        ],
        exception_handlers={KoditError: failed, HTTPException: failed, Exception: failed},
    )


async def login_page(pages: Pages, request: Request) -> Response:
    """Where a key is shown. What becomes of it is the gate's to say."""
    wanted = request.query_params.get("next", "/")
    return pages.show(
        request,
        "login.html",
        # Only to a place of this server, never to another.
        next=wanted if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) else "/",
        failed="failed" in request.query_params,
    )


async def _place(pages: Pages, request: Request) -> Response:
    """A source, a directory or a file in it. Names of sources and directories may have slashes in them."""
    asked = request.path_params["place"]
    source, inside = source_and_path(asked, await pages.service(request).sources())
    if inside is None:
        return await source_page(pages, request, source)
    if not inside or inside.endswith("/"):
        return await folder_page(pages, request, source, inside)
    return await file_page(pages, request, source, inside)


def source_and_path(place: str, rows: Sequence[SourceRow]) -> tuple[str, str | None]:
    """The source that an address begins with, and what of its files it asks for, None for nothing. Raises NotFound."""
    names = {row.name for row in rows}
    if place in names:
        return place, None
    at = place.find(_FILES)
    while at >= 0:
        if place[:at] in names:
            return place[:at], place[at + len(_FILES) :]
        at = place.find(_FILES, at + 1)
    raise NotFound(f"there is no source named {place.partition(_FILES)[0]}", remedy="list them: kodit sources")
