"""What manifests are made of, taken from whatever somebody wrote: of the right type, of a sane size, or not at all."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from kodit.domain.sources.location import without_credentials
from kodit.domain.sources.manifest import Requirement, RequirementScope

LONGEST_NAME = 300
LONGEST_VERSION = 200
LONGEST_DESCRIPTION = 1_000
MOST_REQUIREMENTS = 5_000
MOST_MEMBERS = 2_000

_SPACE = re.compile(r"\s+")


class UnreadableError(ValueError):
    """The manifest makes no sense; the message says in a line what is wrong."""


def name_of(value: object) -> str | None:
    """A name: one line without spaces around it; None for anything else."""
    text = _clean(value)
    return text if text and len(text) <= LONGEST_NAME and "\n" not in text else None


def version_of(value: object) -> str | None:
    """A version, or the versions that will do, in one line; None for what is no text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    text = _SPACE.sub(" ", _clean(value))
    if "://" in text:
        text = without_credentials(text)
    return text[:LONGEST_VERSION] or None


def description_of(value: object) -> str | None:
    """A description in one line, shortened where it is endless; None for what is no text."""
    return _SPACE.sub(" ", _clean(value))[:LONGEST_DESCRIPTION] or None


def entries_of(value: object) -> Iterator[tuple[str, Any]]:
    """The names and values of a table; nothing for what is none."""
    if isinstance(value, dict):
        yield from ((key, held) for key, held in value.items() if isinstance(key, str))


def items_of(value: object) -> Iterator[Any]:
    """The items of a list; nothing for what is none."""
    if isinstance(value, list | tuple):
        yield from value


def table_of(value: object, *names: str) -> dict[str, Any]:
    """The table at these names, one within the other; an empty one where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def requirement_of(
    name: object, versions: object, scope: RequirementScope = RequirementScope.RUNTIME, *, path: str | None = None
) -> Requirement | None:
    """A requirement, None when its name is none."""
    called = name_of(name)
    return None if called is None else Requirement(called, version_of(versions) or "", scope, path)


def distinct(requirements: Iterable[Requirement | None]) -> tuple[Requirement, ...]:
    """Each name once for each scope: the first counts. As many as a manifest written by people has."""
    first: dict[tuple[str, RequirementScope], Requirement] = {}
    for requirement in requirements:
        if requirement is not None:
            first.setdefault((requirement.name, requirement.scope), requirement)
    return tuple(islice(first.values(), MOST_REQUIREMENTS))


def directory_of(path: str) -> str:
    """The directory that a file lies in, "" for the source's root."""
    return path.rpartition("/")[0]


def within(directory: str, relative: object) -> str | None:
    """A path relative to a directory of the source, from the source's root; None when it leads out of the source."""
    text = _clean(relative).replace("\\", "/")
    if not text or text.startswith("/") or len(text) > LONGEST_VERSION * 4:
        return None
    parts = directory.split("/") if directory else []
    for part in text.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def members_of(directory: str, patterns: Iterable[object], *, without: Iterable[object] = ()) -> tuple[str, ...]:
    """Patterns of directories, from the source's root; those to leave out begin with `!`."""
    texts = [_clean(pattern) for pattern in patterns] + [f"!{text}" for text in map(_clean, without) if text]
    found: dict[str, None] = {}
    for text in texts:
        negated = text.startswith("!")
        inner = within(directory, text[negated:])
        if inner is not None:
            found[f"{'!' * negated}{inner}"] = None
    return tuple(islice(found, MOST_MEMBERS))


def _clean(value: object) -> str:
    """Text as every database can hold it; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode().replace("\0", "").strip()
