"""Small indexes to build artifacts of."""

import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kodit.domain.artifacts.artifact import ArtifactContents, Origin
from kodit.domain.artifacts.entries import ArtifactEntry, CodeEntry, PackageEntry, SnippetEntry
from kodit.domain.code.snippet import Snippet, SnippetKind, StoredSnippet, content_hash
from kodit.domain.code.symbol import StoredSymbol, Symbol, SymbolKind
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.nix_package import License, Maintainer, NixPackage, Position
from kodit.domain.sources.file import File, FileStatus
from kodit.domain.sources.manifest import PackageKind
from kodit.domain.sources.package import Package, StoredPackage
from kodit.infrastructure.duckdb.artifact_writer import DuckDbArtifactWriter

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DIMENSION = 4
PACKAGES_ORIGIN = Origin(
    contents=ArtifactContents.PACKAGES,
    source="nixos",
    location="https://example.org/packages.json",
    release="a" * 64,
    release_name="nixos-16.09",
    indexed_at=NOW,
    model="model-1",
    dimension=DIMENSION,
)
CODE_ORIGIN = Origin(
    contents=ArtifactContents.CODE, source="code", location="/code", model="model-1", dimension=DIMENSION
)


def vector(*components: float) -> bytes:
    length = sum(component**2 for component in components) ** 0.5
    return struct.pack(f"<{len(components)}f", *(component / length for component in components))


def package(attr: str, **fields: Any) -> NixPackage:
    path = AttrPath.parse(attr)
    return NixPackage(attr=path, **{"pname": path.name, "version": "1.0", **fields})


def entry(attr: str, made: bytes | None = None, **fields: Any) -> PackageEntry:
    described = package(attr, **fields)
    return PackageEntry(package=described, key=content_hash(attr, described.text), vector=made)


FIREFOX = entry(
    "firefox",
    vector(1, 0, 0, 0),
    version="47.0",
    description="A web browser, „built“ from source",
    long_description="A browser\nfor the\0 web \ud800 and 'more'",
    homepages=("https://firefox.example/", "https://two.example/"),
    licenses=(License("Mozilla, Public License", "MPL-2.0", is_free=True), License("Own, terms")),
    maintainers=(Maintainer("Ada, L.", "ada@example.org", "ada"), Maintainer("Bo")),
    platforms=("x86_64-linux", "aarch64-linux"),
    assigned_in=Position("pkgs/top-level/all-packages.nix", 12),
    implemented_in=Position("pkgs/firefox/default.nix", 1),
    main_program="firefox",
    outputs=("out", "dev"),
    system="x86_64-linux",
    is_insecure=True,
)
PACKAGES = [
    FIREFOX,
    entry("lynx", vector(0.9, 0.1, 0, 0), description="A text-mode web browser", licenses=(License("x", "MIT"),)),
    entry("python3Packages.numpy", vector(0, 1, 0, 0), description="Arrays of numbers", is_broken=True),
    entry("gimp", vector(0, 0, 1, 0), description="An image editor", licenses=(License("y", "GPL-2.0-or-later"),)),
    entry("nothing", None, version=""),
]

PYTHON = "def parse_headers(text):\n" + "".join(f"    line_{n} = {n}\n" for n in range(20)) + "    return text\n"


def snippet(number: int, path: str, content: str, **fields: Any) -> StoredSnippet:
    told = {"kind": SnippetKind.FUNCTION, "language": "python", "symbol": None, **fields}
    cut = Snippet(
        path=path,
        start_line=1,
        end_line=content.count("\n"),
        content=content,
        content_hash=content_hash(path, content),
        **told,
    )
    return StoredSnippet(id=number, index_id=1, file_id=number, snippet=cut)


def file(number: int, path: str, language: str = "python") -> File:
    return File(
        index_id=1,
        id=number,
        path=path,
        size=10,
        mtime_ns=0,
        content_hash="b" * 40,
        status=FileStatus.CLEAN,
        language=language,
        author="Ada",
        changed_at=NOW,
    )


CODE: list[ArtifactEntry] = [
    StoredPackage(
        id=7, index_id=1, package=Package(path="", kind=PackageKind.PYTHON, name="shop", manifest="pyproject.toml")
    ),
    CodeEntry(
        file=file(1, "http/headers.py"),
        snippets=[
            SnippetEntry(
                stored=snippet(1, "http/headers.py", PYTHON, symbol="parse_headers"), vector=vector(1, 0, 0, 0)
            )
        ],
        symbols=[
            StoredSymbol(
                id=3,
                index_id=1,
                file_id=1,
                parent_id=None,
                symbol=Symbol(
                    name="parse_headers",
                    qualified_name="parse_headers",
                    kind=SymbolKind.FUNCTION,
                    start_line=1,
                    end_line=22,
                    head_line=1,
                    signature="def parse_headers(text)",
                ),
            )
        ],
    ),
    CodeEntry(
        file=file(2, "users.js", "javascript"),
        snippets=[
            SnippetEntry(
                stored=snippet(
                    2, "users.js", "const getUserName = (u) => u.name;\n", language="javascript", symbol="getUserName"
                ),
                vector=vector(0, 1, 0, 0),
            )
        ],
    ),
    CodeEntry(file=file(3, "empty.py")),
]


async def pages(entries: Sequence[ArtifactEntry], size: int = 2) -> AsyncIterator[Sequence[ArtifactEntry]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]


@asynccontextmanager
async def quietly(_operation: str, **_: Any) -> AsyncIterator[None]:
    yield


def writer() -> DuckDbArtifactWriter:
    return DuckDbArtifactWriter(version="1.2.3", now=lambda: NOW)


def left_behind(directory: Path) -> list[str]:
    """What lies there besides what was asked for."""
    return sorted(path.name for path in directory.iterdir() if path.name.startswith("."))
