"""mix.exs: what it says in so many words. Nothing is executed."""

import re
from collections.abc import Iterator

from kodit.domain.sources.manifest import Manifest, PackageKind, Requirement, RequirementScope
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

_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*+")|#[^\n]*')
_APP = re.compile(r"\bapp:\s*:(\w+)")
_FIELD = re.compile(r'\b(version|description|apps_path):\s*(?:"([^"\n]*)"|(@\w+))')
_ATTRIBUTE = re.compile(r'^[ \t]*(@\w+)[ \t]+"([^"\n]*)"', re.MULTILINE)
_REQUIRED = re.compile(r'\{\s*:(\w+)\s*,\s*(?:"([^"\n]*)"\s*,?)?([^{}\n]*(?:\n[^{}\n:]*:[^{}\n]*)?)\}')
_ONLY = re.compile(r"\bonly:\s*(\[[^\]]*\]|:\w+)")
_PATH = re.compile(r'\bpath:\s*"([^"\n]*)"')
_OPTION = re.compile(r"\b(?:path|git|github|in_umbrella|only|optional|override|runtime|hex|organization|app|env):")


def read_mix_exs(path: str, text: str) -> Manifest:
    """What a mix.exs says literally."""
    text = _COMMENT.sub(lambda found: found[1] or "", text)
    attributes = dict(_ATTRIBUTE.findall(text))
    told: dict[str, str] = {}
    for field, value, attribute in _FIELD.findall(text):
        told.setdefault(field, value or attributes.get(attribute, ""))
    app = _APP.search(text)
    directory = directory_of(path)
    umbrella = told.get("apps_path")
    return Manifest(
        path=path,
        kind=PackageKind.MIX,
        declares="Mix.Project" in text,
        name=name_of(app[1]) if app else None,
        version=version_of(told.get("version")),
        description=description_of(told.get("description")),
        requirements=distinct(_requirements(directory, text)),
        members=members_of(directory, [f"{umbrella}/*"]) if umbrella else None,
    )


def _requirements(directory: str, text: str) -> Iterator[Requirement | None]:
    for name, versions, options in _REQUIRED.findall(text):
        if not versions and not _OPTION.search(options):
            continue
        only = _ONLY.search(options)
        scope = RequirementScope.DEV if only and ":prod" not in only[1] else RequirementScope.RUNTIME
        if "optional: true" in options:
            scope = RequirementScope.OPTIONAL
        place = _PATH.search(options)
        yield requirement_of(name, versions, scope, path=within(directory, place[1]) if place else None)
