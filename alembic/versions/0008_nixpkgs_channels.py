"""Packages of nixpkgs, and what they may be asked for by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "nix_channels",
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("walk", Json, nullable=False),
        sa.Column("release_name", sa.Text(), nullable=True),
        sa.Column("complete_as", sa.String(length=64), nullable=True),
        sa.Column("described", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_id"),
    )
    op.create_table(
        "nix_lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("members", Json, nullable=False),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("index_id", "digest"),
    )
    _packages()
    op.create_table(
        "nix_names",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", Name, nullable=False),
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["nix_packages.file_id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", "kind", "name"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_nix_names_index_id", "nix_names", ["index_id"])
    op.create_index("nix_names_name", "nix_names", ["name", "kind", "index_id", "file_id"])
    op.create_table(
        "nix_name_filters",
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("filter", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_id"),
    )
    op.create_table(
        "nix_failures",
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("attr", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("index_id", "attr"),
    )


def _packages() -> None:
    op.create_table(
        "nix_packages",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("index_id", sa.Integer(), nullable=False),
        sa.Column("attr", sa.Text(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("pname", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("long_description", sa.Text(), nullable=True),
        sa.Column("homepages", Json, nullable=False),
        sa.Column("licenses_id", sa.Integer(), nullable=True),
        sa.Column("maintainers", Json, nullable=False),
        sa.Column("platforms_id", sa.Integer(), nullable=True),
        sa.Column("assigned_in", Json, nullable=True),
        sa.Column("implemented_in", Json, nullable=True),
        sa.Column("main_program", sa.Text(), nullable=True),
        sa.Column("outputs", Json, nullable=False),
        sa.Column("system", sa.Text(), nullable=True),
        sa.Column("is_broken", sa.Boolean(), nullable=False),
        sa.Column("is_unfree", sa.Boolean(), nullable=False),
        sa.Column("is_insecure", sa.Boolean(), nullable=False),
        sa.Column("is_unsupported", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["index_id"], ["sources.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["licenses_id"], ["nix_lists.id"]),
        sa.ForeignKeyConstraint(["platforms_id"], ["nix_lists.id"]),
        sa.PrimaryKeyConstraint("file_id"),
        sa.UniqueConstraint("index_id", "attr"),
    )
    op.create_index("nix_packages_licenses", "nix_packages", ["licenses_id"])
    op.create_index("nix_packages_platforms", "nix_packages", ["platforms_id"])


def downgrade() -> None:
    for table in ("nix_failures", "nix_name_filters", "nix_names", "nix_packages", "nix_lists", "nix_channels"):
        op.drop_table(table)
