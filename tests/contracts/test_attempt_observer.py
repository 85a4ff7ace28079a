"""What every AttemptObserver promises."""

import asyncio
from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry

from kodit.application.tasks.observing import ObservedBySeveral, Unobserved
from kodit.domain.tasks.policy import Cancelled, Done, Failed, Released, Retry, Skipped
from kodit.domain.tasks.task import Task, TaskState
from kodit.domain.tasks.task_type import OtherTaskType, TaskType
from kodit.infrastructure.telemetry.metrics import AttemptMetrics
from kodit.infrastructure.telemetry.traces import AttemptTraces
from kodit.serving.worker_program import ToldAttempts

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
A_TASK = Task(
    id=3,
    run_id=2,
    type=TaskType.SYNC,
    priority=50,
    payload={"index_id": 7},
    dedup_key="sync:7",
    created_at=NOON,
    ready_at=NOON,
    state=TaskState.RUNNING,
    attempts=1,
    max_attempts=4,
)
OUTCOMES = [
    Done(),
    Skipped("nothing new"),
    Retry("no answer"),
    Retry("away", excused=True),
    Failed("broken", kind="Bug"),
    Cancelled(),
    Released(),
]


def metrics():
    return AttemptMetrics(CollectorRegistry())


def traces():
    return AttemptTraces(TracerProvider(shutdown_on_exit=False), MeterProvider(shutdown_on_exit=False))


def told():
    return ToldAttempts([].append)


@pytest.fixture(params=[Unobserved, metrics, traces, told, lambda: ObservedBySeveral([metrics(), traces()])])
def observer(request):
    return request.param()


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: type(outcome).__name__)
def test_every_outcome_can_be_told(observer, outcome):
    with observer.attempt(A_TASK) as ended:
        ended(outcome)


def test_the_block_s_own_errors_go_on_as_they_are(observer):
    error = OSError("disk")
    with pytest.raises(OSError, match="disk") as raised, observer.attempt(A_TASK):
        raise error
    assert raised.value is error


async def test_an_attempt_can_be_cancelled_and_others_go_on_beside_it(observer):
    holding = asyncio.Event()

    async def attempt(forever):
        with observer.attempt(A_TASK) as ended:
            holding.set()
            if forever:
                await asyncio.Event().wait()
            ended(Done())

    stuck = asyncio.create_task(attempt(True))
    await holding.wait()
    await attempt(False)
    stuck.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stuck


@pytest.mark.parametrize("payload", [{}, {"index_id": "text"}, {"index_id": None}])
def test_other_programs_tasks_are_watched_too(observer, payload):
    with observer.attempt(A_TASK._replace(type=OtherTaskType(1000), payload=payload)) as ended:
        ended(Done())
