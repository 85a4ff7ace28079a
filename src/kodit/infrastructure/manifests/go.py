"""go.mod and go.work."""

import re
from collections.abc import Iterator

from kodit.domain.sources.manifest import Manifest, PackageKind, Requirement
from kodit.infrastructure.manifests.values import directory_of, distinct, members_of, name_of, requirement_of, within

_WORD = re.compile(r'"([^"]*)"|`([^`]*)`|(//.*)|([^\s"`]+)')


def read_go_mod(path: str, text: str) -> Manifest:
    """What a go.mod says. What it requires only for others (`// indirect`) is left out: the package does not use it."""
    directory = directory_of(path)
    name = None
    required: list[tuple[str, str]] = []
    replaced: dict[str, str] = {}
    for verb, words, remark in _directives(text):
        match verb, words:
            case "module", [module, *_]:
                name = name_of(module)
            case "require", [module, version] if not remark.removeprefix("//").strip().startswith("indirect"):
                required.append((module, version))
            case "replace", [module, *rest] if "=>" in rest and rest[-1].startswith("."):
                replaced[module] = rest[-1]
            case _:
                pass
    return Manifest(
        path=path,
        kind=PackageKind.GO,
        declares=name is not None,
        name=name,
        requirements=_requirements(directory, required, replaced),
    )


def _requirements(directory: str, required: list[tuple[str, str]], replaced: dict[str, str]) -> tuple[Requirement, ...]:
    return distinct(
        requirement_of(module, version, path=within(directory, replaced.get(module))) for module, version in required
    )


def read_go_work(path: str, text: str) -> Manifest:
    """The directories that a go.work uses."""
    used = [words[0] for verb, words, _ in _directives(text) if verb == "use" and words]
    return Manifest(path=path, kind=PackageKind.GO, declares=False, members=members_of(directory_of(path), used))


def _directives(text: str) -> Iterator[tuple[str, list[str], str]]:
    """Each directive with its words and the remark behind it; those of a block with the block's verb."""
    block = None
    for line in text.splitlines():
        words = []
        remark = ""
        for found in _WORD.finditer(line):
            if found[3]:
                remark = found[3]
            else:
                words.append(found[1] or found[2] or found[4] or "")
        if words == [")"]:
            block = None
        elif len(words) == 2 and words[1] == "(":
            block = words[0]
        elif block is not None and words:
            yield block, words, remark
        elif words:
            yield words[0], words[1:], remark
