"""Manifests as the tests write them."""

from inspect import cleandoc

from kodit.domain.sources.manifest import RequirementScope
from kodit.infrastructure.manifests.reading import read_manifest

RUNTIME, DEV, BUILD, PEER, OPTIONAL = RequirementScope


def manifest(path, text):
    """What the manifest says, which must be readable."""
    read = read_manifest(path, cleandoc(text).encode())
    assert read.problem is None
    assert read.path == path
    return read.manifest


def required(found):
    """The requirements in short: name, versions, scope and, where told, the path."""
    return [tuple(one[: 4 if one.path is not None else 3]) for one in found.requirements]


def problem(path, content):
    """Why the manifest cannot be read, which it must not be."""
    read = read_manifest(path, content)
    assert read.manifest is None
    return read.problem
