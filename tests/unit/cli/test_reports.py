"""How a run that failed, or waits, is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kodit.application.reports import RunProgress
from kodit.application.tasks.executor import REPORT
from kodit.domain.sources.source import Source, SourceKind
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Failed, Retry, RetryPolicy
from kodit.domain.tasks.run import plan
from kodit.domain.tasks.task import Lease, Task
from kodit.interfaces.cli.rendering.reports import failure_of, pause_of
from kodit.interfaces.cli.rendering.workers import worked_document, worked_line

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BUG = REPORT.format(task=3)


def ended(outcome: Failed | Retry, attempts: int) -> Task:
    task = replace(plan(CODE, dedup_key="k", payload={}, priority=0, max_attempts=attempts, now=NOON).tasks[0], id=3)
    held = task.claimed(Lease(owner="w", token="t", until=NOON + timedelta(minutes=1)), now=NOON)
    return held.settled(outcome, policy=RetryPolicy(jitter=0), now=NOON, chance=0.5)


def progress(task: Task) -> RunProgress:
    run = plan(CODE, dedup_key="k", payload={}, priority=0, max_attempts=1, now=NOON).run
    source = Source(name="demo", kind=SourceKind.DIRECTORY, location="/demo", created_at=NOON)
    return RunProgress(source=source, run=run, tasks=[task], steps=[])


def test_a_bug_is_called_a_bug_once_and_leads_to_the_report():
    dead = ended(Retry("AttributeError: no path", kind="AttributeError", remedy=BUG), attempts=1)
    assert failure_of(progress(dead)) == ("SYNC failed: AttributeError: no path", BUG)


def test_a_bug_that_is_tried_again_is_called_one_too():
    waiting = ended(Retry("AttributeError: no path", kind="AttributeError", remedy=BUG), attempts=2)
    message, remedy = pause_of(waiting)
    assert message == "AttributeError: no path"
    assert remedy.startswith(f"{BUG}; it is tried again by `kodit worker` from 12:01 UTC")


def test_a_failure_has_its_remedy_and_the_way_to_its_details():
    assert failure_of(progress(ended(Failed("no such host", remedy="check it"), attempts=4))) == (
        "SYNC failed: no such host",
        "check it; details: kodit queue show 3",
    )
    assert failure_of(progress(ended(Failed("no such host"), attempts=4)))[1] == "details: kodit queue show 3"


def test_what_a_worker_did_is_one_line():
    assert worked_line({}, 0.04) == "there was nothing to do (0.0 s)"
    assert worked_line({"succeeded": 1}, 1) == "1 task in 1.0 s: 1 done"
    assert worked_line({"succeeded": 1200, "skipped": 4, "dead": 1}, 65.25) == (
        "1,205 tasks in 65.2 s: 1,200 done, 4 with nothing to do, 1 failed for good; "
        "details: kodit queue list --state dead"
    )
    assert worked_line({"succeeded": 1, "scheduled": 2}, 1) == "3 attempts in 1.0 s: 1 done, 2 to be tried again later"


def test_what_a_worker_did_is_one_document():
    settled = {"succeeded": 3, "skipped": 1, "dead": 2, "scheduled": 4, "ready": 5, "cancelled": 6}
    assert worked_document(settled, 1.23456) == {
        "done": 4,
        "failed": 2,
        "retried_later": 4,
        "cancelled": 6,
        "given_back": 5,
        "took_seconds": 1.235,
    }
