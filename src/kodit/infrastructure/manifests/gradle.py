"""build.gradle, settings.gradle and gradle.properties: what they say in so many words."""

import re
from collections.abc import Iterator

from kodit.domain.sources.manifest import Manifest, PackageKind, Requirement, RequirementScope, Shared
from kodit.infrastructure.manifests.gradle_text import literals, statements
from kodit.infrastructure.manifests.values import (
    description_of,
    directory_of,
    distinct,
    members_of,
    name_of,
    requirement_of,
    version_of,
    within,
)

_SETTING = re.compile(r"(?:project\.)?(group|version|description)(?:\s*=\s*|\s+)(?=['\"])")
_ROOT_NAME = re.compile(r"rootProject\.name\s*=")
_INCLUDE = re.compile(r"include\b")
_DIRECTORY = re.compile(r"project\s*\(\s*['\"]:?([\w.:-]+)['\"]\s*\)\.projectDir\s*=(.*)", re.DOTALL)
_CONFIGURATION = re.compile(r"\"?([A-Za-z]\w*)\"?\s*[\s(]")
_PROJECT = re.compile(r"\bproject\s*\(\s*(?:path\s*[:=]\s*)?['\"](:[\w.:-]*)['\"]")
_PARTS = re.compile(r"\b(group|name|version)\s*[:=]\s*['\"]([^'\"]*)['\"]")
_COORDINATES = re.compile(r"([\w.-]+):([\w.-]+)(?::([^:@\s]+))?(?:[:@].*)?")

_EVERYWHERE = {"allprojects", "subprojects"}
_BUILD = {"compileonly", "annotationprocessor", "kapt", "ksp", "classpath", "developmentonly"}


def read_build(path: str, text: str) -> Manifest:
    """What a build.gradle or build.gradle.kts says."""
    own: dict[str, str] = {}
    shared: dict[str, str] = {}
    requirements: list[Requirement | None] = []
    for blocks, statement in statements(text):
        if blocks and blocks[-1] == "dependencies" and blocks[0] not in _EVERYWHERE:
            requirements += _requirements(blocks, statement)
        elif (setting := _SETTING.match(statement)) and (found := literals(statement)) and "$" not in found[0]:
            if not blocks or blocks == ("allprojects",):
                own.setdefault(setting[1], found[0])
            if blocks and blocks[0] in _EVERYWHERE and len(blocks) == 1:
                shared.setdefault(setting[1], found[0])
    return Manifest(
        path=path,
        kind=PackageKind.GRADLE,
        group=name_of(own.get("group")),
        version=version_of(own.get("version")),
        description=description_of(own.get("description")),
        requirements=distinct(requirements),
        inherited=frozenset({"group", "version"}),
        shared=_shared(shared) if shared else None,
    )


def read_settings(path: str, text: str) -> Manifest:
    """What a settings.gradle says: the root's name, and where the projects lie that it includes.

    A property `:core:api` is the directory of the project with this path.
    """
    directory = directory_of(path)
    name = None
    projects: dict[str, str] = {}
    for _, statement in statements(text):
        found = literals(statement)
        if found and _ROOT_NAME.match(statement):
            name = name_of(found[0])
        elif _INCLUDE.match(statement):
            for project in filter(None, (text.strip(":") for text in found)):
                projects[project] = within(directory, project.replace(":", "/")) or ""
        elif (moved := _DIRECTORY.match(statement)) and (places := literals(moved[2])):
            projects[moved[1].strip(":")] = within(directory, places[-1]) or ""
    inside = {project: place for project, place in projects.items() if place}
    return Manifest(
        path=path,
        kind=PackageKind.GRADLE,
        declares=False,
        name=name,
        members=members_of("", inside.values()),
        properties={f":{project}": place for project, place in inside.items()},
    )


def read_properties(path: str, text: str) -> Manifest:
    """The group and the version in a gradle.properties, which hold for its directory and for what inherits from it."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and key.strip() in ("group", "version"):
            found[key.strip()] = value.strip()
    return Manifest(
        path=path,
        kind=PackageKind.GRADLE,
        declares=False,
        group=name_of(found.get("group")),
        version=version_of(found.get("version")),
        shared=_shared(found) if found else None,
    )


def _shared(found: dict[str, str]) -> Shared:
    return Shared(
        group=name_of(found.get("group")),
        version=version_of(found.get("version")),
        description=description_of(found.get("description")),
    )


def _requirements(blocks: tuple[str, ...], statement: str) -> Iterator[Requirement | None]:
    configuration = _CONFIGURATION.match(statement)
    if configuration is None:
        return
    scope = _scope(blocks, configuration[1].lower())
    for project in _PROJECT.finditer(statement):
        yield requirement_of(project[1], "", scope)
    parts = dict(_PARTS.findall(statement))
    if "group" in parts and "name" in parts:
        yield requirement_of(f"{parts['group']}:{parts['name']}", parts.get("version"), scope)
        return
    for text in literals(statement):
        if found := _COORDINATES.fullmatch(text):
            yield requirement_of(f"{found[1]}:{found[2]}", found[3], scope)


def _scope(blocks: tuple[str, ...], configuration: str) -> RequirementScope:
    if "test" in configuration or any("test" in block.lower() for block in blocks):
        return RequirementScope.DEV
    build = blocks[0] == "buildscript" or configuration in _BUILD
    return RequirementScope.BUILD if build else RequirementScope.RUNTIME
