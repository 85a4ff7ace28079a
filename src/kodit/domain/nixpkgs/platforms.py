"""Which systems a package is for."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

MOST = 500
"""Platforms that one package may have: nixpkgs knows about a hundred."""

_SYSTEM = re.compile(r"[a-z0-9_]+-[a-z0-9_]+")
_LONGEST = 60


def platforms(said: object) -> tuple[str, ...]:
    """The systems of a `meta.platforms`, such as `x86_64-linux`, sorted, each once.

    A system that has been taken apart says its name as `system`, or by its `cpu` and `kernel`. A pattern of systems,
    such as "whatever has 64 bits", names none.
    """
    values = said[:MOST] if isinstance(said, list) else [said]
    if set(map(type, values)) != {str} or max(map(len, values)) > _LONGEST:
        values = [name for one in values if (name := _named(one)) is not None]
    return _sorted(tuple(values))


def supports(meta: Mapping[str, Any], system: str) -> bool | None:
    """Whether a package with this `meta` is for a system; None where it does not say in a way that can be told.

    As nixpkgs has it: a package without `platforms` is for all of them, and one with an empty list for none.
    """
    if system in platforms(meta.get("badPlatforms")):
        return False
    said = meta.get("platforms")
    if not isinstance(said, list):
        return None
    if system in platforms(said):
        return True
    is_clear = all((name := _named(one)) is not None and _is_system(name) for one in said[:MOST])
    return False if is_clear else None


def _named(said: object) -> str | None:
    if isinstance(said, dict):
        cpu, kernel = (_name(said.get(part)) for part in ("cpu", "kernel"))
        said = said.get("system") or (f"{cpu}-{kernel}" if cpu and kernel else None)
    return said if isinstance(said, str) and len(said) <= _LONGEST else None


# Thousands of packages have the same hundred platforms.
@lru_cache(maxsize=256)
def _sorted(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if _is_system(name)}))


def _is_system(text: str) -> bool:
    return _SYSTEM.fullmatch(text) is not None


def _name(said: object) -> str | None:
    found = said.get("name") if isinstance(said, dict) else said
    return found if isinstance(found, str) else None
