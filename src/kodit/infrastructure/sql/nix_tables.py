"""The tables of nixpkgs channels."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from kodit.domain.nixpkgs.names import NameKind
from kodit.infrastructure.sql.access_tables import metadata as metadata  # noqa: PLC0414 - handed on
from kodit.infrastructure.sql.types import EnumText, Json, Words

nix_channels = Table(
    "nix_channels",
    metadata,
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("walk", Json, nullable=False),
    Column("release_name", Words),
    # The release that the stored packages are all of, None while some of them may be of another.
    Column("complete_as", String(64)),
    # Whether ENRICH describes packages in other words than their own.
    Column("described", Boolean, nullable=False, server_default=false()),
)

# Many packages have the same licences and platforms: a filter looks at these few lists, not at every package.
nix_lists = Table(
    "nix_lists",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("members", Json, nullable=False),
    UniqueConstraint("index_id", "digest"),
)

# A package stands in the place of a file: its text is the file's only snippet, and its attribute path the file's path.
nix_packages = Table(
    "nix_packages",
    metadata,
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), primary_key=True),
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
    Column("attr", Words, nullable=False),
    # How many names its path has.
    Column("depth", Integer, nullable=False),
    Column("pname", Words, nullable=False),
    Column("version", Words, nullable=False),
    Column("description", Words),
    Column("long_description", Words),
    Column("homepages", Json, nullable=False),
    Column("licenses_id", ForeignKey("nix_lists.id")),
    Column("maintainers", Json, nullable=False),
    Column("platforms_id", ForeignKey("nix_lists.id")),
    Column("assigned_in", Json),
    Column("implemented_in", Json),
    Column("main_program", Words),
    Column("outputs", Json, nullable=False),
    Column("system", Words),
    Column("is_broken", Boolean, nullable=False),
    Column("is_unfree", Boolean, nullable=False),
    Column("is_insecure", Boolean, nullable=False),
    Column("is_unsupported", Boolean, nullable=False),
    UniqueConstraint("index_id", "attr"),
)
Index("nix_packages_licenses", nix_packages.c.licenses_id)
Index("nix_packages_platforms", nix_packages.c.platforms_id)

# Names are compared sign by sign, so that the index finds what begins with one; SQLite compares so anyway.
_Name = Text().with_variant(Text(collation="C"), "postgresql")

nix_names = Table(
    "nix_names",
    metadata,
    Column("file_id", ForeignKey("nix_packages.file_id", ondelete="CASCADE"), primary_key=True),
    Column("kind", EnumText(NameKind), primary_key=True),
    Column("name", _Name, primary_key=True),
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False, index=True),
    # All of a row is in its key, which would be stored twice.
    sqlite_with_rowid=False,
)
# With all of a row, so that looking through a hundred thousand names reads nothing else.
Index("nix_names_name", nix_names.c.name, nix_names.c.kind, nix_names.c.index_id, nix_names.c.file_id)

# Every transaction that changes names raises the version and takes the filter away: there is none, or it is of exactly
# the names that are there.
nix_name_filters = Table(
    "nix_name_filters",
    metadata,
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("filter", LargeBinary),
)

nix_failures = Table(
    "nix_failures",
    metadata,
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("attr", Words, primary_key=True),
    Column("message", Words, nullable=False),
)
