"""Cargo.toml."""

import tomllib
from collections.abc import Iterator
from typing import Any

from kodit.domain.sources.manifest import Manifest, PackageKind, Requirement, RequirementScope, Shared
from kodit.infrastructure.manifests.values import (
    description_of,
    directory_of,
    distinct,
    entries_of,
    items_of,
    members_of,
    name_of,
    requirement_of,
    table_of,
    version_of,
    within,
)

_SCOPES = (
    ("dependencies", RequirementScope.RUNTIME),
    ("dev-dependencies", RequirementScope.DEV),
    ("dev_dependencies", RequirementScope.DEV),
    ("build-dependencies", RequirementScope.BUILD),
    ("build_dependencies", RequirementScope.BUILD),
)


def read_cargo_toml(path: str, text: str) -> Manifest:
    """What a Cargo.toml says. Raises ValueError when it is no TOML."""
    held = tomllib.loads(text)
    package, workspace, directory = table_of(held, "package"), table_of(held, "workspace"), directory_of(path)
    root = within(directory, package.get("workspace")) if "workspace" in package else None
    return Manifest(
        path=path,
        kind=PackageKind.CARGO,
        declares=bool(package),
        name=name_of(package.get("name")),
        version=version_of(package.get("version")),
        description=description_of(package.get("description")),
        requirements=distinct(_requirements(directory, held)),
        members=_members(directory, workspace) if "workspace" in held else None,
        parent=None if root is None else f"{root}/Cargo.toml".lstrip("/"),
        inherited=frozenset(name for name in ("version", "description") if _from_workspace(package.get(name))),
        shared=_shared(directory, workspace) if workspace else None,
    )


def _members(directory: str, workspace: dict[str, Any]) -> tuple[str, ...]:
    return members_of(directory, items_of(workspace.get("members")), without=items_of(workspace.get("exclude")))


def _shared(directory: str, workspace: dict[str, Any]) -> Shared:
    package = table_of(workspace, "package")
    return Shared(
        version=version_of(package.get("version")),
        description=description_of(package.get("description")),
        requirements=distinct(_of_table(directory, workspace, "dependencies", RequirementScope.RUNTIME)),
    )


def _requirements(directory: str, held: dict[str, Any]) -> Iterator[Requirement | None]:
    for table, scope in _SCOPES:
        yield from _of_table(directory, held, table, scope)
        for _, target in entries_of(held.get("target")):
            yield from _of_table(directory, target, table, scope)


def _of_table(directory: str, held: object, table: str, scope: RequirementScope) -> Iterator[Requirement | None]:
    for key, value in entries_of(table_of(held, table)):
        if not isinstance(value, dict):
            yield requirement_of(key, value, scope)
            continue
        if scope is RequirementScope.RUNTIME and value.get("optional") is True:
            scope_here = RequirementScope.OPTIONAL
        else:
            scope_here = scope
        versions = value.get("version") or value.get("git")
        path = within(directory, value.get("path"))
        found = requirement_of(value.get("package", key), versions, scope_here, path=path)
        yield found._replace(inherited=True) if found and _from_workspace(value) else found


def _from_workspace(value: object) -> bool:
    return isinstance(value, dict) and value.get("workspace") is True
