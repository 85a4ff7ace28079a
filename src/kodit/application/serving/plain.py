"""Nouns as JSON has them, the same for every protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any

from kodit.domain.errors import KoditError
from kodit.domain.tasks.task_type import OtherTaskType


def plain(value: Any) -> Any:  # noqa: PLR0911 - one kind of value a line
    """Nouns by their fields, enumerations by their words, moments in ISO 8601, spans in seconds, errors in words."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value if isinstance(value, StrEnum) else value.name
    if isinstance(value, OtherTaskType):
        return value.name
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(entry) for key, entry in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        return [plain(entry) for entry in value]
    if isinstance(value, KoditError):
        return {"kind": type(value).__name__, "message": str(value), "remedy": value.remedy}
    return value
