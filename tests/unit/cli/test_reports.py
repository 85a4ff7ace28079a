"""How a run that failed, or waits, is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kodit.application.reports import RunProgress
from kodit.application.tasks.executor import REPORT
from kodit.application.tasks.queue_service import TaskDetails
from kodit.domain.sources.source import Source, SourceKind
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Failed, Policies, Retry, RetryPolicy
from kodit.domain.tasks.run import plan
from kodit.domain.tasks.task import Lease, Task, TaskState
from kodit.interfaces.cli.rendering.progress_lines import fate
from kodit.interfaces.cli.rendering.reports import failure_of, pause_of, seconds_since
from kodit.interfaces.cli.rendering.task_details import show_task

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BUG = REPORT.format(task=3)
LEFT_BEHIND = "; try again: kodit index /demo; or forget demo: kodit sources remove demo"


def ended(outcome: Failed | Retry, attempts: int) -> Task:
    policies = Policies(RetryPolicy(attempts=attempts))
    task = plan(CODE, dedup_key="k", payload={}, priority=0, policies=policies, now=NOON).tasks[0]
    held = task._replace(id=3).claimed(Lease(owner="w", token="t", until=NOON + timedelta(minutes=1)), now=NOON)
    return held.settled(outcome, policy=RetryPolicy(jitter=0), now=NOON, chance=0.5)


def progress(task: Task) -> RunProgress:
    run = plan(CODE, dedup_key="k", payload={}, priority=0, policies=Policies(RetryPolicy(attempts=1)), now=NOON).run
    source = Source(name="demo", kind=SourceKind.DIRECTORY, location="/demo", created_at=NOON)
    return RunProgress(source=source, run=run, tasks=[task], steps=[])


def test_a_bug_is_called_a_bug_once_and_leads_to_the_report():
    dead = ended(Retry("AttributeError: no path", kind="AttributeError", remedy=BUG), attempts=1)
    assert failure_of(progress(dead)) == ("SYNC failed: AttributeError: no path", BUG + LEFT_BEHIND)


def test_a_bug_that_is_tried_again_is_called_one_too():
    waiting = ended(Retry("AttributeError: no path", kind="AttributeError", remedy=BUG), attempts=2)
    message, remedy = pause_of(waiting, elsewhere=False)
    assert message == "AttributeError: no path"
    assert remedy.startswith(f"{BUG}; it is tried again by `kodit worker` from 12:01 UTC")


def test_a_worker_that_is_alive_tries_again_by_itself():
    waiting = ended(Retry("no such host"), attempts=2)
    _, remedy = pause_of(waiting, elsewhere=True)
    assert remedy == "it is tried again by the worker that is alive from 12:01 UTC, or now by the same command"


def test_a_failure_has_its_remedy_and_the_way_to_its_details():
    assert failure_of(progress(ended(Failed("no such host", remedy="check it"), attempts=4))) == (
        "SYNC failed: no such host",
        f"check it; details: kodit queue show 3{LEFT_BEHIND}",
    )
    known = progress(ended(Failed("no such host"), attempts=4))
    known = replace(known, source=replace(known.source, indexed_at=NOON))
    assert failure_of(known)[1] == "details: kodit queue show 3"


def test_of_a_source_that_never_was_the_remedy_says_how_to_be_rid_of_it():
    missing = progress(ended(Failed("There is no branch nope.", kind="NotFound"), attempts=4))
    assert failure_of(missing)[1] == f"details: kodit queue show 3{LEFT_BEHIND}"
    known = replace(missing, source=replace(missing.source, indexed_at=NOON))
    assert failure_of(known)[1] == "details: kodit queue show 3"


def test_the_history_of_a_task_does_not_say_twice_what_kind_of_error_it_was(capsys):
    unforeseen = ended(Retry("AttributeError: no path", kind="AttributeError", remedy=BUG), attempts=1)
    for task in (unforeseen, ended(Failed("no such host", kind="NotFound"), attempts=1)):
        show_task(TaskDetails(task, [], "demo", RetryPolicy()), traces=False)
    out = capsys.readouterr().out
    assert "attempt 1 at 2026-01-01T12:00:00Z by w: AttributeError: no path\n" in out
    assert f"remedy: {BUG}\n" in out
    assert "by w: NotFound: no such host\n" in out


def test_what_a_killed_run_had_done_is_not_told_as_done_by_the_one_that_goes_on():
    over = {"started_at": NOON, "finished_at": NOON + timedelta(seconds=19), "note": None}
    task = ended(Failed("x"), attempts=1)._replace(state=TaskState.SUCCEEDED, **over)

    before, within, after = NOON - timedelta(seconds=1), NOON + timedelta(seconds=17), NOON + timedelta(minutes=1)
    assert [seconds_since(task, begun) for begun in (before, within, after)] == [19, 2, None]
    assert [fate(task, begun) for begun in (before, within, after)] == [
        "succeeded in 19.00 s",
        "succeeded in 2.00 s",
        "done before",
    ]
