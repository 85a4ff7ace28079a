"""Finding code."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kodit.application.reports import SearchResult
from kodit.application.serving.plain import plain
from kodit.domain.search.query import SearchMode
from kodit.domain.sources.last_change import LastChange
from kodit.interfaces.http.answers import NEVER, answer, told
from kodit.interfaces.http.asked import Placed, Service, several
from kodit.interfaces.http.moments import DATE, moment
from kodit.interfaces.http.nouns import Nouns, Schema
from kodit.interfaces.http.pages import Paged


def searching(nouns: Nouns) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["searching"])
    found = told(_with_next(nouns.of(SearchResult)), 404, 409, kept=False)
    router.get("/search", operation_id="search", responses=found)(_search)
    return router


async def _search(  # noqa: PLR0913, PLR0917 - a filter each
    request: Request,
    service: Service,
    where: Placed,
    page: Paged,
    q: Annotated[str, Query(max_length=20_000, description="Words, names or code; any text at all.")],
    mode: Annotated[SearchMode, Query(description="Which lists to draw on.")] = SearchMode.HYBRID,
    author: Annotated[
        list[str] | None, Query(description="Only in files last changed by this author; may be given again.")
    ] = None,
    after: Annotated[str | None, Query(description=f"Only in files last changed then or later. {DATE}")] = None,
    before: Annotated[str | None, Query(description=f"Only in files last changed before. {DATE}")] = None,
) -> Response:
    """Search by name and by meaning"""
    since, until = moment("after", after), moment("before", before)
    result = await service.search(
        q,
        mode=mode,
        sources=where.sources,
        languages=where.languages,
        paths=where.paths,
        last_change=LastChange(authors=several(author), earliest_at=since, until=until),
        limit=page.reach,
    )
    shown = page.slice(result.hits)
    return await answer(request, {**plain(result), "hits": shown["items"], "next": shown["next"]}, kept=NEVER)


def _with_next(schema: Schema) -> dict[str, Any]:
    cursor = {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "The `cursor` of the next page."}
    return {"allOf": [schema, {"type": "object", "properties": {"next": cursor}, "required": ["next"]}]}
