"""Where a task may run, what is paused or limited, who works, and indexes for claiming by type."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

READY = sa.text("state = 'ready'")
OVER = sa.text("state IN ('succeeded', 'skipped', 'dead', 'cancelled')")
DEAD = sa.text("state = 'dead'")
RETRY = sa.text("state = 'scheduled' AND attempts > 0")
OVER_RUN = sa.text("state IN ('completed', 'failed', 'cancelled')")


def upgrade() -> None:
    op.add_column("tasks", sa.Column("place", sa.String(length=64), nullable=False, server_default=""))
    op.drop_index("tasks_next", "tasks")
    op.create_index(
        "tasks_next",
        "tasks",
        ["place", "type", sa.text("priority DESC"), "created_at", "id"],
        sqlite_where=READY,
        postgresql_where=READY,
    )
    op.create_index(
        "tasks_waiting", "tasks", ["place", "type", "ready_at", "id"], sqlite_where=READY, postgresql_where=READY
    )
    op.create_index("tasks_over", "tasks", ["finished_at"], sqlite_where=OVER, postgresql_where=OVER)
    op.create_index("tasks_dead", "tasks", ["finished_at", "type"], sqlite_where=DEAD, postgresql_where=DEAD)
    op.create_index("tasks_retries", "tasks", ["ready_at"], sqlite_where=RETRY, postgresql_where=RETRY)
    op.create_index("runs_over", "runs", ["finished_at", "id"], sqlite_where=OVER_RUN, postgresql_where=OVER_RUN)
    op.create_table(
        "queue_controls",
        sa.Column("type", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("type"),
    )
    op.create_table(
        "rate_limits",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "workers",
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("machine", sa.String(length=64), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner"),
    )


def downgrade() -> None:
    for table in ("workers", "rate_limits", "queue_controls"):
        op.drop_table(table)
    op.drop_index("runs_over", "runs")
    for index in ("tasks_retries", "tasks_dead", "tasks_over", "tasks_waiting", "tasks_next"):
        op.drop_index(index, "tasks")
    op.drop_column("tasks", "place")
    op.create_index(
        "tasks_next",
        "tasks",
        [sa.text("priority DESC"), "created_at", "id"],
        sqlite_where=READY,
        postgresql_where=READY,
    )
