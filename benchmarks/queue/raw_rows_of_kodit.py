"""Rows of kodit's own tables, for the raw loops that show what its schema leaves of a database's speed."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from benchmarks.queue.contestant import Payload

RUN = ("pipeline", "dedup_key", "payload", "priority", "state", "counts", "created_at")
TASK = (
    "run_id", "type", "state", "priority", "payload", "needs", "dedup_key", "place", "created_at", "ready_at",
    "attempts", "max_attempts", "cancel_requested", "errors",
)  # fmt: skip
TYPE = 1000
NEXT = f"""
    SELECT id FROM tasks WHERE state = 'ready' AND place = '' AND type = {TYPE}
    ORDER BY priority DESC, created_at, id LIMIT
"""


def run_row(payload: Payload, now: Any) -> Sequence[Any]:
    """One run with one phase, in the order of RUN."""
    return ("nothing", uuid.uuid4().hex, json.dumps(payload), 10, "pending", "{}", now)


def task_row(run_id: Any, run: Sequence[Any]) -> Sequence[Any]:
    """Its task, in the order of TASK."""
    _, key, payload, priority, _, _, now = run
    return (run_id, TYPE, "ready", priority, payload, "[]", key, "", now, now, 0, 4, False, "[]")
