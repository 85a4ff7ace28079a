"""The tables of understanding code. With these, all others are known too, so `metadata` is taken from here.

There are tens of thousands of references to a megabyte of code. So a reference has no more columns and indexes than
somebody asks for: which source it belongs to, its file says.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.symbol import SymbolKind, Visibility
from kodit.domain.sources.manifest import PackageKind, RequirementScope
from kodit.infrastructure.sql.nix_tables import metadata as metadata  # noqa: PLC0414 - handed on, as mypy is told so
from kodit.infrastructure.sql.types import EnumText, Json, RowNumber

packages = Table(
    "packages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
    Column("path", Text, nullable=False),
    Column("kind", EnumText(PackageKind), nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Text),
    Column("description", Text),
    # The path of the manifest that has the first word, and the hash of all that say something of the package.
    Column("manifest", Text),
    Column("manifest_hash", String(64), nullable=False),
    # Of the files that it was last extracted from; none while it waits for that.
    Column("source_hash", String(64)),
    UniqueConstraint("index_id", "path", "kind"),
)

package_requirements = Table(
    "package_requirements",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("package_id", ForeignKey("packages.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("requirement", Text, nullable=False),
    Column("scope", EnumText(RequirementScope), nullable=False),
    Column("target_id", ForeignKey("packages.id", ondelete="SET NULL"), index=True),
)

# Which package owns a file. Apart from the files, whose rows are written anew at every change.
package_files = Table(
    "package_files",
    metadata,
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), primary_key=True),
    Column("package_id", ForeignKey("packages.id", ondelete="CASCADE"), nullable=False, index=True),
)

manifests = Table(
    "manifests",
    metadata,
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    # What it said when its content had this hash, as it was read then; nothing, and why, when it could not be read.
    Column("content_hash", String(64), nullable=False),
    Column("read_as", Integer, nullable=False),
    Column("facts", Json),
    Column("problem", Text),
)

symbols = Table(
    "symbols",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("index_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), nullable=False),
    # Its place in the sequence of the file's symbols, and that of the symbol that encloses it.
    Column("position", Integer, nullable=False),
    Column("parent", Integer),
    Column("name", Text, nullable=False),
    Column("qualified_name", Text, nullable=False),
    Column("kind", EnumText(SymbolKind), nullable=False),
    Column("start_line", Integer, nullable=False),
    Column("end_line", Integer, nullable=False),
    Column("head_line", Integer, nullable=False),
    Column("signature", Text, nullable=False),
    Column("doc", Text, nullable=False),
    Column("visibility", EnumText(Visibility), nullable=False),
)
Index("symbols_file", symbols.c.file_id, symbols.c.position)
Index("symbols_index", symbols.c.index_id)
Index("symbols_name", symbols.c.name)

imports = Table(
    "imports",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("module", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("bindings", Json, nullable=False),
    Column("exported", Boolean, nullable=False),
    Column("system", Boolean, nullable=False),
    Column("target_file_id", ForeignKey("files.id", ondelete="SET NULL")),
    Column("external", Text),
)
is_import_of_a_file = text("target_file_id IS NOT NULL")
Index("imports_file", imports.c.file_id, imports.c.position)
Index("imports_target", imports.c.target_file_id, sqlite_where=is_import_of_a_file)

# What the imports of a file say, word by word: who looks for an import reads no others.
import_words = Table(
    "import_words",
    metadata,
    Column("word", Text, primary_key=True),
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

references = Table(
    "symbol_references",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), nullable=False),
    Column("kind", EnumText(ReferenceKind), nullable=False),
    Column("name", Text, nullable=False),
    Column("qualifier", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("column", Integer, nullable=False),
    # The place of the symbol around it in the sequence of the file's symbols.
    Column("scope", Integer),
    Column("target_id", ForeignKey("symbols.id", ondelete="SET NULL")),
    Column("external", Text),
)
is_resolved = text("target_id IS NOT NULL")
Index("symbol_references_file", references.c.file_id)
# With the file, so that who bears a name is read from the index alone.
Index("symbol_references_name", references.c.name, references.c.file_id)
Index("symbol_references_target", references.c.target_id, sqlite_where=is_resolved)

unlinked_files = Table(
    "unlinked_files",
    metadata,
    Column("file_id", ForeignKey("files.id", ondelete="CASCADE"), primary_key=True),
    Column("index_id", Integer, nullable=False, index=True),
)
