"""What an evaluation may take, and how one ends that takes more."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto


@dataclass(frozen=True, slots=True, kw_only=True)
class NixLimits:
    """Bounds of one evaluation.

    `silence` is how long nix may work on one attribute, or on one of its fields; `memory` the address space of one
    process of nix, in MiB.
    """

    silence: timedelta = timedelta(seconds=60)
    memory: int = 4096


class Cause(Enum):
    """Why nix ended before the walk was over."""

    ERROR = auto()
    """It met an error that no expression can catch."""
    SILENCE = auto()
    MEMORY = auto()


@dataclass(frozen=True, slots=True)
class Death:
    """An end before the walk was over, and what nix said of it."""

    cause: Cause
    message: str
