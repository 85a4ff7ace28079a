"""What is written into an artifact."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kodit.domain.code.snippet import StoredSnippet
from kodit.domain.code.symbol import StoredSymbol
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.domain.search.ports import Vector
from kodit.domain.sources.file import File
from kodit.domain.sources.package import StoredPackage


class TextToEmbed(NamedTuple):
    """A text, and the key that its vector is kept by."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageEntry:
    """A package of nixpkgs; `key` is its text's, as the index keeps vectors by.

    It has no vector where its text says nothing to the model, or where the artifact has none.
    """

    package: NixPackage
    key: str
    vector: Vector | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnippetEntry:
    """A snippet with its vector, None as for packages."""

    stored: StoredSnippet
    vector: Vector | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """A file with its snippets and symbols."""

    file: File
    snippets: Sequence[SnippetEntry] = ()
    symbols: Sequence[StoredSymbol] = ()


ArtifactEntry = PackageEntry | CodeEntry | StoredPackage


def telling(vector: Vector | None) -> Vector | None:
    """The vector, None for the zero vector: it is near to nothing."""
    return vector if vector is not None and any(vector) else None
