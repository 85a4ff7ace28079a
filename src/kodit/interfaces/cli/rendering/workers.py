"""What a worker did."""

from collections.abc import Mapping
from typing import Any

from kodit.domain.tasks.task import TaskState
from kodit.interfaces.cli.rendering.figures import counted

_WORDS = {
    TaskState.SUCCEEDED: "done",
    TaskState.SKIPPED: "with nothing to do",
    TaskState.DEAD: "failed for good",
    TaskState.SCHEDULED: "to be tried again later",
    TaskState.CANCELLED: "cancelled",
    TaskState.READY: "given back",
}


def worked_document(settled: Mapping[str, int], seconds: float) -> Mapping[str, Any]:
    """What a worker did, as a JSON document has it: how many attempts left their task in which state."""
    return {
        "done": settled.get(TaskState.SUCCEEDED, 0) + settled.get(TaskState.SKIPPED, 0),
        "failed": settled.get(TaskState.DEAD, 0),
        "retried_later": settled.get(TaskState.SCHEDULED, 0),
        "cancelled": settled.get(TaskState.CANCELLED, 0),
        "given_back": settled.get(TaskState.READY, 0),
        "took_seconds": round(seconds, 3),
    }


def worked_line(settled: Mapping[str, int], seconds: float) -> str:
    """The same in words; what there is none of is left out, and dead letters lead to where they are shown."""
    parts = [f"{settled[state]:,} {words}" for state, words in _WORDS.items() if settled.get(state)]
    if not parts:
        return f"there was nothing to do ({seconds:.1f} s)"
    total = counted(sum(settled.values()), "attempt" if settled.get(TaskState.SCHEDULED) else "task")
    details = "; details: kodit queue list --state dead" if settled.get(TaskState.DEAD) else ""
    return f"{total} in {seconds:.1f} s: {', '.join(parts)}{details}"
