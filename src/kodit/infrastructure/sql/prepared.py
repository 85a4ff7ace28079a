"""Statements of the hot path: compiled once for each database, and executed without a step for each value.

SQLAlchemy builds the parameters of every row anew, name by name. For a queue that is most of the time that a task
costs; here whole columns are converted at once, and rows come back as plain tuples.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Boolean, Dialect, String, TypeDecorator, bindparam
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

Row = tuple[Any, ...]
_Conversion = Callable[[Any], Any] | None


class Prepared:
    """One statement, whose text is the same whatever its parameters are: no list of values within it may grow.

    `names` are its parameters, in the order in which `each` gets their values.
    """

    def __init__(self, statement: Any, names: Sequence[str] = ()) -> None:
        self._statement = statement
        self._names = tuple(names)
        self._forms: dict[str, _Form] = {}

    async def rows(self, connection: AsyncConnection, parameters: Mapping[str, Any]) -> list[Row]:
        """Execute it once; what it returns, as the domain has the values."""
        form = self._form(connection.dialect)
        result = await connection.exec_driver_sql(form.text, form.given(parameters))
        return form.converted(result.fetchall())

    async def whole(self, connection: AsyncConnection, parameters: Mapping[str, Any]) -> list[Row] | None:
        """Execute it once, as all of its transaction if nothing came before it; None where it did nothing.

        Its first column says in the first row whether it did anything, and is not among the values; its second is NULL
        where there are none. What did nothing may be followed by other statements, and what did something may not.
        """
        form = self._form(connection.dialect)
        execute: Any = getattr(connection, "exec_whole", None) or connection.exec_driver_sql
        found = await execute(form.text, form.given(parameters))
        rows = found if isinstance(found, list) else found.fetchall()
        if not rows[0][0]:
            return None
        return [] if rows[0][1] is None else [row[1:] for row in form.converted(rows)]

    async def once(self, connection: AsyncConnection, parameters: Mapping[str, Any]) -> None:
        """Execute it once, for its effect."""
        form = self._form(connection.dialect)
        await connection.exec_driver_sql(form.text, form.given(parameters))

    async def each(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        """Execute it once for each row of values."""
        form = self._form(connection.dialect)
        await connection.exec_driver_sql(form.text, form.arranged(rows))

    async def gained(self, connection: AsyncConnection, rows: Sequence[Row]) -> list[Row]:
        """Execute it once for each row of values; what all of them return."""
        form = self._form(connection.dialect)
        found: list[Any] = []
        for row in form.arranged(rows):
            found += (await connection.exec_driver_sql(form.text, row)).fetchall()
        return form.converted(found)

    def _form(self, dialect: Dialect) -> "_Form":
        if (form := self._forms.get(dialect.name)) is None:
            form = self._forms[dialect.name] = _form(self._statement, dialect, self._names)
        return form


@dataclass(frozen=True, slots=True)
class _Form:
    """The statement as one database wants it.

    `order` has the names of its parameters, in their places; `fixed` the values of those that nobody gives. `columns`
    has the place of each in the rows of `each`. The conversions are those of the columns' types, None where a value
    goes as it is.
    """

    text: str
    fixed: Mapping[str, Any]
    order: tuple[str, ...]
    bound: Mapping[str, _Conversion]
    columns: tuple[int, ...]
    column_bound: tuple[_Conversion, ...]
    returned: tuple[_Conversion, ...]

    def given(self, parameters: Mapping[str, Any]) -> Row:
        """The values of one execution, in the statement's order."""
        values = {**self.fixed, **parameters}
        bound = self.bound
        return tuple(values[n] if (to := bound[n]) is None else to(values[n]) for n in self.order)

    def arranged(self, rows: Sequence[Row]) -> list[Row]:
        """The values of many executions."""
        columns = list(zip(*rows, strict=True))
        converted = [_all(to, columns[at]) for at, to in zip(self.columns, self.column_bound, strict=True)]
        return list(zip(*converted, strict=True))

    def converted(self, rows: Sequence[Any]) -> list[Row]:
        """The rows, column by column."""
        if not rows:
            return []
        columns = zip(*rows, strict=True)
        return list(zip(*(_all(to, column) for to, column in zip(self.returned, columns, strict=True)), strict=True))


def _all(to: _Conversion, column: Sequence[Any]) -> Iterable[Any]:
    return column if to is None else map(to, column)


def _form(statement: Any, dialect: Dialect, names: tuple[str, ...]) -> _Form:
    compiled = cast("SQLCompiler", statement.compile(dialect=dialect))
    order = tuple(compiled.positiontup or ())
    binds = compiled.binds
    bound = {name: binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order}
    fixed = {name: binds[name].value for name in order if not binds[name].required}
    returned = getattr(compiled, "_result_columns", ())
    return _Form(
        text=str(compiled),
        fixed=fixed,
        order=order,
        bound=bound,
        columns=tuple(names.index(name) for name in order) if names else (),
        column_bound=tuple(bound[name] for name in order),
        returned=tuple(_result(entry.type, dialect) for entry in returned),
    )


def _result(kind: TypeEngine[Any], dialect: Dialect) -> _Conversion:
    found: _Conversion = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found


class _Ids(TypeDecorator[Sequence[int]]):
    """Many ids as one text: an array's, or JSON where there are no arrays.

    Of an array itself asyncpg asks the server on each new connection what that is, which takes as long as ten claims.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> Any:
        """To the database."""
        if value is None:
            return value
        ids = ",".join(map(str, value))
        return f"{{{ids}}}" if dialect.name == "postgresql" else f"[{ids}]"


class one_of(FunctionElement[bool]):  # noqa: N801 - reads as the function that it is
    """True where a column is one of the ids in a parameter: however many they are, the statement is the same."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: Any, name: str) -> None:
        super().__init__(column, bindparam(name, type_=_Ids()))

    def self_group(self, against: Any = None) -> Any:
        """As it is: where there are no booleans SQLAlchemy would compare it with 1, which no index can answer."""
        return self


class one_among(FunctionElement[bool]):  # noqa: N801 - reads as the function that it is
    """True where a column is one of the ids that a query finds: few beside the table, so that its index is asked.

    PostgreSQL would rather read a table of ten thousand rows than ask its index a hundred times; of an array it expects
    ten values.
    """

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: Any, query: Any) -> None:
        super().__init__(column, query.scalar_subquery())

    def self_group(self, against: Any = None) -> Any:
        """As it is, see `one_of`."""
        return self


class _Texts(TypeDecorator[Mapping[int, str]]):
    """Texts by ids, as one JSON object."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Mapping[int, str] | None, dialect: Dialect) -> Any:
        """To the database."""
        return value if value is None else json.dumps(value)


class text_for(FunctionElement[str]):  # noqa: N801 - reads as the function that it is
    """The text that a parameter has for a column's id, NULL where it has none."""

    type = String()
    inherit_cache = True

    def __init__(self, column: Any, name: str) -> None:
        super().__init__(column, bindparam(name, type_=_Texts()))


@compiles(one_among)
def _found(element: one_among, compiler: SQLCompiler, **options: Any) -> str:
    column, query = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN {query}"


@compiles(one_among, "postgresql")
def _found_in_array(element: one_among, compiler: SQLCompiler, **options: Any) -> str:
    column, query = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY (ARRAY{query})"


@compiles(one_of)
def _listed(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - both parts are the compiler's own


@compiles(one_of, "postgresql")
def _in_array(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    # As a query's answer it is read once, and not for each row; and it is taken for few, as in `one_among`.
    return f"{column} = ANY (ARRAY(SELECT unnest(CAST({ids} AS bigint[]))))"


@compiles(text_for)
def _told(element: text_for, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = (compiler.process(part, **options) for part in element.clauses)
    return f"json_extract({texts}, '$.\"' || {column} || '\"')"


@compiles(text_for, "postgresql")
def _told_by_binary(element: text_for, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = (compiler.process(part, **options) for part in element.clauses)
    # As a query's answer it is read once, and not for each row.
    return f"((SELECT CAST({texts} AS jsonb)) ->> CAST({column} AS text))"
