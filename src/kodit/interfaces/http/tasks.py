"""The tasks on the queue, and those that failed for good."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from kodit.application.tasks.queue_service import Changed, TaskDetails
from kodit.application.views import DeadFilter, DeadLetter, TaskRow
from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import AnyTaskType, type_named
from kodit.interfaces.http.answers import answer, changed, done, told
from kodit.interfaces.http.asked import LARGEST_ID, Service, TaskId
from kodit.interfaces.http.moments import DATE, moment
from kodit.interfaces.http.nouns import Nouns
from kodit.interfaces.http.pages import LARGEST, Page, Paged, checked_number, no_cursor
from kodit.interfaces.http.tellable import tellable

MOST_IDS = 1000
"""How many tasks are changed at once: of more dead letters, the last that died."""
Kind = Annotated[
    str | None, Query(alias="type", max_length=100, description="Only tasks of this type.", examples=["EXTRACT"])
]
OfSource = Annotated[str | None, Query(max_length=400, description="Only what is about this source.")]


class WhichDead(BaseModel):
    """Tasks by their ids, or dead letters by what they have in common; `all` for every one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"ids": [17]}, {"type": "ENRICH"}]})

    ids: list[Annotated[int, Field(ge=1, le=LARGEST_ID)]] = Field(default_factory=list, max_length=MOST_IDS)
    type: str | None = Field(default=None, max_length=100, description="Of this type.")
    source: str | None = Field(default=None, max_length=400, description="About this source.")
    since: str | None = Field(default=None, max_length=100, description=f"That died then or later. {DATE}")
    all: bool = False

    def chosen(self) -> DeadFilter | None:
        """What they have in common; None where they are named. Raises InvalidInput unless it is one of both."""
        filtered = self.all or any(given is not None for given in (self.type, self.source, self.since))
        if bool(self.ids) == filtered:
            raise InvalidInput("which tasks?", remedy="give either ids, or any of type, source, since and all")
        return None if self.ids else _filter(self.type, self.source, self.since)


def tasks(nouns: Nouns) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["queue"])
    router.get("/tasks", operation_id="listTasks", responses=told(nouns.page_of(TaskRow), 404))(_listed)
    router.get("/tasks/{task_id}", operation_id="showTask", responses=told(nouns.of(TaskDetails), 404))(_shown)
    of_letters = told(nouns.page_of(DeadLetter), 404)
    router.get("/dead-letters", operation_id="listDeadLetters", responses=of_letters)(_dead)
    tried = changed(nouns.of(Changed), 404, 409, body=True)
    router.post("/dead-letters/retry", operation_id="retryDeadLetters", responses=tried)(_retried)
    router.post("/dead-letters/discard", operation_id="discardDeadLetters", responses=tried)(_discarded)
    return router


async def _listed(
    request: Request,
    service: Service,
    page: Paged,
    state: Annotated[list[TaskState] | None, Query(description="Only in this state; may be given again.")] = None,
    kind: Kind = None,
    source: OfSource = None,
    before: Annotated[int | None, Query(ge=1, le=LARGEST, description="Only those with an id below this.")] = None,
) -> Response:
    """Tasks, newest first"""
    rows = await service.tasks(
        states=state or (), kind=_type(kind), source=source, limit=page.limit + 1, before=page.number or before
    )
    return await answer(request, page.cut(rows, lambda row: row.id))


async def _shown(request: Request, service: Service, task_id: TaskId) -> Response:
    """A task with its errors, its steps, and what holds it back"""
    return await answer(request, tellable(await service.task(task_id), service.caller))


async def _dead(
    request: Request,
    service: Service,
    page: Paged,
    kind: Kind = None,
    source: OfSource = None,
    since: Annotated[str | None, Query(description=f"Only what died then or later. {DATE}")] = None,
) -> Response:
    """The tasks that failed for good, the last first

    Nothing happens to them until somebody decides: to retry them, or to discard them.
    """
    which = replace(_filter(kind, source, since), after=_place(page))
    letters = await service.dead(which, limit=page.limit + 1)
    return await answer(request, page.cut(letters, lambda letter: [letter.died_at.isoformat(), letter.id]))


async def _retried(service: Service, which: Annotated[WhichDead, Body()]) -> Response:
    """Try tasks again that failed for good or were cancelled

    They get all their attempts back, and what follows them in their runs goes on from there.
    Chosen by what they have in common, it is the last 1,000 that died: ask again until nothing is done any more.
    """
    return done(await service.retry(await _ids(service, which)))


async def _discarded(service: Service, which: Annotated[WhichDead, Body()]) -> Response:
    """Remove tasks that failed for good, with their runs

    Chosen by what they have in common, it is the last 1,000 that died: ask again until nothing is done any more.
    """
    return done(await service.discard(await _ids(service, which)))


async def _ids(service: Service, which: WhichDead) -> list[int]:
    chosen = which.chosen()
    if chosen is None:
        return which.ids
    return [letter.id for letter in await service.dead(chosen, limit=MOST_IDS)]


def _place(page: Page) -> tuple[datetime, int] | None:
    """The dead letter that the page comes after, by when it died and its id."""
    if page.after is None:
        return None
    try:
        written, task_id = page.after
        died_at = datetime.fromisoformat(written)
    except (TypeError, ValueError):
        raise no_cursor() from None
    if died_at.tzinfo is None:
        raise no_cursor()
    return died_at, checked_number(task_id)


def _filter(kind: str | None, source: str | None, since: str | None) -> DeadFilter:
    return DeadFilter(type=_type(kind), source=source, earliest_at=moment("since", since))


def _type(name: str | None) -> AnyTaskType | None:
    return None if name is None else type_named(name)
