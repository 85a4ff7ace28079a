"""Names: what is defined, what a name means, who uses it, and the packages."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from kodit.application.asking.answers import Listed, Uses
from kodit.application.asking.rows import FoundReference
from kodit.application.asking.where import Where
from kodit.domain.code.symbol import SymbolKind
from kodit.domain.code.symbol_pattern import SymbolFilter
from kodit.domain.errors import InvalidInput, NothingIndexed
from kodit.domain.sources.manifest import PackageKind
from kodit.interfaces.web.highlighting import lines_in_colours
from kodit.interfaces.web.marking import Wanted
from kodit.interfaces.web.pages import Pages

SHOWN = 100
"""Symbols, and uses of each sort, that are shown at most."""


@dataclass(frozen=True, slots=True)
class UsesInFile:
    """The uses in one file, each with its line in colours."""

    source: str
    path: str
    uses: Sequence[tuple[FoundReference, Markup]]


async def symbols_page(pages: Pages, request: Request) -> Response:
    """The symbols whose name fits what is typed."""
    service = pages.service(request)
    pattern = request.query_params.get("q", "").strip()[:200]
    source = request.query_params.get("source", "")
    kind = request.query_params.get("kind", "")
    rows = await service.sources()
    listed, problem = Listed(symbols=(), more=False), ""
    if pattern:
        try:
            which = SymbolFilter(kinds=frozenset({_kind(kind)} if kind else ()))
            listed = await service.code.symbols(pattern, which=which, where=_in(source), limit=SHOWN)
        except (InvalidInput, NothingIndexed) as error:
            problem = str(error)
    return pages.show(
        request,
        "symbols.html",
        q=pattern,
        source=source,
        kind=kind,
        kinds=list(SymbolKind),
        sources=rows,
        listed=listed,
        problem=problem,
    )


async def name_page(pages: Pages, request: Request) -> Response:
    """What a name, or the name at a place, means, and who uses it. Raises NotFound."""
    asked = request.query_params.get("of", "").strip()[:2_000]
    source = request.query_params.get("source", "")
    if not asked:
        raise InvalidInput("no name was asked about", remedy="name a symbol, or a place as in src/app.py:12:8")
    uses = await pages.service(request).code.references(asked, where=_in(source), limit=SHOWN)
    sorts = await asyncio.to_thread(_sorts, uses)
    return pages.show(request, "name.html", uses=uses, asked=asked, source=source, sorts=sorts)


async def packages_page(pages: Pages, request: Request) -> Response:
    """The packages."""
    service = pages.service(request)
    search = request.query_params.get("q", "").strip()[:200]
    source = request.query_params.get("source", "")
    kind = request.query_params.get("kind", "")
    rows = await service.sources()
    try:
        kinds = (PackageKind(kind),) if kind in set(PackageKind) else ()
        found = await service.code.packages(search=search or None, kinds=kinds, where=_in(source))
    except NothingIndexed:
        found = ()
    return pages.show(
        request,
        "packages.html",
        q=search,
        source=source,
        kind=kind,
        kinds=list(PackageKind),
        sources=rows,
        packages=found,
    )


def _sorts(uses: Uses) -> Sequence[tuple[str, str, Sequence[UsesInFile]]]:
    """The uses by what is known of them: a title, an explanation, and the files."""
    name = uses.symbols[0].name if uses.symbols else uses.asked
    wanted = Wanted(name=name.rpartition(".")[2])
    sorts = (
        ("References", "", uses.references),
        ("Perhaps", "They bear the name, and nobody can tell what they mean.", uses.unresolved),
        ("Outside", "They mean something that is not in this source.", uses.outside),
    )
    return [(title, why, _by_file(some, wanted)) for title, why, some in sorts if some]


def _by_file(references: Iterable[FoundReference], wanted: Wanted) -> Sequence[UsesInFile]:
    ordered = sorted(references, key=lambda one: (one.source, one.path, one.line, one.column))
    return [
        UsesInFile(source, path, [(one, _line(one, wanted)) for one in some])
        for (source, path), some in groupby(ordered, key=lambda one: (one.source, one.path))
    ]


def _line(reference: FoundReference, wanted: Wanted) -> Markup:
    lines = lines_in_colours(reference.text.strip(), reference.language, wanted)
    return lines[0] if lines else Markup("")


def _kind(text: str) -> SymbolKind:
    try:
        return SymbolKind(text)
    except ValueError:
        raise InvalidInput(f"there is no kind {text[:40]!r}") from None


def _in(source: str) -> Where:
    return Where(sources=(source,) if source else ())
