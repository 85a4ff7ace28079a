"""A task's key is unique because its run's is and each phase is in a run once: so new tasks need no index of keys."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LIVE = sa.text("finished_at IS NULL")


def upgrade() -> None:
    op.drop_index("tasks_live_key", "tasks")
    op.create_index("tasks_phase", "tasks", ["run_id", "type"], unique=True)
    op.drop_index("ix_tasks_run_id", "tasks")


def downgrade() -> None:
    op.create_index("ix_tasks_run_id", "tasks", ["run_id"])
    op.drop_index("tasks_phase", "tasks")
    op.create_index("tasks_live_key", "tasks", ["dedup_key"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE)
