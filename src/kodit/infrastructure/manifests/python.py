"""pyproject.toml (PEP 621, PEP 735, Poetry, uv), setup.cfg, and setup.py, which is parsed and never executed."""

import ast
import configparser
import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

from kodit.domain.sources.manifest import Manifest, PackageKind, Requirement, RequirementScope
from kodit.infrastructure.manifests.setup_call import setup_arguments
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
    within,
)

_REQUIRED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)", re.DOTALL)
_RUNTIME, _DEV, _BUILD, _OPTIONAL = (
    RequirementScope.RUNTIME,
    RequirementScope.DEV,
    RequirementScope.BUILD,
    RequirementScope.OPTIONAL,
)


def read_pyproject(path: str, text: str) -> Manifest:
    """What a pyproject.toml says. Raises ValueError when it is no TOML."""
    held = tomllib.loads(text)
    project, poetry, directory = table_of(held, "project"), table_of(held, "tool", "poetry"), directory_of(path)
    workspace = table_of(held, "tool", "uv", "workspace")
    taken_from = dict(_sources(directory, table_of(held, "tool", "uv", "sources")))
    requirements = [
        one if one is None else one._replace(path=taken_from.get(normal(one.name), one.path))
        for one in (*_of_project(held), *_of_poetry(directory, poetry))
    ]
    return Manifest(
        path=path,
        kind=PackageKind.PYTHON,
        declares=bool(project or "name" in poetry),
        name=name_of(project.get("name") or poetry.get("name")),
        version=version_of(project.get("version") or poetry.get("version")),
        description=description_of(project.get("description") or poetry.get("description")),
        requirements=distinct(requirements),
        members=_members(directory, workspace) if workspace else None,
    )


def normal(name: str) -> str:
    """A name of a Python package as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required(line: object, scope: RequirementScope = _RUNTIME) -> Requirement | None:
    """A requirement as PEP 508 writes it, without what it says of extras and of where it holds."""
    found = _REQUIRED.match(line.strip()) if isinstance(line, str) else None
    if found is None:
        return None
    return requirement_of(found[1], found[2].partition(";")[0].strip().strip("()"), scope)


def _members(directory: str, workspace: dict[str, Any]) -> tuple[str, ...]:
    return members_of(directory, items_of(workspace.get("members")), without=items_of(workspace.get("exclude")))


def _sources(directory: str, sources: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Where uv takes packages from, as far as that lies in the source."""
    for name, value in entries_of(sources):
        path = within(directory, table_of(value).get("path"))
        if path is not None:
            yield normal(name), path


def _of_project(held: dict[str, Any]) -> Iterator[Requirement | None]:
    project = table_of(held, "project")
    yield from (required(line) for line in items_of(project.get("dependencies")))
    for _, lines in entries_of(project.get("optional-dependencies")):
        yield from (required(line, _OPTIONAL) for line in items_of(lines))
    groups = [
        *table_of(held, "dependency-groups").values(),
        *table_of(held, "tool", "pdm", "dev-dependencies").values(),
        table_of(held, "tool", "uv").get("dev-dependencies"),
    ]
    for lines in groups:
        yield from (required(line, _DEV) for line in items_of(lines))
    yield from (required(line, _BUILD) for line in items_of(table_of(held, "build-system").get("requires")))


def _of_poetry(directory: str, poetry: dict[str, Any]) -> Iterator[Requirement | None]:
    yield from _of_poetry_table(directory, poetry.get("dependencies"), _RUNTIME)
    yield from _of_poetry_table(directory, poetry.get("dev-dependencies"), _DEV)
    for _, group in entries_of(poetry.get("group")):
        yield from _of_poetry_table(directory, table_of(group).get("dependencies"), _DEV)


def _of_poetry_table(directory: str, table: object, scope: RequirementScope) -> Iterator[Requirement | None]:
    for name, value in entries_of(table):
        if name == "python":
            continue
        # Of several alternatives, for several versions of Python, the first stands for all.
        first = next(items_of(value), value)
        if not isinstance(first, dict):
            yield requirement_of(name, first, scope)
            continue
        optional = scope is _RUNTIME and first.get("optional") is True
        versions = first.get("version") or first.get("git") or first.get("url")
        path = within(directory, first.get("path"))
        yield requirement_of(name, versions, _OPTIONAL if optional else scope, path=path)


def read_setup_cfg(path: str, text: str) -> Manifest:
    """What a setup.cfg says of a package; most only set up tools. Raises ValueError when it is none."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise UnreadableError(str(error).partition("\n")[0]) from None
    metadata = dict(parser.items("metadata")) if parser.has_section("metadata") else {}
    options = dict(parser.items("options")) if parser.has_section("options") else {}
    extras = parser.items("options.extras_require") if parser.has_section("options.extras_require") else []
    requirements = [
        *_of_lines([options.get("install_requires")], _RUNTIME),
        *_of_lines((lines for _, lines in extras), _OPTIONAL),
        *_of_lines([options.get("tests_require")], _DEV),
        *_of_lines([options.get("setup_requires")], _BUILD),
    ]
    return Manifest(
        path=path,
        kind=PackageKind.PYTHON,
        declares="name" in metadata or "packages" in options or "py_modules" in options,
        name=name_of(metadata.get("name")),
        version=_literal(metadata.get("version")),
        description=description_of(_literal(metadata.get("description", metadata.get("summary")))),
        requirements=distinct(requirements),
    )


def _literal(value: str | None) -> str | None:
    """A value that stands there itself, not one to be found in a file or a module."""
    return None if value is None or value.startswith(("attr:", "file:")) else version_of(value)


def _of_lines(values: Iterable[str | None], scope: RequirementScope) -> Iterator[Requirement | None]:
    for value in values:
        yield from (required(line, scope) for line in (_literal_lines(value)))


def _literal_lines(value: str | None) -> list[str]:
    return [] if value is None or value.startswith("file:") else value.replace(";\n", "\n").split("\n")


def read_setup_py(path: str, text: str) -> Manifest:
    """What a setup.py gives to `setup` in so many words. Raises ValueError when it is no Python."""
    try:
        arguments = setup_arguments(ast.parse(text))
    except SyntaxError as error:
        raise UnreadableError(f"no Python: {error.msg} in line {error.lineno}") from None
    given = arguments or {}
    requirements = [
        *(required(line) for line in _lines(given.get("install_requires"))),
        *(required(line, _OPTIONAL) for _, lines in entries_of(given.get("extras_require")) for line in _lines(lines)),
        *(required(line, _DEV) for line in _lines(given.get("tests_require"))),
        *(required(line, _BUILD) for line in _lines(given.get("setup_requires"))),
    ]
    return Manifest(
        path=path,
        kind=PackageKind.PYTHON,
        declares=arguments is not None,
        name=name_of(given.get("name")),
        version=version_of(given.get("version")),
        description=description_of(given.get("description")),
        requirements=distinct(requirements),
    )


def _lines(value: object) -> list[Any]:
    return value.splitlines() if isinstance(value, str) else list(items_of(value))
