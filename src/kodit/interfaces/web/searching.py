"""The first page: search."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from kodit.application.reports import SearchResult, not_indexed
from kodit.application.serving.freshness import UNDER_WAY
from kodit.application.views import SourceRow
from kodit.domain.code.language import LANGUAGES
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.errors import InvalidInput, NotFound, NothingIndexed
from kodit.domain.search.query import Hit, SearchMode
from kodit.interfaces.web.asked import MOST, Asked
from kodit.interfaces.web.excerpts import excerpt
from kodit.interfaces.web.highlighting import lines_in_colours
from kodit.interfaces.web.marking import Wanted
from kodit.interfaces.web.pages import Pages
from kodit.interfaces.web.words import file_address

MODES = {
    SearchMode.HYBRID: "Words and meaning",
    SearchMode.KEYWORD: "Words",
    SearchMode.CODE: "Meaning of the code",
    SearchMode.TEXT: "Meaning in words",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an answer; `hidden` is how many are left out before it."""

    number: int
    content: Markup
    hidden: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A hit as it is shown."""

    hit: Hit
    address: str
    lines: Sequence[Line]
    hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is to show below the question: answers, or why there are none."""

    answers: Sequence[Answer] = ()
    took_ms: float = 0.0
    more: str = ""
    by_meaning_only: bool = False
    nothing: str = ""
    remedy: str | None = None


async def search_page(pages: Pages, request: Request) -> Response:
    """The question, its filters and the answers."""
    service = pages.service(request)
    rows = await service.sources()
    asked, found = Asked(), Found()
    try:
        asked = Asked.by(request.query_params)
        if not asked.is_empty:
            found = await _found(pages, request, asked)
    except (InvalidInput, NotFound, NothingIndexed) as error:
        # Half of a filter's word is no error worth a page: more of it is being typed.
        found = Found(nothing=str(error), remedy=error.remedy)
    return pages.show(
        request,
        "search.html",
        asked=asked,
        found=found,
        sources=rows,
        modes=MODES,
        kinds=list(SnippetKind),
        languages=[language.name for language in LANGUAGES],
        unfinished=_unfinished(rows, asked),
    )


async def _found(pages: Pages, request: Request, asked: Asked) -> Found:
    result = await pages.service(request).search(
        asked.q,
        mode=asked.mode,
        sources=(asked.source,) if asked.source else (),
        languages=(asked.language,) if asked.language else (),
        paths=(asked.path,) if asked.path else (),
        last_change=asked.last_change,
        packages=(asked.package,) if asked.package else (),
        kinds=asked.kinds,
        limit=asked.limit,
    )
    if not result.hits:
        return _nothing(result)
    more = len(result.hits) == asked.limit < MOST
    return Found(
        # Lexers are slow, and somebody else is waiting for the event loop.
        answers=await asyncio.to_thread(answers, result.hits, asked.q),
        took_ms=result.took_ms,
        by_meaning_only=result.by_meaning_only,
        more=asked.address(limit=asked.limit * 2) if more else "",
    )


def answers(hits: Sequence[Hit], question: str) -> Sequence[Answer]:
    """Hits as they are shown, with what was asked for marked."""
    wanted = Wanted.by(question)
    return [_answer(hit, question, wanted) for hit in hits]


def _answer(hit: Hit, question: str, wanted: Wanted) -> Answer:
    lines = lines_in_colours(hit.content.rstrip(), hit.language, wanted)
    shown = excerpt([line.count("<mark>") for line in lines])
    return Answer(
        hit,
        file_address(hit.source, hit.path, (hit.start_line, hit.end_line), question),
        [
            Line(hit.start_line + place, lines[place], hidden)
            for place, hidden in zip(shown.places, shown.hidden_before, strict=True)
        ],
        shown.hidden_after,
    )


def _nothing(result: SearchResult) -> Found:
    if result.unindexed:
        message, remedy = not_indexed(result.unindexed)
        return Found(nothing=f"Nothing found; {message}.", remedy=remedy)
    if not any(char.isalnum() for char in result.query.text):
        return Found(nothing="There is no word to look for in this.")
    return Found(nothing="Nothing found.", remedy="fewer or other words, or fewer filters, may help")


def _unfinished(rows: Sequence[SourceRow], asked: Asked) -> Sequence[SourceRow]:
    """Sources asked whose newest state is not to be found yet."""
    return [row for row in rows if row.state in UNDER_WAY and asked.source in ("", row.name)]
