"""Symbols, references and imports to and from rows. By place, not by name: a megabyte of code has tens of thousands."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from kodit.domain.code.extracted import FileFacts
from kodit.domain.code.reference import Binding, Import, Reference, StoredImport, StoredReference
from kodit.domain.code.symbol import StoredSymbol, Symbol
from kodit.infrastructure.sql.code_tables import imports, references, symbols

# The order of the columns that `symbol_of`, `reference_of` and `import_of` take.
SYMBOLS = select(
    symbols.c.id,
    symbols.c.index_id,
    symbols.c.file_id,
    symbols.c.parent,
    symbols.c.name,
    symbols.c.qualified_name,
    symbols.c.kind,
    symbols.c.start_line,
    symbols.c.end_line,
    symbols.c.head_line,
    symbols.c.signature,
    symbols.c.doc,
    symbols.c.visibility,
).order_by(symbols.c.file_id, symbols.c.position)
REFERENCES = select(
    references.c.id,
    references.c.file_id,
    references.c.scope,
    references.c.target_id,
    references.c.external,
    references.c.kind,
    references.c.name,
    references.c.qualifier,
    references.c.line,
    references.c.column,
).order_by(references.c.file_id, references.c.line, references.c.column, references.c.id)
IMPORTS = select(
    imports.c.id,
    imports.c.file_id,
    imports.c.target_file_id,
    imports.c.external,
    imports.c.module,
    imports.c.line,
    imports.c.level,
    imports.c.bindings,
    imports.c.exported,
    imports.c.system,
).order_by(imports.c.file_id, imports.c.position)


def symbol_of(row: Any, parent_id: int | None) -> StoredSymbol:
    """A symbol, from a row of SYMBOLS."""
    symbol_id, index_id, file_id, _, *facts = row
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


def reference_of(row: Any, scope_id: int | None) -> StoredReference:
    """A reference, from a row of REFERENCES."""
    reference_id, file_id, _, target_id, external, *facts = row
    return StoredReference(
        id=reference_id,
        file_id=file_id,
        reference=Reference(*facts, scope=None),
        scope_id=scope_id,
        target_id=target_id,
        external=external,
    )


def import_of(row: Any) -> StoredImport:
    """An import, from a row of IMPORTS."""
    import_id, file_id, target_file_id, external, module, line, level, bindings, exported, system = row
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


def symbol_row(symbol: Symbol, position: int) -> dict[str, Any]:
    """A symbol as columns, without what tells whose it is."""
    return {
        "position": position,
        "parent": symbol.parent,
        "name": symbol.name,
        "qualified_name": symbol.qualified_name,
        "kind": symbol.kind,
        "start_line": symbol.start_line,
        "end_line": symbol.end_line,
        "head_line": symbol.head_line,
        "signature": symbol.signature,
        "doc": symbol.doc,
        "visibility": symbol.visibility,
    }


def reference_rows(facts: FileFacts) -> Iterator[dict[str, Any]]:
    """A file's references as columns."""
    for reference in facts.references:
        yield {"file_id": facts.file_id, **reference._asdict()}


def import_rows(facts: FileFacts) -> Iterator[dict[str, Any]]:
    """A file's imports as columns."""
    for position, imported in enumerate(facts.imports):
        yield {
            "file_id": facts.file_id,
            "position": position,
            "module": imported.module,
            "line": imported.line,
            "level": imported.level,
            "bindings": [list(binding) for binding in imported.bindings],
            "exported": imported.exported,
            "system": imported.system,
        }
