"""What is defined where, who uses it, what it needs."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from kodit.application.asking.answers import (
    Calls,
    Definitions,
    Dependencies,
    Dependents,
    Graph,
    Impact,
    Outline,
    Uses,
)
from kodit.application.asking.rows import FoundPackage, FoundSymbol
from kodit.application.asking.where import Where
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.symbol import SymbolKind, Visibility
from kodit.domain.code.symbol_pattern import SymbolFilter
from kodit.domain.sources.manifest import PackageKind
from kodit.interfaces.http.answers import answer, told
from kodit.interfaces.http.asked import LONGEST, Placed, Service, several
from kodit.interfaces.http.nouns import Nouns
from kodit.interfaces.http.pages import LARGEST, Paged

MOST_USES = 10_000
"""How many references are told at once."""
Name = Annotated[
    str,
    Query(
        max_length=LONGEST,
        description="A name, a qualified name from anywhere on, or a place as `src/app.py:12` or `src/app.py:12:8`.",
        examples=["Parser.parse"],
    ),
]
File = Annotated[
    str,
    Query(
        max_length=LONGEST,
        description="A path relative to its source, or the end of one.",
        examples=["src/app.py"],
    ),
]
References = Annotated[list[ReferenceKind] | None, Query(description="Only uses of this kind; may be given again.")]
Most = Annotated[int, Query(ge=1, le=MOST_USES, description="How many uses at most.")]


def code(nouns: Nouns) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["code"])
    of_symbols = told(nouns.page_of(FoundSymbol), 404, 409)
    router.get("/symbols", operation_id="listSymbols", responses=of_symbols)(_symbols)
    of_packages = told(nouns.page_of(FoundPackage), 404, 409)
    router.get("/packages", operation_id="listPackages", responses=of_packages)(_packages)
    for path, operation, kind, route in (
        ("/definition", "findDefinition", Definitions, _definition),
        ("/references", "findReferences", Uses, _references),
        ("/calls", "findCalls", Calls, _calls),
        ("/outline", "outline", Outline, _outline),
        ("/dependencies", "findDependencies", Dependencies, _dependencies),
        ("/dependents", "findDependents", Dependents, _dependents),
        ("/impact", "findImpact", Impact, _impact),
        ("/graphs/files", "graphOfFiles", Graph, _graph_of_files),
        ("/graphs/packages", "graphOfPackages", Graph, _graph_of_packages),
    ):
        router.get(path, operation_id=operation, responses=told(nouns.of(kind), 404, 409))(route)
    return router


async def _symbols(  # noqa: PLR0913, PLR0917 - what is looked for, and where
    request: Request,
    service: Service,
    where: Placed,
    page: Paged,
    q: Annotated[
        str,
        Query(max_length=LONGEST, description="Part of a name; or all of one with `*` and `?`.", examples=["parse"]),
    ],
    kind: Annotated[
        list[SymbolKind] | None, Query(description="Only symbols of this kind; may be given again.")
    ] = None,
    visibility: Annotated[list[Visibility] | None, Query(description="Only these; may be given again.")] = None,
    offset: Annotated[int, Query(ge=0, le=LARGEST, description="How many of them the first page leaves out.")] = 0,
) -> Response:
    """The symbols whose name fits

    Exact ones come first, then those that begin with it, then all others.
    """
    which = SymbolFilter(kinds=frozenset(kind or ()), visibilities=frozenset(visibility or ()))
    start = page.offset or offset
    found = await service.code.symbols(q, which=which, where=where, limit=page.limit, offset=start)
    return await answer(request, page.of(found.symbols, start + page.limit if found.more else None))


async def _packages(
    request: Request,
    service: Service,
    page: Paged,
    search: Annotated[
        str | None, Query(max_length=LONGEST, description="Words of its name, its path or its description.")
    ] = None,
    kind: Annotated[list[PackageKind] | None, Query(description="Only of this kind; may be given again.")] = None,
    source: Annotated[list[str] | None, Query(description="Only in this source; may be given again.")] = None,
) -> Response:
    """The packages, by source and path"""
    where = Where(sources=several(source))
    found = await service.code.packages(search=search, kinds=several(kind), where=where)
    return await answer(request, page.slice(found))


async def _definition(request: Request, service: Service, where: Placed, name: Name) -> Response:
    """Where something is defined"""
    return await answer(request, await service.code.definition(name, where=where))


async def _references(
    request: Request, service: Service, where: Placed, name: Name, kind: References = None, limit: Most = 200
) -> Response:
    """Where something is used

    Languages and paths narrow where it is used, not where it is defined.
    """
    return await answer(request, await service.code.references(name, kinds=several(kind), where=where, limit=limit))


async def _calls(
    request: Request,
    service: Service,
    where: Placed,
    name: Name,
    kind: References = None,
    limit: Most = 200,
) -> Response:
    """What something calls, with all that it encloses

    By other kinds, what else it uses.
    """
    kinds = several(kind) or (ReferenceKind.CALL,)
    return await answer(request, await service.code.calls(name, kinds=kinds, where=where, limit=limit))


async def _outline(request: Request, service: Service, where: Placed, file: File) -> Response:
    """What a file defines, each symbol before what it encloses"""
    return await answer(request, await service.code.outline(file, where=where))


async def _dependencies(request: Request, service: Service, where: Placed, file: File) -> Response:
    """What a file needs"""
    return await answer(request, await service.code.dependencies(file, where=where))


async def _dependents(request: Request, service: Service, where: Placed, file: File) -> Response:
    """Which files need a file"""
    return await answer(request, await service.code.dependents(file, where=where))


async def _impact(
    request: Request,
    service: Service,
    where: Placed,
    name: Name,
    depth: Annotated[int | None, Query(ge=1, le=1000, description="How many steps away at most.")] = None,
) -> Response:
    """What a change of a symbol or of a file may reach"""
    return await answer(request, await service.code.impact(name, depth=depth, where=where))


async def _graph_of_files(request: Request, service: Service, where: Placed) -> Response:
    """Which file needs which"""
    return await answer(request, await service.code.graph_of_files(where=where))


async def _graph_of_packages(request: Request, service: Service, where: Placed) -> Response:
    """Which package needs which"""
    return await answer(request, await service.code.graph_of_packages(where=where))
