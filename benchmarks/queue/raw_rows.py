"""Rows of the shape that kodit's tasks have, for the raw loops that show how fast the database can go."""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks.queue.contestant import Payload

COLUMNS = """
    type INTEGER NOT NULL,
    state VARCHAR(32) NOT NULL,
    priority INTEGER NOT NULL,
    payload {json} NOT NULL,
    needs {json} NOT NULL,
    dedup_key VARCHAR(200) NOT NULL,
    place VARCHAR(64) NOT NULL,
    created_at {moment} NOT NULL,
    ready_at {moment} NOT NULL,
    attempts INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    lease_owner VARCHAR(200),
    lease_token VARCHAR(64),
    leased_until {moment},
    cancel_requested {boolean} NOT NULL,
    errors {json} NOT NULL,
    note TEXT,
    started_at {moment},
    finished_at {moment}
"""
INDEXES = (
    "CREATE INDEX tasks_next ON tasks (priority DESC, created_at, id) WHERE state = 'ready'",
    "CREATE INDEX tasks_due ON tasks (ready_at) WHERE state = 'scheduled'",
    "CREATE INDEX tasks_leases ON tasks (leased_until) WHERE state = 'running'",
    "CREATE UNIQUE INDEX tasks_live_key ON tasks (dedup_key)"
    " WHERE state IN ('blocked', 'scheduled', 'ready', 'running')",
)
WRITTEN = (
    "type", "state", "priority", "payload", "needs", "dedup_key", "place", "created_at", "ready_at",
    "attempts", "max_attempts", "cancel_requested", "errors",
)  # fmt: skip
"""What an enqueue writes."""
NEXT = "SELECT id FROM tasks WHERE state = 'ready' ORDER BY priority DESC, created_at, id LIMIT"
FREED = "lease_owner = NULL, lease_token = NULL, leased_until = NULL"


def row(payload: Payload, now: Any) -> Sequence[Any]:
    """One waiting task, as a tuple in the order of WRITTEN."""
    return (2, "ready", 10, json.dumps(payload), "[]", uuid.uuid4().hex, "", now, now, 0, 3, False, "[]")


def utc_now() -> datetime:
    """Now, with its zone."""
    return datetime.now(UTC)  # noqa: TID251 - a benchmark has its own clock
