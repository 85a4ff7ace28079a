"""composer.json."""

import json
from collections.abc import Iterator

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
    table_of,
    version_of,
)

_SCOPES = (("require", RequirementScope.RUNTIME), ("require-dev", RequirementScope.DEV))


def read_composer_json(path: str, text: str) -> Manifest:
    """What a composer.json says; what it requires of PHP itself is left out. Raises ValueError when it is none."""
    held = json.loads(text)
    if not isinstance(held, dict):
        raise UnreadableError("not a JSON object")
    repositories = held.get("repositories")
    listed = repositories.values() if isinstance(repositories, dict) else items_of(repositories)
    local = [table_of(one).get("url") for one in listed if table_of(one).get("type") == "path"]
    return Manifest(
        path=path,
        kind=PackageKind.COMPOSER,
        name=name_of(held.get("name")),
        version=version_of(held.get("version")),
        description=description_of(held.get("description")),
        requirements=distinct(_requirements(held)),
        members=members_of(directory_of(path), local) if local else None,
    )


def _requirements(held: dict[str, object]) -> Iterator[Requirement | None]:
    for table, scope in _SCOPES:
        for name, versions in entries_of(held.get(table)):
            # Whatever comes with PHP has no vendor before a slash.
            if "/" in name:
                yield requirement_of(name, versions, scope)
