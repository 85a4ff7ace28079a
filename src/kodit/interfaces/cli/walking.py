"""How far to look into nixpkgs: options that several commands share."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kodit.domain.nixpkgs.walk import Walk

DepthOption = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, max=20, help="How many sets deep a package may stand.", show_default="2"),
]
RecurseOption = Annotated[
    bool | None,
    typer.Option(
        "--recurse-all/--no-recurse",
        help="Look into every set that asks for it, or into none.",
        show_default="by scope",
    ),
]
ScopesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--scope", metavar="GLOB", help="Look into sets like this, in place of the usual ones; may be given again."
    ),
]
AttributesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--attr", "-A", metavar="ATTR", help="Only this attribute, python3Packages.numpy; may be given again."
    ),
]
SystemOption = Annotated[
    str, typer.Option(metavar="SYSTEM", help="What packages are evaluated for.", show_default="x86_64-linux")
]


def walk_of(
    *,
    depth: int | None,
    recurse: bool | None,
    scopes: Sequence[str] | None,
    attributes: Sequence[str] | None,
    system: str,
) -> "Walk":
    """The walk that is meant. Raises BadParameter for options that contradict each other, InvalidInput for an attribute
    path that makes no sense.
    """
    from dataclasses import replace

    from kodit.domain.nixpkgs.attr_path import AttrPath
    from kodit.domain.nixpkgs.walk import Walk

    if recurse is False and (scopes or (depth or 1) > 1):
        raise typer.BadParameter("--no-recurse goes with neither --depth nor --scope")
    walk = Walk(
        recurse_all=bool(recurse), attributes=tuple(AttrPath.parse(one) for one in attributes or ()), system=system
    )
    if recurse is False:
        return replace(walk, depth=1, scopes=())
    return replace(walk, depth=depth or walk.depth, scopes=tuple(scopes) if scopes else walk.scopes)


def walk_in_words(walk: "Walk") -> str:
    """How far a walk goes, in a few words."""
    from kodit.domain.nixpkgs.walk import SCOPES

    if walk.attributes:
        return f"only {', '.join(map(str, walk.attributes))}, for {walk.system}"
    if walk.depth == 1:
        return f"the top, for {walk.system}"
    into = [*(["every set that asks for it"] if walk.recurse_all else []), *_scopes(walk, SCOPES)]
    return f"depth {walk.depth}, into {' and '.join(into) or 'nothing'}, for {walk.system}"


def _scopes(walk: "Walk", usual: Sequence[str]) -> Sequence[str]:
    if not walk.scopes:
        return []
    return ["the usual sets"] if walk.scopes == usual else [", ".join(walk.scopes)]
