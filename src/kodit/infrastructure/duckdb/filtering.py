"""Filters as conditions on the table of entries."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from kodit.domain.artifacts.answers import ArtifactFilters
from kodit.domain.artifacts.artifact import ArtifactContents, ArtifactForm, ArtifactManifest
from kodit.domain.code.near_names import meant_names
from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.licenses import licenses
from kodit.domain.nixpkgs.nix_package import FLAGS

_LABELS = {
    ArtifactForm.FULL: "flatten([[one.name, one.spdx_id] for one in licenses])",
    ArtifactForm.MINIFIED: "string_split(licenses, ', ')",
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A condition with its parameters; it holds for every entry unless it `narrows`."""

    condition: str
    parameters: tuple[Any, ...] = ()
    narrows: bool = True


def narrowing(manifest: ArtifactManifest, filters: ArtifactFilters) -> Narrowing:
    """What entries must be like. Raises InvalidInput for a filter that means nothing to what the artifact has."""
    contents = manifest.origin.contents
    of_packages, of_code = bool(filters.licenses or filters.without), bool(filters.languages)
    if (of_packages and contents is ArtifactContents.CODE) or (of_code and contents is ArtifactContents.PACKAGES):
        meant = "packages of nixpkgs" if of_packages else "code"
        raise InvalidInput(
            f"this filter is for {meant}, and the artifact has {contents.value}", remedy="search without it"
        )
    conditions: list[str] = []
    parameters: list[Any] = []
    if filters.languages:
        conditions.append("list_contains(?::VARCHAR[], language)")
        parameters.append(sorted(filters.languages))
    if filters.licenses:
        conditions.append(f"list_has_any([lower(one) for one in {_LABELS[manifest.form]}], ?::VARCHAR[])")
        parameters.append(sorted({label for text in filters.licenses for label in _labels(text)}))
    if unknown := sorted(filters.without - set(FLAGS)):
        raise InvalidInput(f"no package is marked {unknown[0]}", remedy=f"one of {', '.join(FLAGS)}")
    conditions += [f"NOT is_{flag}" for flag in sorted(filters.without)]
    return Narrowing(" AND ".join(conditions) or "true", tuple(parameters), narrows=bool(conditions))


def held_licenses(manifest: ArtifactManifest) -> str:
    """A statement for how the licences of packages stand there, by name or SPDX identifier."""
    return f"SELECT DISTINCT unnest({_LABELS[manifest.form]}) FROM packages"  # noqa: S608 - our own names


def check_license(asked: str, held: Collection[str]) -> None:
    """Raises InvalidInput for a licence that is not among those that packages have."""
    if _labels(asked).isdisjoint(label.lower() for label in held):
        near = meant_names(asked, held)
        remedy = f"did you mean {', '.join(near)}?" if near else "search without it: the answers tell their licences"
        raise InvalidInput(f"no package has the licence {asked}", remedy=remedy)


def passing(entries: str, key: str, narrowed: Narrowing) -> str:
    """A statement for the numbers of the entries that pass."""
    return f"SELECT {key} FROM {entries} WHERE {narrowed.condition}"  # noqa: S608 - our own names


def _labels(text: str) -> set[str]:
    """How a licence may stand there, in lower case; an SPDX identifier without its end means each that begins so."""
    wanted = text.casefold().strip()
    known = [license.spdx_id for license in licenses(text) if license.spdx_id]
    return {wanted, f"{wanted}-only", f"{wanted}-or-later", *(spdx_id.lower() for spdx_id in known)}
