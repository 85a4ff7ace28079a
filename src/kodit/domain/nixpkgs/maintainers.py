"""Who cares for a package, from the spellings of a decade."""

import re
from functools import lru_cache

from kodit.domain.nixpkgs.nix_package import Maintainer
from kodit.domain.nixpkgs.texts import line, name

MOST = 100
"""Maintainers that one package may have."""

# Characters of a text in which people are looked for, which takes the square of it.
_LONGEST = 400
_ADDRESS = re.compile(r"[^\s<>@,;]+@[^\s<>@,;]+\.[^\s<>@,;]+")
_PERSON = re.compile(r"(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>\s*,?\s*")
_HANDLE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")


def maintainers(said: object) -> tuple[Maintainer, ...]:
    """The people of a `meta.maintainers`, in its order, each once: `Name <address>`, or sets with names in them."""
    values = said[:MOST] if isinstance(said, list) else [said]
    found = (person for one in values for person in _people(one))
    return tuple(dict.fromkeys(found))[:MOST]


def _people(said: object) -> tuple[Maintainer, ...]:
    if isinstance(said, str):
        return _written(line(said, _LONGEST) or "")
    if isinstance(said, dict):
        email = name(said.get("email"))
        github = name(said.get("github"))
        email = email if email and _ADDRESS.fullmatch(email) else None
        github = github if github and _HANDLE.fullmatch(github) else None
        called = name(said.get("name")) or github or email
        return (Maintainer(called, email, github),) if called else ()
    return ()


@lru_cache(maxsize=4096)
def _written(text: str) -> tuple[Maintainer, ...]:
    """Several may stand in one text, as long as each has an address."""
    found = list(_PERSON.finditer(text)) if "<" in text else []
    if not found or "".join(one[0] for one in found) != text:
        called = name(text)
        return (Maintainer(called, called if _ADDRESS.fullmatch(called) else None),) if called else ()
    return tuple(person for one in found if (person := _person(one)) is not None)


def _person(found: re.Match[str]) -> Maintainer | None:
    address = name(found["address"])
    email = address if address and _ADDRESS.fullmatch(address) else None
    called = name(found["name"]) or email
    return Maintainer(called, email) if called else None
