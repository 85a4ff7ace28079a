"""Whether a run or task is over is told by its moment, so that what begins need not leave an index and come back."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = (sa.text("finished_at IS NULL"), sa.text("finished_at IS NOT NULL"))
STATES = {
    "runs": (sa.text("state IN ('pending', 'processing')"), sa.text("state IN ('completed', 'failed', 'cancelled')")),
    "tasks": (
        sa.text("state IN ('blocked', 'scheduled', 'ready', 'running')"),
        sa.text("state IN ('succeeded', 'skipped', 'dead', 'cancelled')"),
    ),
}


def upgrade() -> None:
    for name, (live, over) in STATES.items():
        # Nothing that kodit wrote differs; of what somebody else did, the state counts.
        rows = sa.table(name, sa.column("finished_at"), sa.column("created_at"))
        op.execute(sa.update(rows).where(live, rows.c.finished_at.is_not(None)).values(finished_at=None))
        op.execute(sa.update(rows).where(over, rows.c.finished_at.is_(None)).values(finished_at=rows.c.created_at))
        make_anew(name, *MOMENT)


def downgrade() -> None:
    for name, states in STATES.items():
        make_anew(name, *states)


def make_anew(name: str, live: sa.TextClause, over: sa.TextClause) -> None:
    """Make a table's index of live rows, and the one of rows that are over, by these conditions."""
    op.drop_index(f"{name}_live_key", name)
    op.drop_index(f"{name}_over", name)
    op.create_index(f"{name}_live_key", name, ["dedup_key"], unique=True, sqlite_where=live, postgresql_where=live)
    ordered = ["finished_at", "id"] if name == "runs" else ["finished_at"]
    op.create_index(f"{name}_over", name, ordered, sqlite_where=over, postgresql_where=over)
