"""What a worker did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kodit.domain.tasks.task import TaskState
from kodit.interfaces.cli.rendering.figures import counted

MOST_WAITING = 1_000
"""Tasks that wait for another try are counted up to this many."""

_WORDS = {
    TaskState.SUCCEEDED: "done",
    TaskState.SKIPPED: "with nothing to do",
    TaskState.DEAD: "failed for good",
    TaskState.SCHEDULED: "to be tried again later",
    TaskState.CANCELLED: "cancelled",
    TaskState.READY: "given back",
}

_OTHERS = (TaskState.RUNNING, TaskState.READY, TaskState.BLOCKED)


@dataclass(frozen=True, slots=True)
class Worked:
    """How many attempts left their task in which state, and when the tasks that wait for a moment are ready.

    `snoozed` is how often a task asked to be looked at later.
    `left` counts the live tasks of the whole queue by state: others have them in hand, or they are for others.
    """

    settled: Mapping[TaskState, int]
    waiting: Sequence[datetime] = ()
    left: Mapping[TaskState, int] = field(default_factory=dict)
    snoozed: int = 0


def worked_document(worked: Worked, seconds: float) -> Mapping[str, Any]:
    """What a worker did, as a JSON document has it."""
    settled = worked.settled
    return {
        "done": settled.get(TaskState.SUCCEEDED, 0) + settled.get(TaskState.SKIPPED, 0),
        "failed": settled.get(TaskState.DEAD, 0),
        "retried_later": settled.get(TaskState.SCHEDULED, 0),
        "snoozed": worked.snoozed,
        "cancelled": settled.get(TaskState.CANCELLED, 0),
        "given_back": settled.get(TaskState.READY, 0),
        "waiting": len(worked.waiting),
        "left": {state.value: worked.left.get(state, 0) for state in _OTHERS},
        "took_seconds": round(seconds, 3),
    }


def worked_line(worked: Worked, seconds: float) -> str:
    """The same in words; what there is none of is left out, and what is not done leads to where it is shown."""
    parts = [f"{worked.settled[state]:,} {words}" for state, words in _WORDS.items() if worked.settled.get(state)]
    if worked.snoozed:
        parts.append(f"{worked.snoozed:,} put off")
    line = f"there was nothing to do ({seconds:.1f} s)"
    if parts:
        noun = "attempt" if worked.settled.get(TaskState.SCHEDULED) or worked.snoozed else "task"
        line = f"{counted(sum(worked.settled.values()) + worked.snoozed, noun)} in {seconds:.1f} s: {', '.join(parts)}"
    return "; ".join([line, *_left(worked)])


def _left(worked: Worked) -> Sequence[str]:
    said = []
    if worked.settled.get(TaskState.DEAD):
        said.append("details: kodit queue dead")
    if worked.waiting:
        number, first = counted(len(worked.waiting), "task"), min(worked.waiting).astimezone(UTC)
        said.append(f"waiting for another try from {first:%H:%M} UTC: {number} (kodit queue list --state scheduled)")
    others = [f"{worked.left[state]:,} {state}" for state in _OTHERS if worked.left.get(state)]
    if others:
        said.append(f"still in the queue, for others or held back: {', '.join(others)} (kodit queue list)")
    return said
