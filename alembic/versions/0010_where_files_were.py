"""Where renamed files were, and what imports say word by word."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

imports = sa.table("imports", sa.column("file_id"), sa.column("module"), sa.column("bindings", Json))
import_words = sa.table("import_words", sa.column("word"), sa.column("file_id"))
AT_ONCE = 10_000


def upgrade() -> None:
    op.add_column("files", sa.Column("former_paths", Json, nullable=True))
    op.create_table(
        "import_words",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("word", "file_id"),
        sqlite_with_rowid=False,
    )
    said: set[tuple[str, int]] = set()
    statement = sa.select(imports.c.file_id, imports.c.module, imports.c.bindings).order_by(imports.c.file_id)
    for file_id, module, bindings in op.get_bind().execute(statement):
        texts = (module, *(name for binding in bindings for name in binding))
        said.update((word, file_id) for text in texts for word in re.findall(r"[\w-]+", text))
    rows = [{"word": word, "file_id": file_id} for word, file_id in sorted(said)]
    for start in range(0, len(rows), AT_ONCE):
        op.bulk_insert(import_words, rows[start : start + AT_ONCE])
    op.create_index("ix_import_words_file_id", "import_words", ["file_id"])


def downgrade() -> None:
    op.drop_table("import_words")
    op.drop_column("files", "former_paths")
