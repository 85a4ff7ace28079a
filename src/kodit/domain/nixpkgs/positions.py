"""Places in a nixpkgs tree."""

import re

from kodit.domain.nixpkgs.nix_package import Position
from kodit.domain.nixpkgs.texts import LONGEST_LINE, line

_PLACE = re.compile(r"(?P<path>.+):(?P<line>[0-9]{1,9})")
# The folders of nixpkgs' own `pkgs`: people have folders of that name above their checkouts.
_IN_PKGS = re.compile(
    r".*?/(?=pkgs/(?:applications|build-support|by-name|common-updater|data|desktops|development|games|kde|misc"
    r"|os-specific|pkgs-lib|servers|shells|stdenv|test|tools|top-level)/)"
)
_IN_STORE = re.compile(r"/nix/store/[^/]+/")


def position(said: object, root: str = "") -> Position | None:
    """A place that is written as `file:line`; None for anything else.

    `root` is cut from its path. What is not in there is told from the folder above nixpkgs' `pkgs`, or from the root of
    its store path.
    """
    text = line(said, LONGEST_LINE)
    found = _PLACE.fullmatch(text) if text else None
    if found is None or int(found["line"]) < 1:
        return None
    path = _relative(found["path"], root.rstrip("/"))
    return Position(path, int(found["line"])) if path else None


def _relative(path: str, root: str) -> str:
    if root and path.startswith(f"{root}/"):
        return path[len(root) + 1 :]
    if not path.startswith("/"):
        return path.removeprefix("./")
    for prefix in (_IN_PKGS, _IN_STORE):
        if (found := prefix.match(path)) is not None:
            return path[found.end() :]
    return path
