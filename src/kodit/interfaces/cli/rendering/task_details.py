"""One task with all that there is to say about it."""

from collections.abc import Mapping
from typing import Any

from kodit.application.tasks.queue_service import TaskDetails
from kodit.domain.tasks.policy import RetryPolicy
from kodit.domain.tasks.task import AttemptError
from kodit.interfaces.cli.rendering.figures import moment
from kodit.interfaces.cli.rendering.queue_figures import span
from kodit.interfaces.cli.rendering.streams import notice, say
from kodit.interfaces.cli.rendering.tables import pairs

HIDDEN = ("lease_token", "payload", "run_id")
"""What a lease is guarded by, and what is the queue's own business."""


def task_document(details: TaskDetails) -> Mapping[str, Any]:
    """The task as a JSON document has it."""
    task, policy = details.task, details.policy
    kept = {name: getattr(task, name) for name in task.__dataclass_fields__ if name not in HIDDEN}
    return {
        **kept,
        "source": details.source,
        "run": task.run_id,
        "steps": details.steps,
        "policy": {
            "base_seconds": policy.base.total_seconds(),
            "longest_seconds": policy.longest.total_seconds(),
            "jitter": policy.jitter,
            "time_limit_seconds": policy.time_limit.total_seconds() if policy.time_limit else None,
        },
    }


def show_task(details: TaskDetails, *, traces: bool) -> None:
    """The task in words; `traces` tells where its errors were raised."""
    task = details.task
    pairs(
        [
            ("task", task.id),
            ("run", task.run_id),
            ("source", details.source),
            ("type", task.type.name),
            ("state", task.state.value),
            ("priority", task.priority),
            ("attempts", f"{task.attempts} of {task.max_attempts}"),
            ("pauses", _pauses(details.policy)),
            ("time limit", span(details.policy.time_limit) if details.policy.time_limit else "none"),
            ("place", f"machine {task.place}" if task.place else "any machine"),
            ("needs", ", ".join(need.name for need in task.needs) or None),
            ("created_at", moment(task.created_at)),
            ("ready_at", moment(task.ready_at)),
            ("started_at", moment(task.started_at)),
            ("finished_at", moment(task.finished_at)),
            ("worker", task.lease_owner),
            ("note", task.note),
        ]
    )
    for step in details.steps:
        of = "" if step.total is None else f"/{step.total}"
        say(f"step  {step.step}: {step.state} {step.current}{of}{f' ({step.message})' if step.message else ''}")
    for error in task.errors:
        _show(error, traces=traces)
    if not traces and any(error.trace for error in task.errors):
        notice(f"where they were raised: kodit queue show {task.id} --verbose")


def _pauses(policy: RetryPolicy) -> str:
    """`1m00s after the first attempt, then twice as long each time, at most 30m00s, give or take 25%`."""
    if not policy.base:
        return "none"
    return (
        f"{span(policy.base)} after the first attempt, then twice as long each time, at most {span(policy.longest)}, "
        f"give or take {policy.jitter:.0%}"
    )


def _show(error: AttemptError, *, traces: bool) -> None:
    say()
    said = error.message if error.message.startswith(error.kind) else f"{error.kind}: {error.message}"
    say(f"attempt {error.attempt} at {moment(error.at)} by {error.worker or '-'}: {said}")
    if error.remedy:
        say(f"remedy: {error.remedy}")
    for line in error.trace.splitlines() if traces else ():
        say(f"    {line}")
