"""Packages of trees that are mappings: what a walk finds, in a page."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from kodit.domain.errors import NotFound
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.walk import Evaluated, EvaluationFailure, RawPackage, Walk

Attributes = Mapping[str, Any]
"""A set of attributes. One whose `type` is `derivation` is a package; an exception is what cannot be evaluated."""


class MemoryPackageEvaluator:
    """Implements PackageEvaluator for trees by their names: the specification of the walk."""

    def __init__(self, trees: Mapping[str, Attributes]) -> None:
        self._trees = trees

    async def evaluate(self, tree: str, walk: Walk) -> AsyncGenerator[Evaluated, None]:
        """See the port."""
        if tree not in self._trees:
            raise NotFound(f"there is no nixpkgs tree at {tree}")
        for found in _found(self._trees[tree], walk):
            yield found


@dataclass(frozen=True, slots=True)
class _Place:
    """A set that is looked into.

    `level` is how many sets deep it stands, None where it only leads to one. `above` are the sets around it, each with
    the name that leads on.
    """

    path: tuple[str, ...] = ()
    level: int | None = 0
    above: tuple[tuple[Attributes, str], ...] = ()


def _found(tree: Attributes, walk: Walk) -> Iterator[Evaluated]:
    if not walk.attributes:
        yield from _within(tree, _Place(), walk)
    for path in sorted(set(walk.attributes)):
        yield _given(tree, path)


def _given(tree: Attributes, path: AttrPath) -> Evaluated:
    value: Any = tree
    for part in path.parts:
        if not isinstance(value, Mapping) or part not in value:
            return EvaluationFailure(path, "there is no attribute of this name")
        value = value[part]
        if isinstance(value, Exception):
            return EvaluationFailure(path, str(value))
    return _package(path, value) if _is_package(value) else EvaluationFailure(path, "it is no package")


def _within(attributes: Attributes, place: _Place, walk: Walk) -> Iterator[Evaluated]:
    for name in sorted(attributes):
        path, value = (*place.path, name), attributes[name]
        if place.level is None and not _leads(path, walk) and not _is_nested_scope(path, walk):
            continue
        if isinstance(value, Exception):
            yield EvaluationFailure(AttrPath(path), str(value))
        elif _is_package(value):
            if place.level is not None:
                yield _package(AttrPath(path), value)
        elif isinstance(value, Mapping):
            level = _level(path, place.level, value, walk)
            above = (*place.above, (attributes, name))
            if (level is not None or _leads(path, walk)) and not any(_is_copy(value, *outer) for outer in above):
                yield from _within(value, _Place(path, level, above), walk)


def _level(path: tuple[str, ...], around: int | None, value: Attributes, walk: Walk) -> int | None:
    """How many sets deep the set stands; None when it is not looked into."""
    if _is_nested_scope(path, walk):
        return 1 if walk.depth > 1 else None
    if around is None or around + 1 >= walk.depth:
        return None
    is_known = any(fnmatchcase(path[-1], glob[0]) for glob in _globs(walk) if len(glob) == 1)
    asks = walk.recurse_all and value.get("recurseForDerivations") is True
    return around + 1 if is_known or asks else None


def _is_nested_scope(path: tuple[str, ...], walk: Walk) -> bool:
    return any(len(path) == len(glob) > 1 and _begins(path, glob) for glob in _globs(walk))


def _leads(path: tuple[str, ...], walk: Walk) -> bool:
    return walk.depth > 1 and any(len(path) < len(glob) and _begins(path, glob) for glob in _globs(walk))


def _begins(path: tuple[str, ...], glob: tuple[str, ...]) -> bool:
    return all(fnmatchcase(name, part) for name, part in zip(path, glob, strict=False))


def _globs(walk: Walk) -> Iterator[tuple[str, ...]]:
    return (AttrPath.parse(glob).parts for glob in walk.scopes)


def _is_copy(value: Attributes, outer: Attributes, name: str) -> bool:
    shared = len(value.keys() & outer.keys())
    return name in value and shared * 10 >= max(len(value), len(outer)) * 9


def _is_package(value: object) -> bool:
    return isinstance(value, Mapping) and value.get("type") == "derivation"


def _package(path: AttrPath, value: Attributes) -> Evaluated:
    if not isinstance(value.get("name"), str):
        return EvaluationFailure(path, "it has no name")
    meta = _evaluated(value.get("meta", {}))
    fields = _evaluated({name: field for name, field in value.items() if name not in ("type", "meta")})
    return RawPackage(path, {**fields, "meta": meta})


def _evaluated(fields: object) -> Attributes:
    known = fields if isinstance(fields, Mapping) else {}
    return {name: value for name, value in known.items() if not isinstance(value, Exception)}
