"""Removing runs that are over."""

from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.claim import Retention
from kodit.infrastructure.sql.tables import is_over, runs

_failed = text("state = 'failed'")
_not_failed = text("state <> 'failed'")


async def prune(connection: AsyncConnection, retention: Retention, most: int) -> int:
    """Remove at most `most` runs that need not be kept, with their tasks; returns how many."""
    expired: ColumnElement[bool] = runs.c.finished_at < retention.finished_until
    newest = (
        select(runs.c.finished_at, runs.c.id)
        .where(is_over, _not_failed)
        .order_by(runs.c.finished_at.desc(), runs.c.id.desc())
        .offset(retention.keep)
        .limit(1)
    )
    if surplus := (await connection.execute(newest)).one_or_none():
        at, run_id = surplus
        expired = or_(expired, runs.c.finished_at < at, (runs.c.finished_at == at) & (runs.c.id <= run_id))
    gone = await _remove(connection, most, _not_failed, expired)
    return gone + await _remove(connection, most - gone, _failed, runs.c.finished_at < retention.failed_until)


async def _remove(connection: AsyncConnection, most: int, *conditions: Any) -> int:
    over = select(runs.c.id).where(is_over, *conditions).order_by(runs.c.finished_at, runs.c.id).limit(most)
    # What somebody has locked, to retry it for one, is about to be something else.
    oldest = over.with_for_update(skip_locked=True).cte("oldest")
    found = await connection.execute(delete(runs).where(runs.c.id.in_(select(oldest.c.id))).returning(runs.c.id))
    return len(found.all())
