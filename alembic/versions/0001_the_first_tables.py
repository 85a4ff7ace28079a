"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "embeddings",
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("content_hash", "model", "dimension"),
    )
    op.create_table(
        "enrichments",
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("content_hash", "model"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pipeline", sa.String(length=64), nullable=False),
        sa.Column("dedup_key", sa.String(length=200), nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("again", sa.Integer(), nullable=True),
        sa.Column("counts", Json, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("runs_key", "runs", ["dedup_key", "id"], unique=False)
    op.create_index(
        "runs_live_key",
        "runs",
        ["dedup_key"],
        unique=True,
        sqlite_where=sa.text("state IN ('pending', 'processing')"),
        postgresql_where=sa.text("state IN ('pending', 'processing')"),
    )

    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("commit", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("location"),
        sa.UniqueConstraint("name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("extracted_hash", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=40), nullable=True),
        sa.Column("skip_reason", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("index_id", "path"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "files_changed",
        "files",
        ["index_id", "path"],
        unique=False,
        sqlite_where=sa.text("status <> 'clean'"),
        postgresql_where=sa.text("status <> 'clean'"),
    )

    op.create_table(
        "gone_snippets",
        sa.Column("snippet_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("snippet_id"),
    )
    op.create_index(op.f("ix_gone_snippets_index_id"), "gone_snippets", ["index_id"], unique=False)

    op.create_table(
        "marks",
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("derived", sa.String(length=32), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("snippet_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_id", "derived"),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("payload", Json, nullable=False),
        sa.Column("needs", Json, nullable=False),
        sa.Column("dedup_key", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=200), nullable=True),
        sa.Column("lease_token", sa.String(length=64), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("errors", Json, nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_tasks_run_id"), "tasks", ["run_id"], unique=False)
    op.create_index(
        "tasks_due",
        "tasks",
        ["ready_at"],
        unique=False,
        sqlite_where=sa.text("state = 'scheduled'"),
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.create_index(
        "tasks_leases",
        "tasks",
        ["leased_until"],
        unique=False,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "tasks_live_key",
        "tasks",
        ["dedup_key"],
        unique=True,
        sqlite_where=sa.text("state IN ('blocked', 'scheduled', 'ready', 'running')"),
        postgresql_where=sa.text("state IN ('blocked', 'scheduled', 'ready', 'running')"),
    )
    op.create_index(
        "tasks_next",
        "tasks",
        [sa.literal_column("priority DESC"), "created_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'ready'"),
        postgresql_where=sa.text("state = 'ready'"),
    )

    op.create_table(
        "progress",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("task_id", "step"),
    )
    op.create_table(
        "snippets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("start_line", sa.Integer(), nullable=False),
        sa.Column("end_line", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=True),
        sa.Column("header", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_snippets_file_id"), "snippets", ["file_id"], unique=False)
    op.create_index("snippets_content", "snippets", ["content_hash"], unique=False)
    op.create_index("snippets_index", "snippets", ["index_id", "id", "file_id"], unique=False)


def downgrade() -> None:
    op.drop_index("snippets_index", table_name="snippets")
    op.drop_index("snippets_content", table_name="snippets")
    op.drop_index(op.f("ix_snippets_file_id"), table_name="snippets")

    op.drop_table("snippets")
    op.drop_table("progress")
    op.drop_index(
        "tasks_next",
        table_name="tasks",
        sqlite_where=sa.text("state = 'ready'"),
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.drop_index(
        "tasks_live_key",
        table_name="tasks",
        sqlite_where=sa.text("state IN ('blocked', 'scheduled', 'ready', 'running')"),
        postgresql_where=sa.text("state IN ('blocked', 'scheduled', 'ready', 'running')"),
    )
    op.drop_index(
        "tasks_leases",
        table_name="tasks",
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.drop_index(
        "tasks_due",
        table_name="tasks",
        sqlite_where=sa.text("state = 'scheduled'"),
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.drop_index(op.f("ix_tasks_run_id"), table_name="tasks")

    op.drop_table("tasks")
    op.drop_table("marks")
    op.drop_index(op.f("ix_gone_snippets_index_id"), table_name="gone_snippets")

    op.drop_table("gone_snippets")
    op.drop_index(
        "files_changed",
        table_name="files",
        sqlite_where=sa.text("status <> 'clean'"),
        postgresql_where=sa.text("status <> 'clean'"),
    )

    op.drop_table("files")
    op.drop_table("sources")
    op.drop_index(
        "runs_live_key",
        table_name="runs",
        sqlite_where=sa.text("state IN ('pending', 'processing')"),
        postgresql_where=sa.text("state IN ('pending', 'processing')"),
    )
    op.drop_index("runs_key", table_name="runs")

    op.drop_table("runs")
    op.drop_table("enrichments")
    op.drop_table("embeddings")
