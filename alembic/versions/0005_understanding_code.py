"""Packages, symbols, references and imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
RowNumber = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IMPORT_OF_A_FILE = sa.text("target_file_id IS NOT NULL")
RESOLVED = sa.text("target_id IS NOT NULL")


def upgrade() -> None:
    _sources()
    _packages()
    _symbols()
    _imports()
    _references()
    op.create_table(
        "unlinked_files",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id"),
    )
    op.create_index("ix_unlinked_files_index_id", "unlinked_files", ["index_id"])


def downgrade() -> None:
    for table in ("unlinked_files", "symbol_references", "imports", "symbols"):
        op.drop_table(table)
    for table in ("manifests", "package_files", "package_requirements", "packages", "submodules"):
        op.drop_table(table)
    for column in ("author", "changed_at", "created_at"):
        op.drop_column("files", column)
    for column in ("committed_at", "depth", "follows_submodules", "rules", "extracted_as"):
        op.drop_column("sources", column)


def _sources() -> None:
    op.add_column("sources", sa.Column("committed_at", sa.DateTime(timezone=True)))
    op.add_column("sources", sa.Column("depth", sa.Integer()))
    follows = sa.Column("follows_submodules", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("sources", follows)
    op.add_column("sources", sa.Column("rules", sa.Integer()))
    op.add_column("sources", sa.Column("extracted_as", sa.Integer()))
    op.create_table(
        "submodules",
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("commit", sa.String(length=64), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_id", "path"),
    )
    op.add_column("files", sa.Column("author", sa.Text()))
    op.add_column("files", sa.Column("changed_at", sa.DateTime(timezone=True)))
    op.add_column("files", sa.Column("created_at", sa.DateTime(timezone=True)))


def _packages() -> None:
    op.create_table(
        "packages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("manifest", sa.Text(), nullable=True),
        sa.Column("manifest_hash", sa.String(length=64), nullable=False),
        sa.Column("source_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("index_id", "path", "kind"),
    )
    op.create_table(
        "package_requirements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_id"], ["packages.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_package_requirements_package_id", "package_requirements", ["package_id"])
    op.create_index("ix_package_requirements_target_id", "package_requirements", ["target_id"])
    op.create_table(
        "package_files",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id"),
    )
    op.create_index("ix_package_files_package_id", "package_files", ["package_id"])
    op.create_table(
        "manifests",
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("read_as", sa.Integer(), nullable=False),
        sa.Column("facts", Json, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_id", "path"),
    )


def _symbols() -> None:
    op.create_table(
        "symbols",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("qualified_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("start_line", sa.Integer(), nullable=False),
        sa.Column("end_line", sa.Integer(), nullable=False),
        sa.Column("head_line", sa.Integer(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.Column("visibility", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("symbols_file", "symbols", ["file_id", "position"])
    op.create_index("symbols_index", "symbols", ["index_id"])
    op.create_index("symbols_name", "symbols", ["name"])


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("bindings", Json, nullable=False),
        sa.Column("exported", sa.Boolean(), nullable=False),
        sa.Column("system", sa.Boolean(), nullable=False),
        sa.Column("target_file_id", sa.Integer(), nullable=True),
        sa.Column("external", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_file_id"], ["files.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("imports_file", "imports", ["file_id", "position"])
    _index_where("imports_target", "imports", "target_file_id", IMPORT_OF_A_FILE)


def _references() -> None:
    op.create_table(
        "symbol_references",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("qualifier", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Integer(), nullable=True),
        sa.Column("target_id", RowNumber, nullable=True),
        sa.Column("external", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_id"], ["symbols.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("symbol_references_file", "symbol_references", ["file_id"])
    op.create_index("symbol_references_name", "symbol_references", ["name", "file_id"])
    _index_where("symbol_references_target", "symbol_references", "target_id", RESOLVED)


def _index_where(name: str, table: str, column: str, condition: sa.TextClause) -> None:
    op.create_index(name, table, [column], sqlite_where=condition, postgresql_where=condition)
