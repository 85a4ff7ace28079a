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
    whole, pname, version = (name(fields.get(field)) for field in ("name", "pname", "version"))
    if pname is None:
        pname, parsed = split(whole or attribute) if whole else (attribute, "")
        version = version or parsed
    elif version is None and whole is not None and whole.startswith(f"{pname}-"):
        version = split(whole).version if split(whole).pname == pname else None
    if version:
        return DerivationName(pname.removesuffix(f"-{version}") or pname, version)
    found = _TAIL.fullmatch(pname)
    if found is None:
        return DerivationName(pname, "")
    return DerivationName(found["pname"], found["version"] or found["revision"])


def _is_letter(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()
