"""Prolonging leases as SQL: one statement, the same however many they are."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.task import Task
from kodit.infrastructure.sql.prepared import Prepared, one_among, one_of, text_for
from kodit.infrastructure.sql.tables import tasks
from kodit.infrastructure.sql.task_rows import TASK_COLUMNS, task_of

_UNTIL = bindparam("until", type_=tasks.c.leased_until.type)
# Only what runs has a token. Asked for the state, PostgreSQL would look through the index of all that run.
_is_held = tasks.c.lease_token == text_for(tasks.c.id, "lease_tokens")
_held = select(tasks.c.id).where(one_of(tasks.c.id, "ids"), _is_held)
# As strong as an update that changes no key: a handler that holds its task meanwhile is not waited for.
_locked = _held.order_by(tasks.c.id).with_for_update(key_share=True).cte("locked")
_extending = update(tasks).where(one_among(tasks.c.id, select(_locked.c.id))).values(leased_until=_UNTIL)
_EXTEND = Prepared(_extending.returning(*TASK_COLUMNS))


async def extend(connection: AsyncConnection, claimed: Collection[Task], *, until: datetime) -> Sequence[Task]:
    """See TaskRepository."""
    lease_tokens = {task.id: task.lease_token or "" for task in claimed}
    given = {"ids": sorted(lease_tokens), "lease_tokens": lease_tokens, "until": until}
    extended = [task_of(row) for row in await _EXTEND.rows(connection, given)]
    return sorted(extended, key=lambda task: task.id)
