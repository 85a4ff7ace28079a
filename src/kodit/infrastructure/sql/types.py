"""Column types that give back domain values."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from kodit.domain.tasks.numbers import is_whole
from kodit.domain.tasks.progress import STEP_NAME, TaskOperation
from kodit.domain.tasks.task_type import AnyTaskType, task_type
from kodit.infrastructure.sql.json_texts import parsed

_OPERATIONS: Mapping[str, TaskOperation] = {operation.value: operation for operation in TaskOperation}


# SQLite numbers rows by itself only where their type is called INTEGER, and that has 64 bits anyway.
RowNumber = Count = BigInteger().with_variant(Integer, "sqlite")

_EMPTY: Mapping[type[Any], str] = {list: "[]", tuple: "[]", dict: "{}"}


def numbers_of_rows(given: Iterable[int]) -> list[int]:
    """Those that a row may have, in their order: a database would not even compare others."""
    return sorted(number for number in given if is_whole(number) and 0 < number < 2**63)


class Json(TypeDecorator[Any]):
    """JSON, in PostgreSQL its binary form."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type of one database. PostgreSQL's are imported where they are used: a search should not wait for it."""
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON(none_as_null=True))
        from sqlalchemy.dialects.postgresql import JSONB

        return dialect.type_descriptor(JSONB(none_as_null=True))

    def bind_processor(self, dialect: Dialect) -> Any:
        """To the database."""
        encode: Any = super().bind_processor(dialect)
        # What SQLAlchemy wraps around it costs as much as the codec itself.
        known = json.dumps if dialect.name == "sqlite" else encode
        # Most lists and mappings of the queue are empty, and a codec takes its time for these too.
        return lambda value: known(value) if value else _EMPTY.get(type(value)) or encode(value)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """From the database."""
        return _decoded if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """A key or an index is no JSON."""
        return self.impl_instance.coerce_compared_value(op, value)


def _decoded(text: Any) -> Any:
    # A number that somebody else stored comes back as one.
    return parsed(text) if isinstance(text, str) else text


class Several(Json):
    """A tuple as a JSON array; `known` makes of each entry what the domain has, and `told` what is stored."""

    cache_ok = True

    def __init__(self, known: Callable[[Any], Any], told: Callable[[Any], Any] | None = None) -> None:
        super().__init__()
        self.known = known
        self.told = told or known

    def bind_processor(self, dialect: Dialect) -> Any:
        """To the database."""
        encode, told = super().bind_processor(dialect), self.told
        return lambda value: None if value is None else encode(list(map(told, value)))

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """From the database."""
        decode, known = super().result_processor(dialect, coltype), self.known

        def read(stored: Any) -> tuple[Any, ...] | None:
            value: Iterable[Any] | None = decode(stored) if decode else stored
            return tuple(map(known, value)) if value else (None if value is None else ())

        return read


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out; naive is an error.

    SQLite's are written and read by what Python itself has for it, in the form that SQLAlchemy gives them: a task has
    seven moments, and they would take more time than all the rest of its row.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Any:
        """To the database."""
        return _written if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """From the database."""
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        return None if value is None else _in_utc(value)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"naive datetime: {value}")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


# What one transaction writes or reads has few different moments.
@lru_cache(maxsize=1_000)
def _written(value: datetime | None) -> str | None:
    # SQLite keeps no zone: what is stored there is UTC without saying so.
    return None if value is None else _in_utc(value).isoformat(" ", "microseconds")[:26]


@lru_cache(maxsize=1_000)
def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def spelled(words: str) -> str:
    """Text that every database can hold: lone surrogates and NUL, as foreign file names bring them, are escaped."""
    return words.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


class Words(TypeDecorator[str]):
    """What somebody has to say, of any origin."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else spelled(value)


class EnumText(TypeDecorator[Any]):
    """A StrEnum as its text: readable in a database shell, extended without ALTER TYPE."""

    impl = String(32)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else self.enum(value).value

    def bind_processor(self, dialect: Dialect) -> Any:
        """To the database, many at a time: a member is found by its text as well as by itself."""
        texts: dict[Any, str | None] = {member: member.value for member in self.enum}
        texts[None] = None
        return texts.__getitem__

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """From the database."""
        members: dict[str | None, StrEnum | None] = {member.value: member for member in self.enum}
        members[None] = None
        return members.__getitem__


class StepName(TypeDecorator[str]):
    """A step's name: kodit's own come back as they are in the domain, those of other programs as text."""

    impl = String(STEP_NAME)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """From the database."""
        return None if value is None else _OPERATIONS.get(value, value)


class Span(TypeDecorator[timedelta]):
    """A span of time as whole seconds."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        """To the database."""
        return None if value is None else round(value.total_seconds())

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        """From the database."""
        return None if value is None else timedelta(seconds=value)


class TaskNumber(TypeDecorator[AnyTaskType]):
    """A task type as its number, so that the domain's values and the database's are the same."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: AnyTaskType | None, dialect: Dialect) -> int | None:
        """To the database."""
        return None if value is None else int(value)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """From the database."""
        return task_type
