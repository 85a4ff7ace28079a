"""When each source is to be synchronised next."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_id"),
    )


def downgrade() -> None:
    op.drop_table("schedules")
