"""What the indexed files say."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from kodit.application.asking.rows import FoundFile
from kodit.application.asking.where import Where
from kodit.application.files.file_reading import FileLines
from kodit.application.files.grep import MOST_CONTEXT, GrepResult
from kodit.application.files.ports import Sought
from kodit.interfaces.http.answers import NEVER, answer, told
from kodit.interfaces.http.asked import NO_NUL, Placed, Service, SourceName, several
from kodit.interfaces.http.nouns import Nouns
from kodit.interfaces.http.pages import MOST, Paged

LAST_LINE = 2**31 - 1
"""A number that no line has."""


def files(nouns: Nouns) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["files"])
    of_files = told(nouns.page_of(FoundFile), 404, 409)
    router.get("/sources/{name}/files", operation_id="listFiles", responses=of_files)(_listed)
    lines = told(nouns.of(FileLines), 404, 409)
    router.get("/sources/{name}/files/{path:path}", operation_id="readFile", responses=lines)(_read)
    matching = told(nouns.of(GrepResult), 404, 409, kept=False)
    router.get("/grep", operation_id="grep", tags=["searching"], responses=matching)(_grep)
    return router


async def _listed(
    request: Request,
    service: Service,
    name: SourceName,
    page: Paged,
    language: Annotated[list[str] | None, Query(description="Only in this language; may be given again.")] = None,
    glob: Annotated[
        list[str] | None, Query(alias="path", description="Only paths that match this glob; may be given again.")
    ] = None,
    after: Annotated[
        str | None, Query(max_length=4000, pattern=NO_NUL, description="Only paths that come after this one.")
    ] = None,
) -> Response:
    """The files of a source, by path"""
    where = Where(sources=(name,), languages=several(language), paths=several(glob))
    found = await service.code.files(where=where, limit=page.limit, after=page.text or after or "")
    return await answer(request, page.of(found.files, found.files[-1].path if found.more else None))


async def _read(
    request: Request,
    service: Service,
    name: SourceName,
    path: Annotated[
        str, Path(description="The file's path relative to its source; its slashes may stand as they are.")
    ],
    start: Annotated[int, Query(ge=1, le=LAST_LINE, description="The first line, from 1.")] = 1,
    end: Annotated[int | None, Query(ge=1, le=LAST_LINE, description="The last line.")] = None,
) -> Response:
    """What a file says, as it was when it was indexed

    The range includes both ends; what is beyond the file's end is left out.
    """
    return await answer(request, await service.files.lines_at(path, name, start_line=start, end_line=end))


async def _grep(  # noqa: PLR0913, PLR0917 - what is looked for, and how
    request: Request,
    service: Service,
    where: Placed,
    pattern: Annotated[
        str, Query(max_length=2000, description="A regular expression in RE2's syntax.", examples=["def .*parse"])
    ],
    ignore_case: Annotated[bool, Query(description="Upper and lower case are the same.")] = False,
    fixed: Annotated[bool, Query(description="The pattern is a text as it stands.")] = False,
    context: Annotated[int, Query(ge=0, le=MOST_CONTEXT, description="How many lines around each.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many lines that match at most.")] = 200,
) -> Response:
    """Which lines of the indexed files a pattern matches"""
    sought = Sought(pattern=pattern, ignore_case=ignore_case, fixed=fixed)
    return await answer(
        request, await service.files.grep(sought, where=where, context=context, limit=limit), kept=NEVER
    )
