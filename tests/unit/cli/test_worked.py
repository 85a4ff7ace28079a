"""What a worker did is one line, or one document."""

from datetime import UTC, datetime

from kodit.domain.tasks.task import TaskState
from kodit.interfaces.cli.rendering.workers import Worked, worked_document, worked_line

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)


def test_what_was_done_is_counted_by_how_it_ended():
    assert worked_line(Worked({}), 0.04) == "there was nothing to do (0.0 s)"
    assert worked_line(Worked({TaskState.SUCCEEDED: 1}), 1) == "1 task in 1.0 s: 1 done"
    done = Worked({TaskState.SUCCEEDED: 1200, TaskState.SKIPPED: 4, TaskState.DEAD: 1})
    assert worked_line(done, 65.25) == (
        "1,205 tasks in 65.2 s: 1,200 done, 4 with nothing to do, 1 failed for good; details: kodit queue dead"
    )


def test_what_waits_for_another_try_is_not_passed_over():
    tried = Worked({TaskState.SUCCEEDED: 1, TaskState.SCHEDULED: 2}, [LATER, NOON])
    waits = "waiting for another try from 12:00 UTC: 2 tasks (kodit queue list --state scheduled)"
    assert worked_line(tried, 1) == f"3 attempts in 1.0 s: 1 done, 2 to be tried again later; {waits}"
    assert worked_line(Worked({}, [LATER, NOON]), 1) == f"there was nothing to do (1.0 s); {waits}"


def test_what_others_have_or_may_not_have_is_told():
    left = {TaskState.RUNNING: 1, TaskState.BLOCKED: 3, TaskState.SUCCEEDED: 9}
    told = "still in the queue, for others or held back: 1 running, 3 blocked (kodit queue list)"
    assert worked_line(Worked({}, left=left), 1) == f"there was nothing to do (1.0 s); {told}"


def test_what_was_put_off_is_no_try_that_failed():
    put_off = Worked({TaskState.SUCCEEDED: 1}, snoozed=2)
    assert worked_line(put_off, 1) == "3 attempts in 1.0 s: 1 done, 2 put off"


def test_the_document_has_every_number():
    settled = dict(zip([*TaskState], range(1, 9), strict=True))
    assert worked_document(Worked(settled, [NOON], {TaskState.READY: 2}, snoozed=5), 1.23456) == {
        "done": settled[TaskState.SUCCEEDED] + settled[TaskState.SKIPPED],
        "failed": settled[TaskState.DEAD],
        "retried_later": settled[TaskState.SCHEDULED],
        "snoozed": 5,
        "cancelled": settled[TaskState.CANCELLED],
        "given_back": settled[TaskState.READY],
        "waiting": 1,
        "left": {"running": 0, "ready": 2, "blocked": 0},
        "took_seconds": 1.235,
    }
