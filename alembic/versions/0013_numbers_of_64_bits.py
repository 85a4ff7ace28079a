"""On PostgreSQL, numbers of rows that work makes again and again, and what steps count, get 64 bits.

SQLite's always have them. Each table is written anew once, and nobody else can use it meanwhile.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WIDENED = {
    "runs": ("id",),
    "tasks": ("id", "run_id", "snoozes"),
    "progress": ("task_id", "current", "total"),
    "schedules": ("run_id",),
    "embedding_jobs": ("task_id",),
    "files": ("id",),
    "snippets": ("id", "file_id"),
    "gone_snippets": ("snippet_id",),
    "marks": ("snippet_id",),
    "package_files": ("file_id",),
    "symbols": ("file_id",),
    "imports": ("file_id", "target_file_id"),
    "import_words": ("file_id",),
    "symbol_references": ("file_id",),
    "unlinked_files": ("file_id",),
    "nix_packages": ("file_id",),
    "nix_names": ("file_id",),
    "audit": ("id",),
}
NUMBERED = ("runs", "tasks", "files", "snippets", "audit")
"""Those whose `id` is drawn from a sequence of their own."""


def upgrade() -> None:
    make("bigint")


def downgrade() -> None:
    make("integer")


def make(kind: str) -> None:
    """Have the columns, and the sequences behind them, of this type."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, columns in WIDENED.items():
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"ALTER COLUMN {name} TYPE {kind}" for name in columns))
    for table in NUMBERED:
        op.execute(f"ALTER SEQUENCE {table}_id_seq AS {kind}")
