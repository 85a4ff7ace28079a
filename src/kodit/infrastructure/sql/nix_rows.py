"""Packages of channels as rows."""

import hashlib
import json
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.channel import StoredNixPackage
from kodit.domain.nixpkgs.nix_package import License, Maintainer, NixPackage, Position

Members = tuple[Any, ...]
"""What a list of `nix_lists` has: licences, or platforms."""

PLAIN = (
    *("pname", "version", "description", "long_description", "main_program", "system"),
    *("is_broken", "is_unfree", "is_insecure", "is_unsupported"),
)
"""The columns that are as in the domain."""

COLUMNS = (
    *("file_id", "index_id", "attr", "depth", "licenses_id", "platforms_id"),
    *("homepages", "maintainers", "outputs", "assigned_in", "implemented_in"),
    *PLAIN,
)
"""All columns, in the order of rows."""

_plain = attrgetter(*PLAIN)


def package_row(index_id: int, file_id: int, package: NixPackage, list_ids: Mapping[Members, int]) -> tuple[Any, ...]:
    """A package as the values of COLUMNS; `list_ids` has the id of every list that is not empty."""
    return (
        file_id,
        index_id,
        str(package.attr),
        len(package.attr.parts),
        list_ids.get(package.licenses),
        list_ids.get(package.platforms),
        list(package.homepages),
        list(map(list, package.maintainers)),
        list(package.outputs),
        package.assigned_in and list(package.assigned_in),
        package.implemented_in and list(package.implemented_in),
        *_plain(package),
    )


def stored_package(row: tuple[Any, ...], lists: Mapping[int, Members]) -> StoredNixPackage:
    """The package of a row with the values of COLUMNS."""
    file_id, index_id, attr, _, licenses_id, platforms_id, homepages, maintainers, outputs, assigned, implemented = row[
        : -len(PLAIN)
    ]
    package = NixPackage(
        attr=AttrPath.parse(attr),
        licenses=tuple(License(*one) for one in lists.get(licenses_id, ())),
        platforms=lists.get(platforms_id, ()),
        homepages=tuple(homepages),
        maintainers=tuple(Maintainer(*one) for one in maintainers),
        outputs=tuple(outputs),
        assigned_in=assigned and Position(*assigned),
        implemented_in=implemented and Position(*implemented),
        **dict(zip(PLAIN, row[-len(PLAIN) :], strict=True)),
    )
    return StoredNixPackage(file_id, index_id, package)


def digest_of(members: Members) -> str:
    """SHA-256, in hexadecimal, of a list."""
    return hashlib.sha256(json.dumps(members).encode()).hexdigest()
