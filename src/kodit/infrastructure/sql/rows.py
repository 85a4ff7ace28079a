"""Row <-> dataclass. Names are equal, so this is all the mapping there is."""

from typing import Any, TypeVar

T = TypeVar("T")


def to_domain(cls: type[T], row: Any) -> T:
    """The dataclass with the row's columns of the same names."""
    held = row._mapping
    return cls(**{name: held[name] for name in cls.__dataclass_fields__})  # type: ignore[attr-defined]


def to_row(value: Any, *, skip: str = "id") -> dict[str, Any]:
    """The dataclass as columns, without the one that the database gives."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__ if name != skip}
