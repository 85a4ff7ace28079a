"""Where words go: results to stdout, notices and errors to stderr."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

from kodit.domain.tasks.task_type import OtherTaskType

_VISIBLE = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
_VISIBLE |= {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
"""Control characters as pictures: code and file names come from anywhere, and could steer the terminal."""


class ReaderGone(Exception):
    """Whoever read our output has had enough (`| head`)."""


def harmless(text: str) -> str:
    """The text with control characters made visible."""
    return text.translate(_VISIBLE)


def say(text: str = "") -> None:
    """A line of the result."""
    _write(f"{harmless(text)}\n")


def notice(text: str) -> None:
    """A line beside the result."""
    try:
        sys.stderr.write(f"{harmless(text)}\n")
        sys.stderr.flush()
    except BrokenPipeError as error:
        raise ReaderGone from error


def document(value: Any) -> None:
    """The whole result as one JSON document."""
    import json

    _write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")


def is_terminal() -> bool:
    """True when a person looks at stdout."""
    return sys.stdout.isatty()


def plain(value: Any) -> Any:
    """Nouns as JSON has them: enumerations by their words, moments in ISO 8601."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value if isinstance(value, StrEnum) else value.name
    if isinstance(value, OtherTaskType):
        return value.name
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(entry) for key, entry in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        return [plain(entry) for entry in value]
    return value


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ReaderGone from error
