"""One attempt at one task, top to bottom."""

import asyncio
import traceback
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta

import structlog

from kodit.application.tasks.work import Handlers, Work
from kodit.domain.errors import DatabaseAway, DatabaseBusy, KoditError, LeaseLost, RateLimited, TransientError
from kodit.domain.tasks.policy import Failed, Outcome, Policies, Released, Retry
from kodit.domain.tasks.task import Task
from kodit.domain.tasks.task_type import FREE_FROM, AnyTaskType

TRACE = 8_000
"""Characters of a stack trace that are kept with a task: its end, where the cause is."""

LONGER = "raise the time limit of {type} tasks: kodit config"
"""What can be done about a task of kodit's own that takes too long."""
REPORT = "this looks like a bug of kodit: please report it with the output of `kodit queue show {task}`"
"""What can be done about an error of kodit's own that nobody foresaw."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Executor:
    """Runs the handler bound to a task's type within its time limit, and says what came of it."""

    handlers: Handlers
    policies: Policies

    @property
    def types(self) -> tuple[AnyTaskType, ...]:
        """The types that it can carry out."""
        return tuple(self.handlers)

    async def attempt(self, work: Work) -> Outcome:
        """Carry out a claimed task. Never raises, save for cancellation."""
        handler = self.handlers.get(work.task.type)
        if handler is None:
            return Failed(f"no handler for {work.task.type.name}")
        limit = self.policies.of(work.task.type).time_limit
        deadline = asyncio.timeout(limit.total_seconds()) if limit else None
        try:
            async with deadline or nullcontext():
                outcome: object = await handler(work)
            return outcome if isinstance(outcome, Outcome) else _no_outcome(outcome)
        except LeaseLost as error:
            log.warning("the lease was lost", error=str(error))
            return Released()
        except TimeoutError as error:
            if deadline is None or not deadline.expired():
                return unforeseen(error, work.task)
            log.warning("attempt took too long", limit=str(limit))
            remedy = LONGER.format(type=work.task.type.name) if _is_kodits(work.task) else None
            return Retry(f"took longer than {limit}", kind="TimedOut", remedy=remedy)
        except KoditError as error:
            log.warning("attempt failed", error=str(error), exc_info=True)
            return _blamed(error)
        except (Exception, asyncio.CancelledError) as error:
            # The boundary: a handler's bug is a failed attempt.
            if isinstance(error, asyncio.CancelledError) and _is_asked_to_stop():
                raise
            log.error("attempt failed unexpectedly", error=f"{type(error).__name__}: {error}", exc_info=True)
            return unforeseen(error, work.task)


def _no_outcome(given: object) -> Failed:
    return Failed(f"the handler gave {given!r}, which is no outcome", kind="TypeError")


def _blamed(error: KoditError) -> Retry | Failed:
    kind, message, trace = type(error).__name__, str(error), _trace(error)
    if not isinstance(error, TransientError):
        return Failed(message, kind=kind, trace=trace, remedy=error.remedy)
    after = error.retry_after if isinstance(error, RateLimited) else None
    excused = isinstance(error, DatabaseAway | DatabaseBusy)
    return Retry(message, kind=kind, trace=trace, after=after or timedelta(0), remedy=error.remedy, excused=excused)


def unforeseen(error: BaseException, task: Task) -> Retry:
    """What an attempt came to whose error nobody foresaw.

    It is tried again all the same: what failed may have been the machine, which is no bug to report.
    """
    kind = type(error).__name__
    is_bug = _is_kodits(task) and not isinstance(error, (OSError, MemoryError))
    remedy = REPORT.format(task=task.id) if is_bug else None
    return Retry(f"{kind}: {error}", kind=kind, trace=_trace(error), remedy=remedy)


def _is_asked_to_stop() -> bool:
    """Whether it is the attempt that is cancelled, and not something that its handler waits for."""
    current = asyncio.current_task()
    return current is None or current.cancelling() > 0


def _is_kodits(task: Task) -> bool:
    return task.type < FREE_FROM


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-TRACE:]
