"""Sources that the settings name."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from kodit.domain.errors import InvalidInput
from kodit.domain.sources.schedule import NEVER, checked_interval

_SPAN = re.compile(r"(?:[0-9]{1,6}[smhd])+")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSource:
    """A source that a server adds when it starts; `every` is as `interval_named` reads it, None for the usual one."""

    location: str
    name: str | None = None
    branch: str | None = None
    every: str | None = None


def interval_named(text: str) -> timedelta | None:
    """The interval that a text names: `30m`, `2h`, `1h30m`, `never`, or `default` for the usual one, which is None.

    Raises InvalidInput.
    """
    word = text.strip().lower()
    if word == "default":
        return None
    if word == "never":
        return NEVER
    if not _SPAN.fullmatch(word) or len(word) > 20:
        raise InvalidInput(f"{text[:40]!r} is no interval", remedy="give 30m, 2h, 1h30m, never or default")
    parts = re.findall(r"([0-9]+)([smhd])", word)
    every = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    return checked_interval(every)


def wanted_sources(given: Any) -> tuple[WantedSource, ...]:
    """The sources of a setting: a list of locations or tables; as text, JSON, or locations with commas between them.

    Raises ValueError, which says what is wrong.
    """
    if isinstance(given, str):
        given = _parsed(given)
    if not isinstance(given, list | tuple):
        raise ValueError("must be a list")
    return tuple(_wanted(one) for one in given)


def _parsed(text: str) -> Any:
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            raise ValueError("must be JSON, or locations with commas between them") from None
    return [one.strip() for one in text.split(",") if one.strip()]


def _wanted(one: Any) -> WantedSource:
    if isinstance(one, WantedSource):
        return one
    table: Mapping[str, Any] = {"location": one} if isinstance(one, str) else one
    names = [field.name for field in fields(WantedSource)]
    if not isinstance(table, Mapping) or not isinstance(table.get("location"), str) or not _are_texts(table.values()):
        raise ValueError(f"needs a location for each; what can be said of one is {', '.join(names)}")
    if strange := sorted(table.keys() - set(names)):
        raise ValueError(f"knows no {strange[0]}; what can be said of one is {', '.join(names)}")
    if table.get("every") is not None:
        try:
            interval_named(table["every"])
        except InvalidInput as error:
            raise ValueError(f"has an interval that makes no sense: {error}") from None
    return WantedSource(**table)


def _are_texts(values: Iterable[Any]) -> bool:
    return all(value is None or isinstance(value, str) for value in values)
