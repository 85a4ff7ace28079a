"""Sources: how fresh they are, adding, synchronising and removing them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from kodit.application.asking.where import Where
from kodit.application.reports import RunProgress
from kodit.application.serving.freshness import UNDER_WAY, percent
from kodit.application.views import DeadFilter, SourceRow
from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.sources.reading import Reading
from kodit.domain.sources.schedule import told_interval
from kodit.domain.sources.source import SourceKind
from kodit.domain.sources.wanted import interval_named
from kodit.domain.tasks.progress import Step, StepState
from kodit.domain.tasks.task import LIVE
from kodit.interfaces.web.forms import Form, form_of
from kodit.interfaces.web.pages import Pages
from kodit.interfaces.web.words import in_path

if TYPE_CHECKING:
    from kodit.application.serving.serving_application_service import ServingApplicationService

FOLLOWED = 20
"""Runs whose progress is shown in the list: each costs a look of its own."""


@dataclass(frozen=True, slots=True)
class Way:
    """How far a run has come, from 0 to 100, and the step that it is at."""

    percent: int
    step: Step | None


async def sources_page(pages: Pages, request: Request) -> Response:
    """Every source with what is going on there."""
    service = pages.service(request)
    rows = await service.sources()
    return pages.show(
        request,
        "sources.html",
        sources=rows,
        ways=await ways(service, rows),
        did=_DONE.get(request.query_params.get("did", ""), ""),
        limited=service.caller.sources is not None,
    )


async def source_page(pages: Pages, request: Request, name: str) -> Response:
    """One source. Raises NotFound."""
    service = pages.service(request)
    details = await service.source(name)
    is_channel = details.row.kind is SourceKind.NIXPKGS_CHANNEL
    return pages.show(
        request,
        "source.html",
        details=details,
        row=details.row,
        way=(await ways(service, [details.row])).get(name),
        every=_every(details.row),
        intervals=_INTERVALS,
        did=_DONE.get(request.query_params.get("did", ""), ""),
        languages=_biggest_first(details.files.by_language),
        skipped=_biggest_first(details.files.skipped),
        channel=await service.nix.channel(name) if is_channel else None,
        packages=() if is_channel else await service.code.packages(where=Where(sources=(name,))),
        dead=await service.dead(DeadFilter(source=name), limit=5),
    )


async def change_sources(pages: Pages, request: Request) -> Response:
    """Add, synchronise or remove, as the button said that was pressed."""
    form = await form_of(request)
    action = _ACTIONS.get(form.one("action"))
    if action is None:
        raise InvalidInput("this button does nothing")
    return pages.back(request, await action(pages, request, form))


async def ways(service: "ServingApplicationService", rows: Sequence[SourceRow]) -> Mapping[str, Way]:
    """How far the runs have come that are under way, by source."""
    found: dict[str, Way] = {}
    for row in [row for row in rows if row.state in UNDER_WAY][:FOLLOWED]:
        # It may be removed by somebody at this moment.
        with suppress(NotFound):
            for task in await service.tasks(source=row.name, states=tuple(LIVE), limit=1):
                found[row.name] = way(await service.progress(task.run_id))
    return found


def way(progress: RunProgress) -> Way:
    """How far a run has come."""
    current = [step for step in progress.steps if step.state is StepState.RUNNING]
    return Way(percent(progress), current[-1] if current else None)


async def _add(pages: Pages, request: Request, form: Form) -> str:
    location = form.one("location")
    if not location:
        raise InvalidInput("no repository was named", remedy="give the address of one, or the path of a directory")
    reading = Reading(branch=form.one("branch")) if form.one("branch") else None
    queued = await pages.service(request).add(location, name=form.one("name") or None, reading=reading)
    return f"/sources?did={'add' if queued.added else 'sync'}"


async def _sync(pages: Pages, request: Request, form: Form) -> str:
    await pages.service(request).sync(form.one("name"))
    return "/sources?did=sync" if form.one("back") == "list" else f"/sources/{in_path(form.one('name'))}"


async def _change(pages: Pages, request: Request, form: Form) -> str:
    await pages.service(request).set_interval(form.one("name"), interval_named(form.one("every")))
    return f"/sources/{in_path(form.one('name'))}?did=change"


async def _remove(pages: Pages, request: Request, form: Form) -> str:
    await pages.service(request).remove(form.one("name"))
    return "/sources?did=remove"


_ACTIONS: Mapping[str, Callable[[Pages, Request, Form], Awaitable[str]]] = {
    "add": _add,
    "sync": _sync,
    "change": _change,
    "remove": _remove,
}
_DONE = {
    "add": "It was added, and its indexing is queued.",
    "sync": "Its indexing is queued.",
    "change": "From now on it is synchronised at that interval.",
    "remove": "The source was removed; its own files were left alone.",
}


_INTERVALS = {
    "default": "As often as others",
    "10m": "Every 10 minutes",
    "30m": "Every 30 minutes",
    "2h": "Every 2 hours",
    "1d": "Every day",
    "7d": "Every week",
    "never": "Only when somebody asks",
}
"""What the page offers, by the words that `interval_named` reads."""


def _every(row: SourceRow) -> str:
    return told_interval(None if row.every_seconds is None else timedelta(seconds=row.every_seconds))


def _biggest_first(counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
