"""Gem specifications and Gemfiles: what they say in so many words. Nothing is executed."""

import re
from collections.abc import Iterator

from kodit.domain.sources.manifest import Manifest, PackageKind, Requirement, RequirementScope
from kodit.infrastructure.manifests.values import (
    description_of,
    directory_of,
    distinct,
    name_of,
    requirement_of,
    version_of,
    within,
)

_TEXT = r"""(?:"([^"#\n]*)"|'([^'\n]*)')(?:\.freeze)?"""
_SET = re.compile(rf"\s*\w+\.(name|version|summary|description)\s*=\s*(?:%q\{{([^}}\n]*)\}}|{_TEXT})")
_ADD = re.compile(r"\s*\w+\.add_(development_|runtime_)?dependency\b[\s(]*(.*)")
_GEM = re.compile(r"\s*gem\b[\s(]+(.*)")
_QUOTED = re.compile(_TEXT)
_PATH = re.compile(rf"\bpath:\s*{_TEXT}|:path\s*=>\s*{_TEXT}")
_GROUPS = re.compile(r"\bgroups?:\s*(\[[^\]\n]*\]|:\w+)|:groups?\s*=>\s*(\[[^\]\n]*\]|:\w+)")
_GROUP_BLOCK = re.compile(r"\s*group\b(.*)\bdo\s*$")
_SYMBOL = re.compile(r":(\w+)")
_OPENING = re.compile(r"\s*(?:if|unless|case|begin|def|while)\b|.*\bdo\s*(?:\|[^|\n]*\|)?\s*$")
_CLOSING = re.compile(r"\s*end\b")

_FOR_DEVELOPERS = {"development", "test", "ci", "lint", "docs", "doc", "rubocop", "debug"}


def read_gemspec(path: str, text: str) -> Manifest:
    """What a .gemspec says literally."""
    told: dict[str, str] = {}
    requirements: list[Requirement | None] = []
    for line in _lines(text):
        if found := _SET.match(line):
            told.setdefault(found[1], next(filter(None, found.groups()[1:]), ""))
        elif added := _ADD.match(line):
            scope = RequirementScope.DEV if added[1] == "development_" else RequirementScope.RUNTIME
            requirements.append(_required(added[2], scope))
    stem = path.rpartition("/")[2].removesuffix(".gemspec")
    return Manifest(
        path=path,
        kind=PackageKind.GEM,
        name=name_of(told.get("name")) or name_of(stem),
        version=version_of(told.get("version")),
        description=description_of(told.get("summary") or told.get("description")),
        requirements=distinct(requirements),
    )


def read_gemfile(path: str, text: str) -> Manifest:
    """The gems that a Gemfile names."""
    directory = directory_of(path)
    blocks: list[RequirementScope] = []
    requirements: list[Requirement | None] = []
    for line in _lines(text):
        within_blocks = RequirementScope.DEV if RequirementScope.DEV in blocks else RequirementScope.RUNTIME
        if gem := _GEM.match(line):
            groups = _GROUPS.search(line)
            scope = _scope(groups[1] or groups[2]) if groups else within_blocks
            requirements.append(_required(gem[1], scope, within(directory, _path(line))))
        elif _CLOSING.match(line) and blocks:
            blocks.pop()
        elif _OPENING.match(line):
            group = _GROUP_BLOCK.match(line)
            blocks.append(_scope(group[1]) if group else RequirementScope.RUNTIME)
    return Manifest(path=path, kind=PackageKind.GEM, requirements=distinct(requirements))


def _lines(text: str) -> Iterator[str]:
    """Lines of a sane length that are no comments."""
    for line in text.splitlines():
        if len(line) < 1_000 and not line.lstrip().startswith("#"):
            yield line


def _required(given: str, scope: RequirementScope, path: str | None = None) -> Requirement | None:
    """The gem and the versions that stand in quotes before the first option."""
    before = re.split(r"\w+:\s|:\w+\s*=>", given, maxsplit=1)[0]
    texts = [found[1] or found[2] or "" for found in _QUOTED.finditer(before)]
    return requirement_of(texts[0], ", ".join(texts[1:]), scope, path=path) if texts else None


def _path(line: str) -> str | None:
    found = _PATH.search(line)
    return next(filter(None, found.groups()), None) if found else None


def _scope(groups: str) -> RequirementScope:
    named = _SYMBOL.findall(groups)
    return RequirementScope.DEV if named and _FOR_DEVELOPERS.issuperset(named) else RequirementScope.RUNTIME
