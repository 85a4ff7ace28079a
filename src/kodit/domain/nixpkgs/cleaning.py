"""From what a list of packages says to a package: every field checked, in one spelling, of a bounded size.

Authors write what they like, and nix lets them. What is of the wrong kind is left out; nothing but an attribute path
that cannot be told to anybody is refused.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.derivation_names import named
from kodit.domain.nixpkgs.licenses import licenses
from kodit.domain.nixpkgs.maintainers import maintainers
from kodit.domain.nixpkgs.nix_package import License, NixPackage
from kodit.domain.nixpkgs.platforms import platforms, supports
from kodit.domain.nixpkgs.positions import position
from kodit.domain.nixpkgs.texts import LONGEST_LINE, line, name, paragraphs
from kodit.domain.nixpkgs.walk import RawPackage

LONGEST_PATH = 500
"""Characters of an attribute path."""
MOST = 50
"""Outputs or homepages that one package may have."""

_SCHEMES = frozenset({"http", "https", "ftp"})
# Words that keep their dot at the end of a description.
_ABBREVIATIONS = frozenset({"etc", "inc", "ltd", "corp", "co", "al", "vs", "jr", "no"})
_PLACEHOLDERS = frozenset({"unknown", "none", "null", "n/a", "todo", "readme", "summary", "no description"})
_NOTHING: Mapping[str, Any] = {}

T = TypeVar("T")


def cleaned(raw: RawPackage, root: str = "") -> NixPackage:
    """The package that an entry of a list, or an evaluation, speaks of.

    `root` is the tree that was evaluated: positions in it are told from there. Raises InvalidInput, which names the
    attribute, for a path that is too long, or has signs in it that cannot be stored or shown.
    """
    check_path(raw.attr)
    fields = raw.fields
    meta = fields.get("meta")
    meta = meta if isinstance(meta, dict) else _NOTHING
    known = licenses(meta.get("license"))
    system = name(fields.get("system"))
    pname, version = named(fields, raw.attr.name)
    description = _description(meta.get("description"))
    long_description = paragraphs(meta.get("longDescription"))
    return NixPackage(
        attr=raw.attr,
        pname=pname,
        version=version,
        description=description,
        long_description=None if long_description == description else long_description,
        homepages=_several(meta.get("homepage"), _homepage),
        licenses=known,
        maintainers=maintainers(meta.get("maintainers") or meta.get("maintainer")),
        platforms=platforms(meta.get("platforms")),
        assigned_in=position(fields.get("assigned"), root),
        implemented_in=position(meta.get("position"), root),
        main_program=name(meta.get("mainProgram")),
        outputs=_outputs(fields, meta),
        system=system,
        is_broken=meta.get("broken") is True,
        is_unfree=_is_unfree(meta.get("unfree"), known),
        is_insecure=meta.get("insecure") is True or bool(_several(meta.get("knownVulnerabilities"), line)),
        is_unsupported=_is_unsupported(meta, system),
    )


def check_path(attr: AttrPath) -> None:
    """Raises InvalidInput for a path that is too long, or has signs in it that cannot be stored or shown."""
    text = str(attr)
    if not text or len(text) > LONGEST_PATH:
        raise InvalidInput(f"an attribute path of {len(text)} characters: {text[:60]!r}")
    if any(line(part, LONGEST_PATH) != part for part in attr.parts):
        raise InvalidInput(f"an attribute path with signs that cannot be shown: {text!r}")


def _description(said: object) -> str | None:
    """One line; a dot at the end of its only sentence is dropped, as nixpkgs asks its authors to.

    What holds the place of a description is none.
    """
    text = line(said)
    if text is None or text.casefold() in _PLACEHOLDERS or not any(map(str.isalnum, text)):
        return None
    if not text.endswith(".") or ". " in text:
        return text
    last = text[:-1].rpartition(" ")[2].strip("([\"'").casefold()
    return text if "." in last or last in _ABBREVIATIONS else text[:-1].rstrip() or None


def _several(said: object, clean: Callable[[object], T | None]) -> tuple[T, ...]:
    """One or a list of them, as clean as it gets, each once."""
    values: Iterable[object] = said[:MOST] if isinstance(said, list) else [said]
    return tuple(dict.fromkeys(value for one in values if (value := clean(one)) is not None))


def _homepage(said: object) -> str | None:
    url = line(said, LONGEST_LINE * 2)
    if url is None or " " in url:
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme in _SCHEMES and parts.hostname else None
    except ValueError:
        return None


def _outputs(fields: Mapping[str, Any], meta: Mapping[str, Any]) -> tuple[str, ...]:
    """What it is built into, and what of it is installed: both, for lists often have but one of them."""
    said = fields.get("outputs")
    built = list(said) if isinstance(said, dict) else said
    both = {*_several(built, name), *_several(meta.get("outputsToInstall"), name)}
    return tuple(sorted(output for output in both if " " not in output))


def _is_unfree(said: object, known: Iterable[License]) -> bool:
    return said if isinstance(said, bool) else any(license.is_free is False for license in known)


def _is_unsupported(meta: Mapping[str, Any], system: str | None) -> bool:
    said = meta.get("unsupported")
    if isinstance(said, bool) or system is None:
        return said is True
    return supports(meta, system) is False
