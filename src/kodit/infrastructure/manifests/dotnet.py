"""Projects of .NET, and the files beside them that hold what many projects share."""

import re
from collections.abc import Iterator

from kodit.domain.sources.manifest import Manifest, PackageKind, Requirement, RequirementScope, Shared
from kodit.infrastructure.manifests.values import (
    UnreadableError,
    description_of,
    directory_of,
    distinct,
    name_of,
    requirement_of,
    version_of,
    within,
)
from kodit.infrastructure.manifests.xml_tree import Element, xml_tree

_PROPERTY = re.compile(r"\$\(([\w.]+)\)")
_FIELDS = frozenset({"version", "description"})


def read_project(path: str, text: str) -> Manifest:
    """What a .csproj, .fsproj or .vbproj says. Raises ValueError when it is no project."""
    project = _project(text)
    properties = _properties(project)
    stem = path.rpartition("/")[2].rpartition(".")[0]
    return Manifest(
        path=path,
        kind=PackageKind.DOTNET,
        name=name_of(_told(properties, "PackageId") or _told(properties, "AssemblyName") or stem),
        version=_version(properties),
        description=description_of(_told(properties, "Description")),
        requirements=distinct(_requirements(directory_of(path), project, properties)),
        inherited=_FIELDS,
    )


def read_props(path: str, text: str) -> Manifest:
    """What a Directory.Build.props or a Directory.Packages.props gives to the projects below it."""
    project = _project(text)
    properties = _properties(project)
    versions = [
        requirement_of(_filled(item.attributes.get("Include"), properties), _version_of_item(item, properties))
        for item in project.all("ItemGroup", "PackageVersion")
    ]
    shared = Shared(
        version=_version(properties),
        description=description_of(_told(properties, "Description")),
        requirements=distinct(versions),
    )
    return Manifest(path=path, kind=PackageKind.DOTNET, declares=False, shared=shared, inherited=_FIELDS)


def _project(text: str) -> Element:
    project = xml_tree(text)
    if project.name != "Project":
        raise UnreadableError("no .NET project")
    return project


def _properties(project: Element) -> dict[str, str]:
    """Each property's first value; a later one holds under a condition, as a rule."""
    found: dict[str, str] = {}
    for group in project.all("PropertyGroup"):
        for element in group.children:
            found.setdefault(element.name, "".join(element.texts).strip())
    return found


def _version(properties: dict[str, str]) -> str | None:
    return version_of(_told(properties, "Version") or _told(properties, "VersionPrefix"))


def _told(properties: dict[str, str], name: str) -> str | None:
    return _filled(properties.get(name), properties)


def _filled(value: str | None, properties: dict[str, str]) -> str | None:
    """The value with the project's own properties in it; None where one is missing."""
    if value is None:
        return None
    filled = _PROPERTY.sub(lambda found: properties.get(found[1], found[0]), value)
    return None if "$(" in filled else filled


def _requirements(directory: str, project: Element, properties: dict[str, str]) -> Iterator[Requirement | None]:
    for item in project.all("ItemGroup", "PackageReference"):
        build = "all" in (item.attributes.get("PrivateAssets"), item.text("PrivateAssets"))
        versions = _version_of_item(item, properties)
        name = _filled(item.attributes.get("Include"), properties)
        scope = RequirementScope.BUILD if build else RequirementScope.RUNTIME
        found = requirement_of(name, versions, scope)
        yield found and found._replace(inherited=versions is None)
    for item in project.all("ItemGroup", "ProjectReference"):
        path = within(directory, item.attributes.get("Include"))
        if path is not None:
            yield requirement_of(path.rpartition("/")[2].rpartition(".")[0], "", path=path)


def _version_of_item(item: Element, properties: dict[str, str]) -> str | None:
    return _filled(item.attributes.get("Version") or item.text("Version"), properties)
