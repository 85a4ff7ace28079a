"""What a package takes from its workspace, its parent, or the files above it that many share."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kodit.domain.sources.manifest import Manifest, PackageKind, Requirement, Shared
from kodit.domain.sources.package import PackageKey

_PLACE = re.compile(r"\$\{([^${}]+)\}")
_PASSES = 5
"""How often a property may stand for a text with a property in it."""

_LONGEST_LINE = 30
"""Generations above a package that are looked at."""

_ABOVE = frozenset({PackageKind.CARGO, PackageKind.GRADLE, PackageKind.DOTNET})
"""The kinds that inherit from what lies in the directories above, without saying from where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The manifests of one kind in one directory, as one: who has the first word comes first in `paths`."""

    key: PackageKey
    paths: tuple[str, ...]
    declares: bool
    name: str | None
    group: str | None
    version: str | None
    description: str | None
    requirements: tuple[Requirement, ...]
    members: tuple[str, ...] | None
    parent: str | None
    inherited: frozenset[str]
    shared: tuple[Shared, ...]
    properties: Mapping[str, str]


def merged(key: PackageKey, manifests: Sequence[Manifest]) -> Group:
    """Several manifests as one: the first that says a thing is believed, and all requirements count."""
    told = [manifest.members for manifest in manifests if manifest.members is not None]
    requirements = {(one.name, one.scope): one for manifest in reversed(manifests) for one in manifest.requirements}
    ordered = {(one.name, one.scope): None for manifest in manifests for one in manifest.requirements}
    return Group(
        key=key,
        # One that makes no package itself speaks after those that do.
        paths=tuple(one.path for one in sorted(manifests, key=lambda one: not one.declares)),
        declares=any(manifest.declares for manifest in manifests),
        name=_first(manifests, "name"),
        group=_first(manifests, "group"),
        version=_first(manifests, "version"),
        description=_first(manifests, "description"),
        requirements=tuple(requirements[name] for name in ordered),
        members=tuple(dict.fromkeys(pattern for patterns in told for pattern in patterns)) if told else None,
        parent=_first(manifests, "parent"),
        inherited=frozenset().union(*(manifest.inherited for manifest in manifests)),
        shared=tuple(manifest.shared for manifest in manifests if manifest.shared is not None),
        properties={name: value for one in reversed(manifests) for name, value in one.properties.items()},
    )


def _first(manifests: Sequence[Manifest], field: str) -> str | None:
    return next((value for one in manifests if (value := getattr(one, field)) is not None), None)


class Lineage:
    """Knows what each group inherits."""

    def __init__(self, groups: Mapping[PackageKey, Group]) -> None:
        self._groups = groups
        self._resolved: dict[PackageKey, Group] = {}

    def above(self, group: Group) -> list[Group]:
        """What the group inherits from, nearest first."""
        found: list[Group] = []
        passed = {group.key}
        current: Group | None = group
        while current is not None and len(found) < _LONGEST_LINE:
            current = self._next(current)
            if current is None or current.key in passed:
                break
            passed.add(current.key)
            found.append(current)
        return found

    def resolved(self, group: Group) -> Group:
        """The group with all that it inherits in it."""
        if group.key not in self._resolved:
            self._resolved[group.key] = self._with_inheritance(group)
        return self._resolved[group.key]

    def _next(self, group: Group) -> Group | None:
        if group.parent is not None:
            found = self._groups.get(PackageKey(group.parent.rpartition("/")[0], group.key.kind))
            return found if found is not None and _is_meant(found, group) else None
        if group.key.kind not in _ABOVE:
            return None
        path = group.key.path
        while path:
            path = path.rpartition("/")[0]
            found = self._groups.get(PackageKey(path, group.key.kind))
            if found is not None and (found.shared or found.members is not None):
                return found
        return None

    def _with_inheritance(self, group: Group) -> Group:
        line = [group, *self.above(group)]
        shared = [one for each in line for one in each.shared]
        properties = {name: value for each in reversed(line) for name, value in each.properties.items()}
        given = {one.name: one for each in reversed(shared) for one in each.requirements}
        whole = replace(
            group,
            group=_inherited(group, "group", shared),
            version=_inherited(group, "version", shared),
            description=_inherited(group, "description", shared),
            requirements=tuple(_completed(one, given) for one in group.requirements),
        )
        return _filled(whole, properties) if group.key.kind is PackageKind.MAVEN else whole


def _is_meant(found: Group, heir: Group) -> bool:
    """Whether what lies where a parent is expected is the parent: Maven asks its name."""
    wanted = heir.properties.get("project.parent.artifactId")
    return wanted is None or found.name == wanted


def _inherited(group: Group, field: str, shared: Sequence[Shared]) -> str | None:
    own: str | None = getattr(group, field)
    if own is not None or field not in group.inherited:
        return own
    return next((value for one in shared if (value := getattr(one, field)) is not None), None)


def _completed(asked: Requirement, given: Mapping[str, Requirement]) -> Requirement:
    """A requirement with what the workspace says of it."""
    source = given.get(asked.name) if asked.inherited else None
    if source is None:
        return asked
    return asked._replace(requirement=asked.requirement or source.requirement, path=asked.path or source.path)


def _filled(group: Group, properties: Mapping[str, str]) -> Group:
    """The group with the properties' values in its texts."""

    def fill(text: str) -> str:
        for _ in range(_PASSES):
            filled = _PLACE.sub(lambda found: properties.get(found[1], found[0]), text)
            # A property that contains itself twice doubles with every pass.
            if filled == text or len(filled) > len(text) + 1_000:
                break
            text = filled
        return text

    def fill_optional(text: str | None) -> str | None:
        return None if text is None else fill(text)

    return replace(
        group,
        name=fill_optional(group.name),
        group=fill_optional(group.group),
        version=fill_optional(group.version),
        description=fill_optional(group.description),
        requirements=tuple(
            one._replace(name=fill(one.name), requirement=fill(one.requirement)) for one in group.requirements
        ),
    )
