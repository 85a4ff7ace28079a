"""What an attempt says of an error that nobody foresaw."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime

import pytest

from kodit.application.tasks.executor import Executor
from kodit.application.tasks.progress import ProgressReporter
from kodit.application.tasks.work import Work
from kodit.domain.errors import DatabaseAway, DatabaseBusy, Locked, RateLimited, Unavailable
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Policies, Retry
from kodit.domain.tasks.run import plan

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


async def attempted(error: Exception | Awaitable[object]) -> Retry:
    async def handler(_work):
        if isinstance(error, Exception):
            raise error
        await error

    task = plan(CODE, dedup_key="k", payload={}, priority=0, policies=Policies(), now=NOON).tasks[0]
    executor = Executor({task.type: handler}, Policies())
    outcome = await executor.attempt(
        Work(task, ProgressReporter(storage=None, task_id=task.id, now=lambda: NOON), storage=None)
    )
    assert isinstance(outcome, Retry)
    return outcome


async def test_an_error_that_nobody_foresaw_is_tried_again_and_called_a_bug():
    outcome = await attempted(AttributeError("'NoneType' object has no attribute 'path'"))
    assert outcome.remedy is not None
    assert outcome.remedy.startswith("this looks like a bug of kodit: please report it")
    assert "`kodit queue show 0`" in outcome.remedy
    assert (outcome.kind, "in handler" in outcome.trace) == ("AttributeError", True)


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), MemoryError()])
async def test_what_fails_with_the_machine_is_no_bug_to_report(error):
    assert (await attempted(error)).remedy is None


@pytest.mark.parametrize("error", [DatabaseAway("no answer"), DatabaseBusy("locked")])
async def test_a_task_is_excused_for_what_kodits_own_database_did(error):
    assert (await attempted(error)).excused


@pytest.mark.parametrize("error", [Unavailable("no network"), Locked("an index"), RateLimited("slow down"), OSError()])
async def test_no_other_failure_is_excused(error):
    assert not (await attempted(error)).excused


async def test_a_handler_that_waits_for_what_was_cancelled_has_failed():
    helper = asyncio.create_task(asyncio.Event().wait())
    helper.cancel()

    outcome = await attempted(helper)

    assert outcome.kind == "CancelledError"


async def test_an_attempt_that_is_cancelled_says_nothing():
    attempt = asyncio.create_task(attempted(asyncio.Event().wait()))
    await asyncio.sleep(0)
    attempt.cancel()

    with pytest.raises(asyncio.CancelledError):
        await attempt
