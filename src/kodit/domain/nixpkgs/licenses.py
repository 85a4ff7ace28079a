"""Licences as nixpkgs has written them over the years, and their identifiers in the SPDX list.

Two things have changed in that time. Until 2014 a licence was a string of anybody's choice ("GPLv2+", "BSD", "perl5"),
and the SPDX list (https://spdx.org/licenses) has since given new names to those of GNU: what was `GPL-2.0` is
`GPL-2.0-only`, and `GPL-2.0+` is `GPL-2.0-or-later`. Here all of them have today's name.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from kodit.domain.nixpkgs.license_names import BY_SPELLING, FREE_FAMILIES, RESTRICTED, RESTRICTED_NAMES
from kodit.domain.nixpkgs.nix_package import License
from kodit.domain.nixpkgs.texts import LONGEST_LINE, line, name

MOST = 50
"""Licences that one package may have."""

_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}")
_GNU = re.compile(r"(agpl|lgpl|gpl|gfdl|fdl)(?:version|v)?([1-3])(?:\.?([0-3]))?(?:\.0)?(\+|orlater|only)?")
_VERSIONS = {"gpl": "1.0 2.0 3.0", "lgpl": "2.0 2.1 3.0", "agpl": "1.0 3.0", "gfdl": "1.1 1.2 1.3"}
_QUALIFIER = re.compile(r"^(?:\w+\.)*licen[sc]es\.(?=\w)")
_NOISE = re.compile(r"[\s_-]+|\blicen[sc]e\b|^the |^gnu(?=\s*[al]?gpl)", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:[/,;&|]|\bor\b|\band\b)\s*", re.IGNORECASE)
# Perl's own terms, written as one word: either of the two, and nixpkgs has later listed them so.
_PERL = ("artistic1", "gpl1Plus")
_SAYS_NOTHING = frozenset({"", "?", "unknown", "unspecified", "null", "none", "n/a", "custom", "free software ?"})


def licenses(said: object) -> tuple[License, ...]:
    """The licences that a `meta.license` speaks of, in its order, each once; what is no licence is left out."""
    several = said if isinstance(said, list) else [said]
    found = (license for one in several[:MOST] for license in _licenses(one))
    return tuple(dict.fromkeys(found))[:MOST]


def _licenses(said: object) -> Iterator[License]:
    if isinstance(said, str):
        yield from _named(said[:LONGEST_LINE])
    elif isinstance(said, dict):
        yield from _of_set(said)


def _of_set(said: dict[str, Any]) -> Iterator[License]:
    """Of a licence as a set: what it says of itself is taken before what its names let one guess."""
    free = said.get("free") if isinstance(said.get("free"), bool) else None
    called = (
        line(said.get("fullName")) or name(said.get("shortName")) or line(said.get("spdxId")) or line(said.get("url"))
    )
    if called is None:
        if free is False:
            yield License("unfree", None, False)
        return
    given = said.get("spdxId")
    spdx = _today(given) if isinstance(given, str) and _SPDX.fullmatch(given) else None
    for guess in (said.get("shortName"), said.get("fullName")):
        spdx = spdx or (_spdx_id(guess[:LONGEST_LINE]) if isinstance(guess, str) else None)
    if free is None:
        free = _is_free(spdx, line(said.get("shortName")) or called)
    yield License(called, spdx, free)


@lru_cache(maxsize=4096)
def _named(text: str) -> tuple[License, ...]:
    """Of a licence as a string: one, or several where each part of it is known."""
    called = line(text)
    if called is None or called.casefold() in _SAYS_NOTHING:
        return ()
    called = _QUALIFIER.sub("", called)
    if _spelling(called) in ("perl", "perl5", "perl5+", "sameasperl"):
        return tuple(License(one, _spdx_id(one), True) for one in _PERL)
    return tuple(License(part, _spdx_id(part), _is_free(_spdx_id(part), part)) for part in _parts(called))


def _parts(called: str) -> list[str]:
    if _is_known(called):
        return [called]
    for parts, recognised in ((_BETWEEN.split(called), _is_known), (called.split(), _spdx_id)):
        named = [part for part in parts if part]
        if all(map(recognised, named)):
            return named
    return [called]


def _is_known(text: str) -> bool:
    return _spdx_id(text) is not None or _is_free(None, text) is not None


def _spdx_id(text: str) -> str | None:
    spelled = _spelling(text)
    if (gnu := _GNU.fullmatch(spelled)) is not None:
        return _gnu(gnu)
    return BY_SPELLING.get(spelled)


def _gnu(found: re.Match[str]) -> str | None:
    family = "gfdl" if found[1] == "fdl" else found[1]
    version = f"{found[2]}.{found[3] or 0}"
    if version not in _VERSIONS[family].split():
        return None
    return f"{family.upper()}-{version}-{'or-later' if found[4] in ('+', 'orlater') else 'only'}"


def _today(given: str) -> str:
    """An SPDX identifier as the list has it today."""
    return _spdx_id(given) or given


def _spelling(text: str) -> str:
    """A name without what people write differently: case, dashes, the word licence."""
    spelled = _NOISE.sub("", _QUALIFIER.sub("", text)).casefold()
    return re.sub(r"plus$", "+", spelled)


def _is_free(spdx: str | None, text: str) -> bool | None:
    """Whether its terms restrict nobody, None where neither the identifier nor the name tells."""
    if spdx is not None:
        return not spdx.startswith(RESTRICTED)
    spelled = _spelling(text)
    if spelled.startswith(RESTRICTED_NAMES):
        return False
    return True if spelled in FREE_FAMILIES else None
