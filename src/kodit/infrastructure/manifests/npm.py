"""package.json, and the list of members in pnpm-workspace.yaml."""

import json
import re
from collections.abc import Iterator
from typing import Any

from kodit.domain.sources.manifest import Manifest, PackageKind, Requirement, RequirementScope
from kodit.infrastructure.manifests.values import (
    UnreadableError,
    description_of,
    directory_of,
    distinct,
    entries_of,
    items_of,
    members_of,
    name_of,
    requirement_of,
    version_of,
    within,
)

_SCOPES = (
    ("optionalDependencies", RequirementScope.OPTIONAL),
    ("dependencies", RequirementScope.RUNTIME),
    ("peerDependencies", RequirementScope.PEER),
    ("devDependencies", RequirementScope.DEV),
)
_SPEAKING = {"name", "version", "scripts", "workspaces", *(name for name, _ in _SCOPES)}
"""A package.json without any of these only tells Node.js how to read the files beside it."""

_LOCAL = re.compile(r"(?:file|link|portal|workspace):(?=[./])")
_ITEM = re.compile(r"""\s*-\s+(?:"([^"]*)"|'([^']*)'|([^\s#'"][^#]*?))\s*(?:#.*)?""")
_FLOW_ITEM = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^,'"\]]+))\s*(?:,|$)""")


def read_package_json(path: str, text: str) -> Manifest:
    """What a package.json says. Raises ValueError when it is no JSON object."""
    held = json.loads(text)
    if not isinstance(held, dict):
        raise UnreadableError("not a JSON object")
    workspaces = held.get("workspaces")
    if isinstance(workspaces, dict):
        workspaces = workspaces.get("packages")
    directory = directory_of(path)
    return Manifest(
        path=path,
        kind=PackageKind.NPM,
        declares=not _SPEAKING.isdisjoint(held),
        name=name_of(held.get("name")),
        version=version_of(held.get("version")),
        description=description_of(held.get("description")),
        requirements=distinct(_requirements(directory, held)),
        members=None if workspaces is None else members_of(directory, items_of(workspaces)),
    )


def _requirements(directory: str, held: dict[str, Any]) -> Iterator[Requirement | None]:
    for table, scope in _SCOPES:
        for name, versions in entries_of(held.get(table)):
            local = _LOCAL.match(versions) if isinstance(versions, str) else None
            path = within(directory, versions[local.end() :]) if local else None
            yield requirement_of(name, versions, scope, path=path)


def read_pnpm_workspace(path: str, text: str) -> Manifest:
    """The directories that a pnpm-workspace.yaml lists under `packages`: plain texts, in a block or in brackets."""
    members: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("packages:"):
            inside = True
            members += _in_brackets(line.removeprefix("packages:").strip())
        elif inside and (item := _ITEM.fullmatch(line)):
            members.append(item[1] or item[2] or item[3] or "")
        elif inside and line.strip() and not line.lstrip().startswith("#"):
            inside = line[0].isspace()
    return Manifest(path=path, kind=PackageKind.NPM, declares=False, members=members_of(directory_of(path), members))


def _in_brackets(text: str) -> list[str]:
    inner = text.partition("#")[0].strip()
    if not inner.startswith("["):
        return []
    return [found[1] or found[2] or (found[3] or "").strip() for found in _FLOW_ITEM.finditer(inner[1:].rstrip("]"))]
