"""Symbols, references and imports to and from rows. By place, not by name: a megabyte of code has tens of thousands."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, insert, literal_column, select, update

from kodit.domain.code.extracted import FileFacts
from kodit.domain.code.linking.mention import words_of
from kodit.domain.code.reference import Binding, Import, Reference, ReferenceKind, StoredImport, StoredReference
from kodit.domain.code.symbol import StoredSymbol, Symbol
from kodit.infrastructure.sql.code_tables import import_words, imports, references, symbols
from kodit.infrastructure.sql.prepared import Prepared, Row, one_of

_OF_SYMBOL = (
    *("position", "parent", "name", "qualified_name", "kind", "start_line", "end_line", "head_line"),
    *("signature", "doc", "visibility"),
)
_OF_REFERENCE = ("kind", "name", "qualifier", "line", "column", "scope")
_OF_IMPORT = ("position", "module", "line", "level", "bindings", "exported", "system")


def _in_files(table: Table, names: Sequence[str], *order: Any, only: Sequence[Any] = ()) -> Prepared:
    """What is in the files `files`, by file and then in this order."""
    chosen = select(*(table.c[name] for name in names)).where(one_of(table.c.file_id, "files"), *only)
    return Prepared(chosen.order_by(table.c.file_id, *order))


def _insertion(table: Table, names: Sequence[str]) -> Prepared:
    return Prepared(insert(table).values({name: bindparam(name) for name in names}), names)


def _change(table: Table, names: Sequence[str]) -> Prepared:
    """Sets these columns, of the row whose id comes last."""
    # Not called as the columns are, because SQLAlchemy would take them for its own.
    fresh = {name: f"new_{name}" for name in names}
    changed = update(table).where(table.c.id == bindparam("row_id"))
    return Prepared(changed.values({name: bindparam(new) for name, new in fresh.items()}), [*fresh.values(), "row_id"])


SYMBOLS = _in_files(symbols, ("id", "index_id", "file_id", *_OF_SYMBOL), symbols.c.position)
_REFERENCE = ("id", "file_id", "target_id", "external", *_OF_REFERENCE)
_PLACE = (references.c.line, references.c.column, references.c.id)
REFERENCES = _in_files(references, _REFERENCE, *_PLACE)
BASES = _in_files(
    references, _REFERENCE, *_PLACE, only=[references.c.kind == literal_column(f"'{ReferenceKind.INHERITANCE}'")]
)
_IS_CHAIN: Any = literal_column("symbol_references.qualifier LIKE '%_.%'")
CHAINS = Prepared(
    select(references.c.file_id, references.c.qualifier)
    .distinct()
    .where(one_of(references.c.file_id, "files"), _IS_CHAIN)
)
IMPORTS = _in_files(imports, ("id", "file_id", "target_file_id", "external", *_OF_IMPORT), imports.c.position)
KNOWN_SYMBOLS = _in_files(symbols, ("file_id", "id", "qualified_name", "kind"), symbols.c.position)
PLACES = _in_files(symbols, ("file_id", "position", "id"))
REFERENCE_LINKS = _in_files(references, ("id", "target_id", "external"))
IMPORT_LINKS = _in_files(imports, ("id", "target_file_id", "external"))
INSERT_SYMBOL = _insertion(symbols, ("index_id", "file_id", *_OF_SYMBOL))
INSERT_REFERENCE = _insertion(references, ("file_id", *_OF_REFERENCE))
INSERT_IMPORT = _insertion(imports, ("file_id", *_OF_IMPORT))
INSERT_WORD = _insertion(import_words, ("word", "file_id"))
CHANGE_SYMBOL = _change(symbols, _OF_SYMBOL)
LINK_REFERENCE = _change(references, ("target_id", "external"))
LINK_IMPORT = _change(imports, ("target_file_id", "external"))


def symbol_of(row: Row, parent_id: int | None) -> StoredSymbol:
    """A symbol, from a row of SYMBOLS."""
    symbol_id, index_id, file_id, _, _, *facts = row
    name, qualified_name, kind, start_line, end_line, head_line, signature, doc, visibility = facts
    symbol = Symbol(
        name=name,
        qualified_name=qualified_name,
        kind=kind,
        start_line=start_line,
        end_line=end_line,
        head_line=head_line,
        signature=signature,
        doc=doc,
        visibility=visibility,
    )
    return StoredSymbol(id=symbol_id, index_id=index_id, file_id=file_id, parent_id=parent_id, symbol=symbol)


def reference_of(row: Row, scope_id: int | None) -> StoredReference:
    """A reference, from a row of REFERENCES."""
    reference_id, file_id, target_id, external, kind, name, qualifier, line, column, _ = row
    return StoredReference(
        id=reference_id,
        file_id=file_id,
        reference=Reference(kind, name, qualifier, line, column, None),
        scope_id=scope_id,
        target_id=target_id,
        external=external,
    )


def import_of(row: Row) -> StoredImport:
    """An import, from a row of IMPORTS."""
    import_id, file_id, target_file_id, external, _, module, line, level, bindings, exported, system = row
    imported = Import(
        module=module,
        line=line,
        level=level,
        bindings=tuple(Binding(*binding) for binding in bindings),
        exported=exported,
        system=system,
    )
    return StoredImport(
        id=import_id, file_id=file_id, imported=imported, target_file_id=target_file_id, external=external
    )


def symbol_row(symbol: Symbol, position: int) -> Row:
    """A symbol as INSERT_SYMBOL takes it after whose it is, and CHANGE_SYMBOL before."""
    return (
        *(position, symbol.parent, symbol.name, symbol.qualified_name, symbol.kind),
        *(symbol.start_line, symbol.end_line, symbol.head_line, symbol.signature, symbol.doc, symbol.visibility),
    )


def reference_rows(facts: FileFacts) -> Iterator[Row]:
    """A file's references as INSERT_REFERENCE takes them."""
    for reference in facts.references:
        yield (facts.file_id, *reference)


def import_rows(facts: FileFacts) -> Iterator[Row]:
    """A file's imports as INSERT_IMPORT takes them."""
    for position, imported in enumerate(facts.imports):
        bindings = [list(binding) for binding in imported.bindings]
        placed = (facts.file_id, position, imported.module, imported.line, imported.level)
        yield (*placed, bindings, imported.exported, imported.system)


def word_rows(facts: FileFacts) -> Iterator[Row]:
    """The words of a file's imports as INSERT_WORD takes them."""
    return ((word, facts.file_id) for word in sorted(words_of(facts.imports)))
