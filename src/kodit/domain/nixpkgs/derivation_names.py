"""Names of derivations, and the versions in them."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from kodit.domain.nixpkgs.texts import name

# `v1.2`, a revision of a version control system, or a commit: names for versions that nix does not see as such.
_TAIL = re.compile(r"(?P<pname>.+?)-(?:v(?P<version>\d.*)|(?P<revision>(?:r|rev|svn)\d+(?:\.\d+)*[a-z]?|[0-9a-f]{40}))")


class DerivationName(NamedTuple):
    """A name without its version, and that; empty where there is none."""

    pname: str
    version: str


def split(text: str) -> DerivationName:
    """Parted as nix does (`builtins.parseDrvName`): at the first dash that something other than a letter follows.

    Letters are those of ASCII.
    """
    for at, sign in enumerate(text[:-1]):
        if sign == "-" and not _is_letter(text[at + 1]):
            return DerivationName(text[:at], text[at + 1 :])
    return DerivationName(text, "")


def named(fields: Mapping[str, Any], attribute: str) -> DerivationName:
    """Name and version of a package, from what an entry says of them, and its attribute's name where it says nothing.

    A version in `pname` is moved where it belongs: one that stands in `version` too, and, where that is empty, `v1.2`,
    a revision such as `svn521`, or a whole commit at the end, which nix takes for parts of the name.
    """
    pname, version = _said(fields)
    if not version and (found := _TAIL.fullmatch(pname)) is not None:
        pname, version = found["pname"], found["version"] or found["revision"]
    while version and pname.endswith(f"-{version}"):
        pname = pname.removesuffix(f"-{version}")
    return DerivationName(pname.strip() or attribute, version.strip())


def _said(fields: Mapping[str, Any]) -> DerivationName:
    """What the fields say, each empty where they don't."""
    whole, pname, version = (name(fields.get(field)) or "" for field in ("name", "pname", "version"))
    parted = split(whole)
    if not pname:
        return DerivationName(parted.pname, version or parted.version)
    if not isinstance(fields.get("version"), str) and parted.pname == pname:
        return parted
    return DerivationName(pname, version)


def _is_letter(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()
