"""What runs, waits, is tried again and died; retrying, discarding, holding back."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kodit.application.tasks.health import alerts
from kodit.application.tasks.queue_view import QueueBoard
from kodit.application.views import DeadFilter
from kodit.domain.errors import InvalidInput, Refused
from kodit.domain.tasks.claim import EVERYTHING
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import AnyTaskType, type_named
from kodit.interfaces.web.charts import HEIGHT, WIDTH, charts
from kodit.interfaces.web.forms import Form, form_of, is_number
from kodit.interfaces.web.pages import Pages

SHOWN = 50
"""Entries of each list."""
ALL = "everything"
"""What a form says for the whole queue."""


async def queue_page(pages: Pages, request: Request) -> Response:
    """The queue at this moment. Who sees some sources only, sees what is about these."""
    service = pages.service(request)
    dead = await service.dead(DeadFilter(), limit=SHOWN)
    board: QueueBoard | None = None
    try:
        board = await service.board(limit=SHOWN)
    except Refused:
        tasks = await service.tasks(states=(TaskState.RUNNING, TaskState.READY, TaskState.SCHEDULED), limit=SHOWN)
    else:
        tasks = await service.tasks(states=(TaskState.READY,), limit=SHOWN)
    return pages.show(
        request,
        "queue.html",
        board=board,
        waiting=tasks,
        dead=dead,
        alerts=alerts(board.statistics) if board else (),
        charts=charts(pages.history.samples) if board else (),
        width=WIDTH,
        height=HEIGHT,
        everything=ALL,
        did=_DONE.get(request.query_params.get("did", ""), ""),
    )


async def task_page(pages: Pages, request: Request) -> Response:
    """One task with the errors of its attempts."""
    if not is_number(written := request.path_params["id"]):
        raise HTTPException(404)
    details = await pages.service(request).task(int(written))
    return pages.show(request, "task.html", details=details, task=details.task)


async def change_queue(pages: Pages, request: Request) -> Response:
    """Retry, discard, cancel, pause or resume, as the button said that was pressed."""
    form = await form_of(request)
    action = _ACTIONS.get(form.one("action"))
    if action is None:
        raise InvalidInput("this button does nothing")
    return pages.back(request, f"/queue?did={await action(pages, request, form)}")


async def _retry(pages: Pages, request: Request, form: Form) -> str:
    changed = await pages.service(request).retry([form.number("task")])
    for error in changed.refused.values():
        raise error
    return "retry"


async def _discard(pages: Pages, request: Request, form: Form) -> str:
    changed = await pages.service(request).discard([form.number("task")])
    for error in changed.refused.values():
        raise error
    return "discard"


async def _cancel(pages: Pages, request: Request, form: Form) -> str:
    await pages.service(request).cancel(form.number("run"))
    return "cancel"


async def _pause(pages: Pages, request: Request, form: Form) -> str:
    await pages.service(request).hold(_kind(form), paused=True)
    return "pause"


async def _resume(pages: Pages, request: Request, form: Form) -> str:
    await pages.service(request).hold(_kind(form), paused=False)
    return "resume"


def _kind(form: Form) -> AnyTaskType:
    name = form.one("type")
    return EVERYTHING if name == ALL else type_named(name)


_ACTIONS: Mapping[str, Callable[[Pages, Request, Form], Awaitable[str]]] = {
    "retry": _retry,
    "discard": _discard,
    "cancel": _cancel,
    "pause": _pause,
    "resume": _resume,
}
_DONE = {
    "retry": "The task waits for a worker again.",
    "discard": "The dead letter is gone.",
    "cancel": "What waits of the run is cancelled; what runs is asked to stop.",
    "pause": "Nothing more of it is begun; what runs goes on.",
    "resume": "It goes on.",
}
"""What is said after something was done: an address names it and cannot say anything else."""
