"""What a handler is given besides its dependencies."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kodit.application.tasks.progress import ProgressReporter
from kodit.application.unit_of_work import Storage
from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.policy import Outcome
from kodit.domain.tasks.task import Task, said
from kodit.domain.tasks.task_type import AnyTaskType


@dataclass(frozen=True, slots=True)
class Work:
    """One attempt at one task.

    `storage` lets it write only as long as its lease holds; whoever writes elsewhere has to see to that himself.
    Within `storage.write()` nothing else can be written, not by `progress` either: that raises Conflict.
    """

    task: Task
    progress: ProgressReporter
    storage: Storage

    @property
    def payload(self) -> Mapping[str, Any]:
        """What the run was enqueued with."""
        return self.task.payload

    @property
    def index_id(self) -> int:
        """The index that the task is about. Raises InvalidInput when the payload names none."""
        index_id = said(self.task.payload, "index_id")
        if not isinstance(index_id, int):
            raise InvalidInput(f"task {self.task.id} names no index")
        return index_id


Handlers = Mapping[AnyTaskType, Callable[[Work], Awaitable[Outcome]]]
