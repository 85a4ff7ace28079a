"""What imports make known, and what lies outside of the sources, as SQL."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.application.asking.rows import FoundAlias, FoundReference
from kodit.domain.code.definition import SEPARATOR
from kodit.domain.code.linking.mention import words_in
from kodit.domain.code.reference import EVERYTHING, WHOLE_MODULE, Binding, ReferenceKind
from kodit.domain.code.symbol_pattern import dotted
from kodit.domain.search.query import Filters
from kodit.infrastructure.sql.code_graph_filters import filtered
from kodit.infrastructure.sql.code_graph_rows import line_in, lines_of
from kodit.infrastructure.sql.code_tables import import_words, imports, references, symbols
from kodit.infrastructure.sql.prepared import one_of
from kodit.infrastructure.sql.tables import files, sources

_JOINTS = (".", "/")
"""What stands between a module and what it contains."""
_NODE = "node:"
"""May stand before the modules of Node.js."""
LONGER = 2
"""Letters that a name which is alike may have more or less."""

# As `linking` names what is outside.
_module = func.replace(func.replace(imports.c.module, "::", SEPARATOR), "\\", SEPARATOR)
_bindings = cast(imports.c.bindings, Text)

_MODULES: Select[Any] = select(_module).distinct().where(imports.c.external.is_not(None))

_IMPORTS: Select[Any] = (
    select(
        imports.c.id,
        imports.c.file_id,
        sources.c.name.label("source"),
        files.c.path,
        files.c.language,
        imports.c.line,
        imports.c.module,
        imports.c.bindings,
        imports.c.external,
    )
    .select_from(imports)
    .join(files, files.c.id == imports.c.file_id)
    .join(sources, sources.c.id == files.c.index_id)
)

_led_to = files.alias("led_to")
_ALIASES: Select[Any] = _IMPORTS.add_columns(_led_to.c.path.label("leads_to")).outerjoin(
    _led_to, _led_to.c.id == imports.c.target_file_id
)

_NAMED: Select[Any] = select(
    references.c.file_id, references.c.qualifier, references.c.name, references.c.target_id, references.c.external
).where(references.c.kind == ReferenceKind.IMPORT, one_of(references.c.file_id, "files"))
"""What is imported by its name in the files `files`."""

_LINES = lines_of(imports)


async def spelled_outside(connection: AsyncConnection, name: str) -> Collection[str]:
    """What a name of a module outside may be stored as: also one of which it is the last part."""
    plain = dotted(name).removeprefix(_NODE)
    spelled = {plain, f"{_NODE}{plain}"}
    ends = or_(*(func.substr(_module, func.length(_module) - len(one)) == f"/{one}" for one in sorted(spelled)))
    return sorted({*spelled, *await connection.scalars(_MODULES.where(ends, _said(plain)))})


async def imported_whole(
    connection: AsyncConnection, names: Collection[str], filters: Filters, limit: int
) -> Sequence[FoundReference]:
    """Imports of modules called so, or within those, that name nothing of what the module has."""
    whole = or_(*(_bindings.like(f'%"{imported}"]%') for imported in (WHOLE_MODULE, EVERYTHING)), _bindings == "[]")
    called = or_(*(_belongs(column, name) for name in names for column in (_module, imports.c.external)))
    statement = _IMPORTS.where(imports.c.external.is_not(None), _said(*names), called, whole)
    return await _as_references(connection, statement, {}, filters, limit)


async def imports_to(
    connection: AsyncConnection, file_ids: Collection[int], filters: Filters, limit: int
) -> Sequence[FoundReference]:
    """The imports that lead to these files."""
    statement = _IMPORTS.where(one_of(imports.c.target_file_id, "targets"))
    return await _as_references(connection, statement, {"targets": sorted(file_ids)}, filters, limit)


async def _as_references(
    connection: AsyncConnection, statement: Select[Any], values: Mapping[str, Any], filters: Filters, limit: int
) -> Sequence[FoundReference]:
    """The first rows of a statement on _IMPORTS as references to whole modules."""
    in_order = statement.order_by(imports.c.file_id, imports.c.position).limit(limit)
    in_order, given = await filtered(connection, in_order, filters)
    rows = (await connection.execute(in_order, {**values, **given})).all()
    around = await connection.execute(_LINES, {"ids": [row.id for row in rows]})
    texts = {row.id: line_in(row) for row in around}
    return [_as_reference(row, texts.get(row.id, "")) for row in rows]


async def found_aliases(connection: AsyncConnection, local: str, filters: Filters) -> Sequence[FoundAlias]:
    """What imports make known by this name."""
    # Not every database keeps the escapes that JSON may have.
    spelled = sorted({json.dumps(local), json.dumps(local, ensure_ascii=False)})
    binding = or_(*(_bindings.contains(f"[{text}, ", autoescape=True) for text in spelled))
    # What asks for nothing of other files only says by which name it offers its own.
    from_elsewhere = or_(imports.c.module != "", imports.c.level > 0)
    statement, given = await filtered(connection, _ALIASES.where(_said(local), binding, from_elsewhere), filters)
    rows = (await connection.execute(statement, given)).all()
    found = await connection.execute(_NAMED, {"files": sorted({row.file_id for row in rows})})
    named = {(one.file_id, one.qualifier, one.name): one for one in found}
    return [alias for row in rows for alias in _aliases(row, local, named)]


def named_outside(names: Collection[str]) -> ColumnElement[bool]:
    """Whether a reference means what is called so outside of its source, or part of it.

    References have no index by what they mean there. But they stand in files that import it, or what it is part of.
    """
    around = [part for name in names for part in _beginnings(name)]
    importing = select(imports.c.file_id).where(
        imports.c.external.is_not(None),
        _said(*names),
        or_(_module.in_(around), *(_belongs(_module, name) for name in names)),
    )
    meant = or_(*(_belongs(references.c.external, name) for name in names))
    return and_(references.c.file_id.in_(importing), meant)


def alike(name: str) -> ColumnElement[bool]:
    """Whether a symbol's name may be meant by this one, but for a slip."""
    lower, column = name.lower(), func.lower(symbols.c.name)
    length = func.length(symbols.c.name)
    ends = or_(func.substr(column, 1, 2) == lower[:2], func.substr(column, length - 1) == lower[-2:])
    return and_(length.between(len(name) - LONGER, len(name) + LONGER), ends)


def _as_reference(row: Any, text: str) -> FoundReference:
    """From a row of _IMPORTS and the line that it stands in, as it is written."""
    return FoundReference(
        file_id=row.file_id,
        source=row.source,
        path=row.path,
        language=row.language,
        line=row.line,
        column=text.find(row.module) + 1 or 1,
        kind=ReferenceKind.IMPORT,
        name=row.module,
        qualifier="",
        inside=None,
        target_id=None,
        external=None if row.external is None else dotted(row.module),
        text=text.strip(),
    )


def _aliases(row: Any, local: str, named: Mapping[tuple[int, str, str], Any]) -> Iterator[FoundAlias]:
    """The bindings of a name by an import of _ALIASES; `named` has the rows of _NAMED by file, qualifier and name."""
    for binding in (Binding(*binding) for binding in row.bindings):
        if binding.local != local:
            continue
        meant = named.get((row.file_id, row.module, binding.imported))
        whole = binding.imported == WHOLE_MODULE
        external = dotted(row.module) if whole and row.external is not None else None
        yield FoundAlias(
            source=row.source,
            path=row.path,
            line=row.line,
            local=local,
            target_id=None if meant is None else meant.target_id,
            leads_to=row.leads_to if whole or _is_file(row.leads_to, binding.imported) else None,
            external=external if meant is None else meant.external,
        )


def _is_file(path: str | None, name: str) -> bool:
    """Whether a file is the module of this name, and not what contains that."""
    if path is None:
        return False
    directory, _, file = path.rpartition("/")
    stem = file.partition(".")[0]
    return stem == name or (stem == "__init__" and directory.rpartition("/")[2] == name)


def _said(*names: str) -> ColumnElement[bool]:
    """Whether an import stands in a file whose imports say the first word of one of these names.

    That is the first one of whatever the name is part of, too, and is read from an index.
    """
    words = {next(iter(words_in(name)), None) for name in names}
    if None in words:
        return true()
    return imports.c.file_id.in_(select(import_words.c.file_id).where(import_words.c.word.in_(sorted(words))))


def _belongs(column: Any, name: str) -> ColumnElement[bool]:
    """Whether a name is this one, or of something within it."""
    return or_(column == name, func.substr(column, 1, len(name) + 1).in_([f"{name}{joint}" for joint in _JOINTS]))


def _beginnings(name: str) -> Iterator[str]:
    """All that a name may be part of: `a.b` and `a` of `a.b.c`."""
    for at, letter in enumerate(name):
        if letter in _JOINTS and at:
            yield name[:at]
