"""Finding code."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kodit.application.reports import SearchResult
from kodit.application.serving.plain import plain
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.errors import InvalidInput
from kodit.domain.search.query import SearchMode
from kodit.domain.sources.last_change import LastChange
from kodit.interfaces.http.answers import NEVER, answer, told
from kodit.interfaces.http.asked import Placed, Service, several
from kodit.interfaces.http.moments import DATE, moment
from kodit.interfaces.http.nouns import Nouns, Schema, described
from kodit.interfaces.http.pages import Few, Page

DEPTHS = (20, 100, 1000)
"""How many answers are asked for: the least that has all of a page. How deep one looks has a say in the order, so
pages that follow each other must come from the same look as far as possible."""


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
    page: Few,
    q: Annotated[str, Query(max_length=20_000, description="Words, names or code; any text at all.")],
    mode: Annotated[SearchMode, Query(description="Which lists to draw on.")] = SearchMode.HYBRID,
    kind: Annotated[
        list[SnippetKind] | None, Query(description="Only pieces of code of this kind; may be given again.")
    ] = None,
    package: Annotated[
        list[str] | None, Query(description="Only in this package, by its name or path; may be given again.")
    ] = None,
    author: Annotated[
        list[str] | None, Query(description="Only in files last changed by this author; may be given again.")
    ] = None,
    after: Annotated[str | None, Query(description=f"Only in files last changed then or later. {DATE}")] = None,
    before: Annotated[str | None, Query(description=f"Only in files last changed before. {DATE}")] = None,
) -> Response:
    """Search by name and by meaning

    `by_meaning_only` is set when words were looked for too, and no answer has any of them.
    """
    since, until = moment("after", after), moment("before", before)
    result = await service.search(
        q,
        mode=mode,
        sources=where.sources,
        languages=where.languages,
        paths=where.paths,
        last_change=LastChange(authors=several(author), earliest_at=since, until=until),
        kinds=several(kind),
        packages=several(package),
        limit=_depth(page),
    )
    shown = page.slice(result.hits)
    found = replace(result, query=replace(result.query, limit=page.limit), hits=shown["items"])
    more = {"by_meaning_only": found.by_meaning_only, "next": shown["next"]}
    return await answer(request, {**plain(found), **more}, kept=NEVER)


def _depth(page: Page) -> int:
    """How many answers to ask for. Raises InvalidInput for a page that comes after all of them."""
    if page.offset >= DEPTHS[-1]:
        raise InvalidInput(f"only the first {DEPTHS[-1]:,} answers are told", remedy="ask with other words")
    return next((depth for depth in DEPTHS if depth >= page.reach), DEPTHS[-1])


def _with_next(schema: Schema) -> dict[str, Any]:
    cursor = {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "The `cursor` of the next page."}
    return {"allOf": [schema, described(next=cursor, by_meaning_only={"type": "boolean"})]}
