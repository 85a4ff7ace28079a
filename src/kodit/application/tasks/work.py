"""What a handler is given besides its dependencies."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from kodit.application.tasks.progress import ProgressReporter
from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.policy import Outcome
from kodit.domain.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Work:
    """One attempt at one task."""

    task: Task
    progress: ProgressReporter

    @property
    def index_id(self) -> int:
        """The index that the task is about. Raises InvalidInput when the payload names none."""
        index_id = self.task.payload.get("index_id")
        if not isinstance(index_id, int):
            raise InvalidInput(f"task {self.task.id} names no index")
        return index_id


class Handler(Protocol):
    """Carries out tasks of one type, with its dependencies bound."""

    def __call__(self, work: Work, /) -> Awaitable[Outcome]:
        """Do the work. An error of the world is raised; the executor turns it into an outcome."""
        ...


Handlers = Mapping[int, Callable[[Work], Awaitable[Outcome]]]
