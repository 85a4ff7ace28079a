"""Entries of a task's error history as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from kodit.domain.tasks.task import AttemptError
from kodit.infrastructure.sql.types import spelled

_KNOWN = frozenset(field.name for field in fields(AttemptError))


def error_of(stored: Mapping[str, Any]) -> AttemptError:
    """What was stored by `error_told`; what a newer kodit beside this one says besides is passed over."""
    known = {name: value for name, value in stored.items() if name in _KNOWN}
    remedy = stored.get("remedy") or None
    return AttemptError(**{**known, "at": datetime.fromisoformat(stored["at"]), "remedy": remedy})


def error_told(error: AttemptError) -> Mapping[str, Any]:
    """What is stored of an error."""
    words = {"message": spelled(error.message), "trace": spelled(error.trace), "remedy": spelled(error.remedy or "")}
    return {**asdict(error), **words, "at": error.at.isoformat()}
