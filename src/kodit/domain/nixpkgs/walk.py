"""Which attributes of a nixpkgs tree are looked at, and what looking at one gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kodit.domain.nixpkgs.attr_path import AttrPath

SCOPES = (
    "*Packages",
    "qt5",
    "qt6",
    "libsForQt5",
    "gnome",
    "xfce",
    "mate",
    "pantheon",
    "cinnamon",
    "plasma5Packages",
    "kdePackages",
    "nodePackages*",
    "ocamlPackages",
    "coqPackages",
    "beam.packages.erlang*",
    "rPackages",
    "vimPlugins",
    "emacsPackages",
    "fishPlugins",
    "zshPlugins",
    "tmuxPlugins",
    "linuxPackages",
    "linuxPackages_*",
)
"""Sets of packages that people know by name, as globs over attribute paths. Most of them do not say of themselves that
they are to be looked into: `python3Packages.recurseForDerivations` is false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How far to go.

    `depth` is how many sets deep a package may stand: 1 stays at the top. A set is looked into when one of `scopes`
    matches it, and with `recurse_all` also when it asks for it by `recurseForDerivations`. A glob of one name matches
    the last name of a set's path; one of several matches its whole path, which then counts as one set, so that
    `beam.packages.erlang27.elixir` stands two deep. A set that is, but for a tenth of its names, a set that it lies in
    is not looked into: so nixpkgs contains itself. Attributes are told apart by their paths alone: what has two paths
    is two packages.

    With `attributes` only these are evaluated, and neither depth nor scopes matter. `system` is what packages are
    evaluated for.
    """

    depth: int = 2
    recurse_all: bool = False
    scopes: tuple[str, ...] = SCOPES
    attributes: tuple[AttrPath, ...] = ()
    system: str = "x86_64-linux"


@dataclass(frozen=True, slots=True)
class RawPackage:
    """What an evaluation, or a list of packages, says of one attribute, before it is cleaned.

    `fields` are those of an entry of a channel's packages.json: `name`, `pname`, `version`, `system`, `outputs`, and
    `meta` with what its authors say. Where it is known, `assigned` is the place that gives the attribute its value, as
    `file:line`. `failed` has what the evaluator said of fields that it could not evaluate, by their names, such as
    `meta.license`; a field that merely throws is left out.
    """

    attr: AttrPath
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EvaluationFailure:
    """An attribute that could not be evaluated, and what the evaluator said."""

    attr: AttrPath
    message: str


Evaluated = RawPackage | EvaluationFailure
