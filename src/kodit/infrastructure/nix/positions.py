"""Where things stand in a tree, as `file:line` with the file relative to the tree's root."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def placed(fields: Mapping[str, Any], root: Path) -> Mapping[str, Any]:
    """The fields of a package with both of its positions relative to the root where they lie in it.

    What is no position of a file, as nix has it for expressions without one, is left out.
    """
    meta = fields.get("meta", {})
    return {**_placed(fields, "assigned", root), "meta": _placed(meta, "position", root)}


def _placed(fields: Mapping[str, Any], name: str, root: Path) -> Mapping[str, Any]:
    position = fields.get(name)
    others = {key: value for key, value in fields.items() if key != name}
    if not isinstance(position, str) or not position.startswith("/"):
        return others
    return {**others, name: position.removeprefix(f"{root}/")}
