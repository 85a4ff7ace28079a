"""Row <-> dataclass. Names are equal, so this is all the mapping there is."""

from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Row

T = TypeVar("T")


def to_domain(cls: type[T], row: Row[Any]) -> T:
    """The dataclass with the row's columns of the same names."""
    held = row._mapping
    return cls(**{name: held[name] for name in _names(cls)})


def to_row(value: Any, *, skip: str = "id") -> dict[str, Any]:
    """The dataclass as columns, without the one that the database gives."""
    return {name: getattr(value, name) for name in _names(type(value)) if name != skip}


@cache
def _names(cls: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cls))
