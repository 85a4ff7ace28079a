"""The page of docs/reference/ about the schema."""

from typing import Any

from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, LargeBinary, String, Table, TypeDecorator

from kodit.infrastructure.sql.code_tables import metadata
from reference_page import page, table

STORED = (
    (JSON, "JSON"),
    (Boolean, "yes or no"),
    (DateTime, "time"),
    (Integer, "integer"),
    (LargeBinary, "bytes"),
    (String, "text"),
)


def tables() -> str:
    """The schema."""
    text = """
The database is kodit's own: read it as you like, but write it through kodit.
Times are UTC; columns of JSON are text.
"""
    return page("Tables", text, *(_sql_table(described) for described in metadata.sorted_tables))


def _sql_table(described: Table) -> str:
    rows = [(f"`{column.name}`", _type(column), _rules(column)) for column in described.columns]
    return f"## {described.name}\n\n{table(('column', 'type', 'rules'), rows)}"


def _type(column: Column[Any]) -> str:
    stored = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return next(word for kind, word in STORED if isinstance(stored, kind))


def _rules(column: Column[Any]) -> str:
    rules = []
    if column.primary_key:
        rules.append("primary key")
    elif not column.nullable:
        rules.append("always set")
    rules += [f"a row of {key.column.table.name}, removed with it" for key in column.foreign_keys]
    if enum := getattr(column.type, "enum", None):
        rules.append("one of " + ", ".join(_choice(member) for member in enum))
    return "; ".join(rules)


def _choice(member: Any) -> str:
    return f"`{member.value}` ({member.name})" if isinstance(member.value, int) else f"`{member.value}`"
