"""Watching attempts: by nobody, or by several at once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

from kodit.application.tasks.ports import AttemptObserver
from kodit.domain.tasks.policy import Outcome
from kodit.domain.tasks.task import Task

LOST = "lost"
"""What an attempt ended in that nobody may settle any more."""


class Unobserved:
    """Implements AttemptObserver by looking away."""

    def attempt(self, task: Task) -> AbstractContextManager[Callable[[Outcome], None]]:
        """See the port."""
        return nullcontext(lambda _outcome: None)


class ObservedBySeveral:
    """Implements AttemptObserver by telling others, in their order."""

    def __init__(self, observers: Sequence[AttemptObserver]) -> None:
        self._observers = observers

    @contextmanager
    def attempt(self, task: Task) -> Iterator[Callable[[Outcome], None]]:
        """See the port."""
        with ExitStack() as watching:
            told = [watching.enter_context(observer.attempt(task)) for observer in self._observers]

            def ended(outcome: Outcome) -> None:
                for tell in told:
                    tell(outcome)

            yield ended


def outcome_name(outcome: Outcome | None) -> str:
    """An outcome in one lower-case word, `lost` when there is none."""
    return LOST if outcome is None else type(outcome).__name__.lower()
