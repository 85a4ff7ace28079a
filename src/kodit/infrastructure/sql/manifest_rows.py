"""What a manifest says <-> JSON."""

from collections.abc import Mapping
from typing import Any

from kodit.domain.sources.manifest import (
    READ_AS,
    Manifest,
    PackageKind,
    ReadManifest,
    Requirement,
    RequirementScope,
    Shared,
    StoredManifest,
)

_TEXTS = ("name", "group", "version", "description", "parent")
_SHARED = ("group", "version", "description")


def manifest_row(index_id: int, stored: StoredManifest) -> dict[str, Any]:
    """A manifest as a row."""
    manifest = stored.read.manifest
    return {
        "index_id": index_id,
        "path": stored.read.path,
        "content_hash": stored.content_hash,
        "read_as": stored.read_as,
        "facts": None if manifest is None else _facts(manifest),
        "problem": stored.read.problem,
    }


def stored_manifest(row: Any) -> StoredManifest:
    """A row as a manifest. One that was read by other rules than those of today is empty: it is read again anyway."""
    today = row.read_as == READ_AS
    manifest = _manifest(row.path, row.facts) if today and row.facts is not None else None
    read = ReadManifest(path=row.path, manifest=manifest, problem=row.problem)
    return StoredManifest(content_hash=row.content_hash, read=read, read_as=row.read_as)


def _facts(manifest: Manifest) -> dict[str, Any]:
    """Without what is empty, as most of it is."""
    shared = manifest.shared
    facts: dict[str, Any] = {name: getattr(manifest, name) for name in _TEXTS}
    facts |= {
        "kind": manifest.kind.value,
        "declares": manifest.declares,
        "requirements": [_requirement_row(one) for one in manifest.requirements],
        "members": None if manifest.members is None else list(manifest.members),
        "inherited": sorted(manifest.inherited),
        "shared": None if shared is None else _shared_row(shared),
        "properties": dict(manifest.properties),
    }
    return {name: value for name, value in facts.items() if value or name in ("declares", "members", "shared")}


def _shared_row(shared: Shared) -> dict[str, Any]:
    texts = {name: getattr(shared, name) for name in _SHARED}
    return texts | {"requirements": [_requirement_row(one) for one in shared.requirements]}


def _requirement_row(one: Requirement) -> list[Any]:
    return [one.name, one.requirement, one.scope.value, one.path, one.inherited]


def _manifest(path: str, facts: Mapping[str, Any]) -> Manifest:
    shared = facts["shared"]
    return Manifest(
        path=path,
        kind=PackageKind(facts["kind"]),
        declares=facts["declares"],
        requirements=_requirements(facts.get("requirements", ())),
        members=None if facts["members"] is None else tuple(facts["members"]),
        inherited=frozenset(facts.get("inherited", ())),
        shared=None if shared is None else _shared(shared),
        properties=facts.get("properties", {}),
        **{name: facts.get(name) for name in _TEXTS},
    )


def _shared(row: Mapping[str, Any]) -> Shared:
    return Shared(requirements=_requirements(row["requirements"]), **{name: row[name] for name in _SHARED})


def _requirements(rows: Any) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(name, versions, RequirementScope(scope), path, inherited)
        for name, versions, scope, path, inherited in rows
    )
