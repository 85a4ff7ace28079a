"""What of tasks may be told to a caller."""

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from kodit.application.reports import RunProgress
from kodit.domain.access.caller import Caller
from kodit.domain.access.scope import Scope
from kodit.domain.tasks.task import Task

if TYPE_CHECKING:
    from kodit.application.tasks.queue_service import TaskDetails

Told = TypeVar("Told", bound="RunProgress | TaskDetails")


def tellable(found: Told, caller: Caller) -> Told:
    """The same without the tokens of leases, and without traces unless the caller may see the server's inside."""
    if isinstance(found, RunProgress):
        return replace(found, tasks=[_task(task, caller) for task in found.tasks])
    return replace(found, task=_task(found.task, caller))


def _task(task: Task, caller: Caller) -> Task:
    errors = task.errors
    if Scope.ADMIN not in caller.scopes:
        errors = tuple(replace(error, trace="") for error in errors)
    return task._replace(lease_token=None, errors=errors)
