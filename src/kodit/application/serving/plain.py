"""Nouns as JSON has them, the same for every protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any

from kodit.domain.errors import KoditError
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.tasks.claim import EVERYTHING
from kodit.domain.tasks.task_type import OtherTaskType, QueuePriority

ALL_TYPES = "everything"
"""What stands for all types of tasks in a control."""


def plain(value: Any) -> Any:
    """Nouns by their fields, enumerations by their words, moments in ISO 8601, spans in seconds, errors in words.

    Attribute paths are texts, as nix writes them.
    """
    if isinstance(value, AttrPath):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(entry) for key, entry in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(entry) for entry in value), key=str)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(entry) for entry in value]
    return _single(value)


def _single(value: Any) -> Any:
    if isinstance(value, QueuePriority):
        # Others are numbers between its members.
        return int(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Enum | OtherTaskType):
        return ALL_TYPES if value == EVERYTHING and isinstance(value, OtherTaskType) else value.name
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, KoditError):
        return {"kind": type(value).__name__, "message": str(value), "remedy": value.remedy}
    return value
