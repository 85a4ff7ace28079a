"""pom.xml."""

from collections.abc import Iterable, Iterator

from kodit.domain.sources.manifest import Manifest, PackageKind, Requirement, RequirementScope, Shared
from kodit.infrastructure.manifests.values import (
    UnreadableError,
    description_of,
    directory_of,
    distinct,
    members_of,
    name_of,
    requirement_of,
    version_of,
    within,
)
from kodit.infrastructure.manifests.xml_tree import Element, xml_tree

_SCOPES = {
    "test": RequirementScope.DEV,
    "provided": RequirementScope.PEER,
}


def read_pom(path: str, text: str) -> Manifest:
    """What a pom.xml says; names are `group:artifact`. Raises ValueError when it is no project."""
    project = xml_tree(text)
    if project.name != "project":
        raise UnreadableError("no Maven project")
    directory = directory_of(path)
    modules = [*project.all("modules", "module"), *project.all("profiles", "profile", "modules", "module")]
    shared = distinct(_requirements(project.all("dependencyManagement", "dependencies", "dependency")))
    return Manifest(
        path=path,
        kind=PackageKind.MAVEN,
        name=name_of(project.text("artifactId")),
        group=name_of(project.text("groupId") or project.text("parent", "groupId")),
        version=version_of(project.text("version") or project.text("parent", "version")),
        description=description_of(project.text("description") or project.text("name")),
        requirements=distinct(_requirements(project.all("dependencies", "dependency"))),
        members=members_of(directory, map(_module, modules)) if modules else None,
        parent=_parent(directory, project),
        shared=Shared(requirements=shared) if shared else None,
        properties=dict(_properties(project)),
    )


def _module(element: Element) -> str:
    """A module's directory, also where its manifest is named."""
    text = "".join(element.texts).strip()
    return text.rpartition("/")[0] or "." if text.endswith(".xml") else text


def _parent(directory: str, project: Element) -> str | None:
    parent = next(project.all("parent"), None)
    if parent is None:
        return None
    told = next(parent.all("relativePath"), None)
    # An empty relativePath says that the parent is no neighbour.
    relative = "../pom.xml" if told is None else "".join(told.texts).strip()
    path = within(directory, relative)
    return f"{path}/pom.xml".lstrip("/") if path is not None and not path.endswith(".xml") else path


def _properties(project: Element) -> Iterator[tuple[str, str]]:
    for properties in project.all("properties"):
        for element in properties.children:
            yield element.name, version_of("".join(element.texts)) or ""
    for prefix in ("project", "pom"):
        for name in ("groupId", "artifactId", "version"):
            value = project.text(name) or project.text("parent", name)
            if value is not None:
                yield f"{prefix}.{name}", version_of(value) or ""
            above = project.text("parent", name)
            if above is not None:
                yield f"{prefix}.parent.{name}", version_of(above) or ""


def _requirements(dependencies: Iterable[Element]) -> Iterator[Requirement | None]:
    for dependency in dependencies:
        group, artifact = dependency.text("groupId"), dependency.text("artifactId")
        if not group or not artifact:
            continue
        scope = _SCOPES.get(dependency.text("scope") or "", RequirementScope.RUNTIME)
        if dependency.text("optional") == "true" and scope is RequirementScope.RUNTIME:
            scope = RequirementScope.OPTIONAL
        versions = dependency.text("version")
        found = requirement_of(f"{group}:{artifact}", versions, scope)
        yield found and found._replace(inherited=versions is None)
