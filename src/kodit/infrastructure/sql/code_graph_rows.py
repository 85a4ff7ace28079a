"""What is selected about code, and what becomes of its rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, case, func, literal, or_, select

from kodit.application.asking.rows import FoundFile, FoundImport, FoundReference, FoundSymbol
from kodit.domain.code.reference import Binding, Import
from kodit.domain.code.symbol import IN_BLOCKS, SymbolKind
from kodit.domain.code.symbol_pattern import Nearness, SymbolPattern
from kodit.infrastructure.sql.code_tables import imports, references, symbols
from kodit.infrastructure.sql.prepared import one_of
from kodit.infrastructure.sql.tables import files, snippets, sources

FILES: Select[Any] = select(files.c.id, sources.c.name.label("source"), files.c.path, files.c.language).join(
    sources, sources.c.id == files.c.index_id
)

_enclosing = symbols.alias("enclosing")
SYMBOLS: Select[Any] = (
    select(
        symbols.c.id,
        symbols.c.file_id,
        _enclosing.c.id.label("parent_id"),
        sources.c.name.label("source"),
        files.c.path,
        files.c.language,
        symbols.c.head_line.label("line"),
        symbols.c.start_line,
        symbols.c.end_line,
        symbols.c.name,
        symbols.c.qualified_name,
        symbols.c.kind,
        symbols.c.visibility,
        symbols.c.signature,
        symbols.c.doc,
    )
    .select_from(symbols)
    .join(files, files.c.id == symbols.c.file_id)
    .join(sources, sources.c.id == files.c.index_id)
    .outerjoin(_enclosing, and_(_enclosing.c.file_id == symbols.c.file_id, _enclosing.c.position == symbols.c.parent))
)
IS_NO_BLOCK: ColumnElement[bool] = or_(
    symbols.c.kind != SymbolKind.CLASS, files.c.language.is_(None), files.c.language.not_in(sorted(IN_BLOCKS))
)
"""Of a row of SYMBOLS, what `is_block` says of a symbol, turned around."""

_around = symbols.alias("around")
REFERENCES: Select[Any] = (
    select(
        references.c.id,
        references.c.file_id,
        sources.c.name.label("source"),
        files.c.path,
        files.c.language,
        references.c.line,
        (references.c.column + 1).label("column"),
        references.c.kind,
        references.c.name,
        references.c.qualifier,
        _around.c.qualified_name.label("inside"),
        references.c.target_id,
        references.c.external,
    )
    .select_from(references)
    .join(files, files.c.id == references.c.file_id)
    .join(sources, sources.c.id == files.c.index_id)
    .outerjoin(_around, and_(_around.c.file_id == references.c.file_id, _around.c.position == references.c.scope))
)


def within(symbol_ids: str) -> Select[Any]:
    """References that stand directly in one of the symbols whose ids have this name."""
    there = select(symbols.c.file_id).where(one_of(symbols.c.id, symbol_ids))
    return REFERENCES.where(references.c.file_id.in_(there), one_of(_around.c.id, symbol_ids))


_led_to = files.alias("led_to")
IMPORTS: Select[Any] = (
    select(
        imports.c.file_id,
        imports.c.module,
        imports.c.line,
        imports.c.level,
        imports.c.bindings,
        imports.c.exported,
        imports.c.system,
        _led_to.c.path.label("leads_to"),
        imports.c.external,
    )
    .select_from(imports)
    .outerjoin(_led_to, _led_to.c.id == imports.c.target_file_id)
    .where(or_(imports.c.module != "", imports.c.level > 0))
    .order_by(imports.c.position)
)


def lines_of(table: Table) -> Select[Any]:
    """The snippets around the lines of a table's rows with the ids `ids`.

    All of a file's lines are in some snippet, so the file itself need not be there.
    """
    around = and_(
        snippets.c.file_id == table.c.file_id,
        snippets.c.start_line <= table.c.line,
        snippets.c.end_line >= table.c.line,
    )
    lines = select(table.c.id, table.c.line, snippets.c.start_line, snippets.c.content).join(snippets, around)
    return lines.where(one_of(table.c.id, "ids")).order_by(snippets.c.start_line)


LINES = lines_of(references)


def line_at(file_id: int, line: int) -> Select[Any]:
    """A snippet around a line of a file."""
    return (
        select(literal(line).label("line"), snippets.c.start_line, snippets.c.content)
        .where(snippets.c.file_id == file_id, snippets.c.start_line <= line, snippets.c.end_line >= line)
        .order_by(snippets.c.start_line.desc())
        .limit(1)
    )


def file_of(row: Any) -> FoundFile:
    """From a row of FILES."""
    return FoundFile(**row._mapping)


def symbol_of(row: Any) -> FoundSymbol:
    """From a row of SYMBOLS."""
    held = row._mapping
    return FoundSymbol(**{name: held[name] for name in FoundSymbol.__dataclass_fields__})


def reference_of(row: Any, text: str) -> FoundReference:
    """From a row of REFERENCES and the text of its line."""
    return FoundReference(**{name: held for name, held in row._mapping.items() if name != "id"}, text=text)


def import_of(row: Any) -> FoundImport:
    """From a row of IMPORTS."""
    imported = Import(
        module=row.module,
        line=row.line,
        level=row.level,
        bindings=tuple(Binding(*binding) for binding in row.bindings),
        exported=row.exported,
        system=row.system,
    )
    return FoundImport(file_id=row.file_id, imported=imported, leads_to=row.leads_to, external=row.external)


def line_in(row: Any) -> str:
    """A line as it is written, from a row of LINES or `line_at`."""
    lines: Sequence[str] = row.content.splitlines()
    at: int = row.line - row.start_line
    return lines[at] if at < len(lines) else ""


def fits(pattern: SymbolPattern) -> ColumnElement[bool]:
    """Whether a symbol fits a pattern."""
    # Of a name alone the index has all that is to be compared.
    column = symbols.c.qualified_name if pattern.is_qualified else symbols.c.name
    fitting = [_fits(column, word, whole=pattern.is_glob) for word in pattern.words]
    return symbols.c.id.in_(select(symbols.c.id).where(*fitting)) if fitting else symbols.c.id.is_(None)


def _fits(column: Any, word: str, *, whole: bool) -> ColumnElement[bool]:
    if not whole:
        return _like(column, f"%{_literally(word)}%")
    glob = _literally(word).replace("*", "%").replace("?", "_")
    return or_(_like(column, glob), _like(column, f"%.{glob}"))


def nearness(pattern: SymbolPattern) -> ColumnElement[int]:
    """How well one that fits does so, see SymbolPattern; used for what is cut off, so the last step is coarser."""
    column = symbols.c.qualified_name if pattern.is_qualified else symbols.c.name
    asked = " ".join(pattern.words)
    literal = _literally(asked)
    return case(
        (column == asked, Nearness.EXACT.value),
        (or_(_like(column, literal), _like(column, f"%.{literal}")), Nearness.EXACT_BUT_FOR_CASE.value),
        (or_(_like(column, f"{literal}%"), _like(column, f"%.{literal}%")), Nearness.BEGINNING.value),
        else_=Nearness.PART.value,
    )


def _like(column: Any, pattern: str) -> ColumnElement[bool]:
    return func.lower(column).like(pattern.lower(), escape="\\")


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
