"""Who changed what through a server."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kodit.domain.access.caller import LOCAL, Caller


class Action(StrEnum):
    """What changes something, and is written down."""

    ADD_SOURCE = "source.add"
    SYNC_SOURCE = "source.sync"
    CHANGE_SOURCE = "source.change"
    REMOVE_SOURCE = "source.remove"
    DELIVER_WEBHOOK = "webhook.deliver"
    CANCEL_RUN = "run.cancel"
    RETRY_TASKS = "tasks.retry"
    DISCARD_TASKS = "tasks.discard"
    HOLD_QUEUE = "queue.hold"
    RESUME_QUEUE = "queue.resume"
    LIMIT_QUEUE = "queue.limit"
    CREATE_KEY = "key.create"
    ROTATE_KEY = "key.rotate"
    REVOKE_KEY = "key.revoke"
    LOG_IN = "session.open"
    LOG_OUT = "session.close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request to a server: by whom, from which address, under which id."""

    caller: Caller
    address: str | None = None
    request_id: str | None = None


HERE = Visit(caller=LOCAL)
"""Somebody on this machine, without a server between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Something that somebody began to do, and how that ended.

    `outcome` is `done`, or the kind of error that it ended in; None while it is under way, and for what a process left
    unfinished when it was killed.
    """

    id: int = 0
    began_at: datetime
    caller: str
    key_id: str | None
    address: str | None
    request_id: str | None
    action: Action
    subject: str
    outcome: str | None = None
