"""A package of nixpkgs, as it is known after cleaning."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kodit.domain.nixpkgs.attr_path import AttrPath

FLAGS = ("broken", "unfree", "insecure", "unsupported")
"""What may be said against a package."""


class License(NamedTuple):
    """Under which terms a package may be had; `spdx_id` is its identifier in the SPDX list, None where it has none.

    `is_free` is False for terms that restrict use, None where nobody says.
    """

    name: str
    spdx_id: str | None = None
    is_free: bool | None = None


class Maintainer(NamedTuple):
    """Somebody who cares for a package; `github` is their name there."""

    name: str
    email: str | None = None
    github: str | None = None


class Position(NamedTuple):
    """A line of a file, from 1; `path` is relative to the root of the nixpkgs tree where it lies inside it."""

    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NixPackage:
    """One attribute that can be built.

    `version` is empty where the name has none. `assigned_in` is where the attribute is given its value, and
    `implemented_in` where the package is written down: they differ for most, and one or both may be unknown.
    `is_unsupported` is set where the package is not for the system that it was evaluated for.
    """

    attr: AttrPath
    pname: str
    version: str = ""
    description: str | None = None
    long_description: str | None = None
    homepages: tuple[str, ...] = ()
    licenses: tuple[License, ...] = ()
    maintainers: tuple[Maintainer, ...] = ()
    platforms: tuple[str, ...] = ()
    assigned_in: Position | None = None
    implemented_in: Position | None = None
    main_program: str | None = None
    outputs: tuple[str, ...] = ()
    system: str | None = None
    is_broken: bool = False
    is_unfree: bool = False
    is_insecure: bool = False
    is_unsupported: bool = False

    @property
    def flags(self) -> Sequence[str]:
        """Those of FLAGS that are said of it."""
        return [flag for flag in FLAGS if getattr(self, f"is_{flag}")]

    @property
    def text(self) -> str:
        """What is indexed and embedded of it: what it is called and what it is for."""
        titles = [f"{self.attr} {self.version}".rstrip()]
        if self.pname != self.attr.name:
            titles.append(self.pname)
        if self.main_program and self.main_program not in (self.pname, self.attr.name):
            titles.append(f"program: {self.main_program}")
        return "\n".join([*titles, *filter(None, (self.description, self.long_description))])

    @property
    def content_hash(self) -> str:
        """SHA-256, in hexadecimal, of everything that is known of it."""
        known = tuple(str(self.attr) if name == "attr" else getattr(self, name) for name in self.__slots__)
        return hashlib.sha256(repr(known).encode("utf-8", "surrogatepass")).hexdigest()
