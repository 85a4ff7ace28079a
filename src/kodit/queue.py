"""What a program needs that runs tasks of its own on kodit's queue; `kodit.open_queue` opens it.

A handler is `async def handler(work: Work) -> Outcome | None`. It ends in a value, or raises: a TransientError and
everything that is no KoditError is tried again as the type's RetryPolicy says, any other KoditError is not.
"""

from kodit.application.queue_engine import QueueEngine
from kodit.application.tasks.progress import ProgressReporter, RunningStep
from kodit.application.tasks.work import Work
from kodit.application.views import DeadLetter
from kodit.domain.errors import KoditError, PermanentError, RateLimited, TransientError
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Done, Failed, Outcome, Retry, RetryPolicy, Skipped, Snoozed
from kodit.domain.tasks.progress import Step, StepState
from kodit.domain.tasks.run import Run, RunState
from kodit.domain.tasks.task import Task, TaskState

__all__ = [
    "DeadLetter",
    "Done",
    "Failed",
    "KoditError",
    "Outcome",
    "PermanentError",
    "Phase",
    "Pipeline",
    "ProgressReporter",
    "QueueEngine",
    "RateLimited",
    "Retry",
    "RetryPolicy",
    "Run",
    "RunState",
    "RunningStep",
    "Skipped",
    "Snoozed",
    "Step",
    "StepState",
    "Task",
    "TaskState",
    "TransientError",
    "Work",
]
