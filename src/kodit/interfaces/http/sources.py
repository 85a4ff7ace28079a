"""What is indexed."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from kodit.application.reports import SourceDetails
from kodit.application.serving.freshness import Freshness
from kodit.application.serving.queued import Queued
from kodit.application.views import SourceRow
from kodit.domain.sources.reading import Reading
from kodit.domain.sources.schedule import Schedule
from kodit.domain.sources.source import Source
from kodit.domain.sources.wanted import interval_named
from kodit.domain.tasks.run import Run
from kodit.interfaces.http.answers import NEVER, answer, changed, done, told
from kodit.interfaces.http.asked import Service, SourceName, several
from kodit.interfaces.http.nouns import Nouns
from kodit.interfaces.http.pages import Paged


class NewSource(BaseModel):
    """A repository or a directory to be indexed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"location": "https://example.org/a/b"}]})

    location: str = Field(
        min_length=1, max_length=4000, description="A repository's URL, or a directory of the server's machine."
    )
    name: str | None = Field(default=None, max_length=400, description="What it shall be called.")
    branch: str | None = Field(default=None, max_length=400, description="Read this branch, and not the HEAD.")
    tag: str | None = Field(default=None, max_length=400, description="Read this tag.")
    commit: str | None = Field(default=None, max_length=400, description="Read this commit.")
    depth: int | None = Field(
        default=None, ge=0, le=2**31 - 1, description="How many commits of history are fetched; 0 for all."
    )
    submodules: bool | None = Field(default=None, description="Whether the files of submodules belong to it.")

    def reading(self) -> Reading:
        """What of the repository is read."""
        given = self.model_dump(include={"branch", "tag", "commit", "depth", "submodules"})
        return Reading(**given)


class SourceChange(BaseModel):
    """What shall be different of a source."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"every": "2h"}]})

    every: Annotated[float, Field(ge=0, le=1e9)] | Annotated[str, Field(max_length=20)] | None = Field(
        description="How far apart it is synchronised: seconds, or such as `30m` or `2h`; 0 or `never`; null or "
        "`default` for as far as others."
    )

    def interval(self) -> timedelta | None:
        """The interval that was given. Raises InvalidInput."""
        return interval_named(self.every) if isinstance(self.every, str) else _span(self.every)


def sources(nouns: Nouns) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["sources"])
    router.get("/sources", operation_id="listSources", responses=told(nouns.page_of(SourceRow)))(_listed)
    queued = changed(nouns.of(Queued), 404, 409, status=202, body=True)
    router.post("/sources", operation_id="addSource", status_code=202, responses=queued)(_added)
    router.get("/sources/{name}", operation_id="showSource", responses=told(nouns.of(SourceDetails), 404))(_shown)
    planned = changed(nouns.of(Schedule), 404, body=True)
    router.patch("/sources/{name}", operation_id="changeSource", responses=planned)(_changed)
    run = changed(nouns.of(Run), 404, 409, status=202)
    router.post("/sources/{name}/sync", operation_id="syncSource", status_code=202, responses=run)(_synchronised)
    gone = changed(nouns.of(Source), 404, 409)
    router.delete("/sources/{name}", operation_id="removeSource", responses=gone)(_removed)
    fresh = told({"type": "array", "items": nouns.of(Freshness)}, 404, kept=False)
    router.get("/freshness", operation_id="freshness", responses=fresh)(_freshness)
    return router


async def _freshness(
    request: Request,
    service: Service,
    source: Annotated[list[str] | None, Query(description="Only of this source; may be given again.")] = None,
) -> Response:
    """How fresh each source is, and how far what is under way has come"""
    return await answer(request, await service.freshness(several(source)), kept=NEVER)


async def _listed(request: Request, service: Service, page: Paged) -> Response:
    """Every source, by name"""
    after = page.text
    rows = [row for row in await service.sources() if row.name > after]
    return await answer(request, page.cut(rows[: page.limit + 1], lambda row: row.name))


async def _added(service: Service, new: Annotated[NewSource, Body()]) -> Response:
    """Add a source when it is new, and queue its indexing

    It answers at once; `Location` is where the run can be looked at.
    """
    queued = await service.add(new.location, name=new.name, reading=new.reading())
    return done(queued, status=202, location=place_of_run(queued.run))


async def _shown(request: Request, service: Service, name: SourceName) -> Response:
    """One source with its files in numbers"""
    return await answer(request, await service.source(name))


async def _changed(service: Service, name: SourceName, change: Annotated[SourceChange, Body()]) -> Response:
    """Say how often a source is synchronised without anybody asking"""
    return done(await service.set_interval(name, change.interval()))


async def _synchronised(service: Service, name: SourceName) -> Response:
    """Queue the indexing of what changed in a source"""
    run = await service.sync(name)
    return done(run, status=202, location=place_of_run(run))


async def _removed(service: Service, name: SourceName) -> Response:
    """Forget a source; its own files are left alone"""
    return done(await service.remove(name))


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def place_of_run(run: Run) -> str:
    """Where a run can be looked at."""
    return f"/api/v1/runs/{run.id}"
