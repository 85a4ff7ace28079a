"""One task with all that there is to say about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from kodit.application.tasks.queue_service import TaskDetails
from kodit.domain.tasks.policy import RetryPolicy
from kodit.domain.tasks.task import AttemptError, Task, TaskState
from kodit.interfaces.cli.rendering.controls import named
from kodit.interfaces.cli.rendering.figures import moment
from kodit.interfaces.cli.rendering.queue_figures import span
from kodit.interfaces.cli.rendering.streams import notice, say
from kodit.interfaces.cli.rendering.tables import pairs

HIDDEN = ("lease_token", "payload", "run_id")
"""What a lease is guarded by, and what is the queue's own business."""
HERE = "by this shell's settings"


def task_document(details: TaskDetails) -> Mapping[str, Any]:
    """The task as a JSON document has it."""
    task, policy = details.task, details.policy
    kept = {name: getattr(task, name) for name in Task._fields if name not in HIDDEN}
    return {
        **kept,
        "source": details.source,
        "run": task.run_id,
        "worker": _worker(task),
        "host": details.host_of(task.place),
        "paused": any(held.paused for held in details.controls),
        "limit": _limit(details),
        "steps": details.steps,
        "policy": _policy_document(policy) if policy is not None else None,
    }


def _policy_document(policy: RetryPolicy) -> Mapping[str, Any]:
    return {
        "base_seconds": policy.base.total_seconds(),
        "longest_seconds": policy.longest.total_seconds(),
        "jitter": policy.jitter,
        "time_limit_seconds": policy.time_limit.total_seconds() if policy.time_limit else None,
    }


def show_task(details: TaskDetails, *, traces: bool) -> None:
    """The task in words; `traces` tells where its errors were raised."""
    task = details.task
    pairs(
        [
            ("task", task.id),
            ("run", task.run_id),
            ("source", details.source),
            ("key", task.dedup_key),
            ("type", task.type.name),
            ("state", task.state.value),
            ("held back", _held_back(details)),
            ("priority", task.priority),
            ("attempts", f"{task.attempts} of {task.max_attempts}"),
            ("snoozes", task.snoozes or None),
            *_tried(details.policy),
            ("place", _place(details)),
            ("needs", ", ".join(need.name for need in task.needs) or None),
            ("created_at", moment(task.created_at)),
            ("ready_at", moment(task.ready_at)),
            ("started_at", moment(task.started_at)),
            ("finished_at", moment(task.finished_at)),
            ("worker", _named_worker(details)),
            ("leased_until", moment(task.leased_until)),
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


def _tried(policy: RetryPolicy | None) -> Sequence[tuple[str, str]]:
    """Of another program's task nobody knows here how it is tried."""
    if policy is None:
        return ()
    limit = span(policy.time_limit) if policy.time_limit else "none"
    return [(name, f"{value} ({HERE})") for name, value in (("pauses", _pauses(policy)), ("time limit", limit))]


def _worker(task: Task) -> str | None:
    """Who has it, or who had its last attempt as far as that is known: of those that failed."""
    return task.lease_owner or (task.errors[-1].worker if task.state is TaskState.DEAD and task.errors else None)


def _named_worker(details: TaskDetails) -> str | None:
    owner = _worker(details.task)
    known = next((f" ({one.host}:{one.pid})" for one in details.workers if one.owner == owner), "")
    return f"{owner}{known}" if owner else None


def _place(details: TaskDetails) -> str:
    place = details.task.place
    host = details.host_of(place)
    return f"machine {place}{f' ({host})' if host else ''}" if place else "any"


def _limit(details: TaskDetails) -> int | None:
    return next((held.most for held in details.controls if held.type == details.task.type), None)


def _held_back(details: TaskDetails) -> str:
    paused = [named(held.type) for held in details.controls if held.paused]
    limit = _limit(details)
    said = [f"{name} paused" for name in paused]
    said += [f"{details.task.type.name} at most {limit:,} at a time"] if limit is not None else []
    return ", ".join(said) or "-"


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
