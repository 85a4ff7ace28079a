"""Nouns from JSON again: the other way round of `plain`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from kodit.application.serving.plain import ALL_TYPES
from kodit.domain import errors
from kodit.domain.errors import BadAnswer, KoditError
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.tasks.claim import EVERYTHING
from kodit.domain.tasks.task_type import OtherTaskType, type_named

T = TypeVar("T")
Revive = Callable[[Any], Any]

_SINGLE: Mapping[type, Revive] = {
    float: float,
    datetime: datetime.fromisoformat,
    timedelta: lambda value: timedelta(seconds=value),
    AttrPath: AttrPath.parse,
}
"""How values are made that JSON has no type for."""


def revived(kind: type[T], value: Any) -> T:
    """What `plain` made `value` of, given its type. Fields that the type does not have are passed over.

    Raises BadAnswer for what is no such thing.
    """
    try:
        return cast("T", _lazily(kind)(value))
    except (KeyError, TypeError, ValueError, AttributeError, KoditError) as error:
        raise _bad(kind, error) from error


def revived_sequence(kind: type[T], value: Any) -> Sequence[T]:
    """Several of them. Raises BadAnswer."""
    if not isinstance(value, list):
        raise _bad(kind, TypeError("no list"))
    return [revived(kind, entry) for entry in value]


def revived_error(kind: str, message: str, remedy: str | None) -> KoditError:
    """The error of that class, as far as this kodit knows it."""
    known = getattr(errors, kind, None)
    if isinstance(known, type) and issubclass(known, KoditError):
        return known(message, remedy=remedy)
    return KoditError(message, remedy=remedy)


def _bad(kind: Any, error: Exception) -> BadAnswer:
    name = getattr(kind, "__name__", str(kind))
    return BadAnswer(
        f"the answer is no {name}: {error!r:.200}", remedy="the server may be another version of kodit: update both"
    )


@cache
def _reviver(kind: Any) -> Revive:
    """How values of a type are made; worked out once for each."""
    if isinstance(kind, type) and not get_args(kind):
        return _of_class(kind)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _of_union(parts)
    if origin is not None and issubclass(origin, Mapping):
        # Names of members are texts in JSON.
        key, entry = int if parts[0] is int else _lazily(parts[0]), _lazily(parts[1])
        return lambda value: {key(name): entry(one) for name, one in value.items()}
    if origin is tuple and parts[-1] is not Ellipsis:
        revivers = [_lazily(part) for part in parts]
        return lambda value: tuple(revive(one) for revive, one in zip(revivers, value, strict=True))
    if origin is not None and issubclass(origin, Collection):
        entry = _lazily(parts[0])
        made = origin if origin in (tuple, frozenset, set) else list
        return lambda value: made(entry(one) for one in value)
    return _as_it_is


def _of_class(kind: type) -> Revive:
    if kind in _SINGLE:
        return _SINGLE[kind]
    if is_dataclass(kind):
        return _of_noun([field.name for field in fields(kind) if field.init], kind)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _of_noun(kind._fields, kind)
    if issubclass(kind, StrEnum):
        return kind
    if issubclass(kind, Enum):
        return lambda value: kind[value]
    if issubclass(kind, KoditError):
        return lambda value: revived_error(value["kind"], value["message"], value["remedy"])
    return _as_it_is


def _of_noun(names: Collection[str], kind: Any) -> Revive:
    hints = get_type_hints(kind)
    revivers = {name: _lazily(hints[name]) for name in names}
    return lambda value: kind(**{name: revive(value[name]) for name, revive in revivers.items() if name in value})


def _of_union(parts: Sequence[Any]) -> Revive:
    """None, or one of the others. Of several nouns it is the one that has these fields."""
    if OtherTaskType in parts:
        return lambda value: None if value is None else EVERYTHING if value == ALL_TYPES else type_named(value)
    others = [part for part in parts if part is not NoneType]
    if len(others) == 1:
        revive = _lazily(others[0])
        return lambda value: None if value is None else revive(value)
    by_fields = {frozenset(field.name for field in fields(one)): one for one in others if is_dataclass(one)}

    def one_of(value: Any) -> Any:
        noun = by_fields.get(frozenset(value)) if isinstance(value, Mapping) else None
        return value if noun is None else _lazily(noun)(value)

    return one_of


def _lazily(kind: Any) -> Revive:
    """Worked out when it is used first: nouns may hold their own kind."""

    def revive(value: Any) -> Any:
        return _reviver(kind)(value)

    return revive


def _as_it_is(value: Any) -> Any:
    return value
