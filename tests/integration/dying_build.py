"""Builds both forms of an artifact, and dies by SIGKILL when a step begins, or before a file takes its place.

Arguments: a directory, how many packages, and what it dies of: the name of a step, or the name of a file.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from kodit.domain.artifacts.artifact import ArtifactContents, Origin
from kodit.domain.artifacts.entries import ArtifactEntry, PackageEntry
from kodit.domain.artifacts.terms import BuildTerms, Targets
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.infrastructure.duckdb.artifact_writer import DuckDbArtifactWriter

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ORIGIN = Origin(contents=ArtifactContents.PACKAGES, source="demo", location="/demo", model="model", dimension=2)


def targets(directory: str) -> Targets:
    return Targets(full=f"{directory}/full.duckdb", minified=f"{directory}/minified.duckdb")


async def entries(number: int) -> AsyncIterator[Sequence[ArtifactEntry]]:
    for one in range(number):
        package = NixPackage(attr=AttrPath((f"p{one}",)), pname=f"p{one}", description="what it is for")
        yield [PackageEntry(package=package, key=f"{one:064}", vector=b"\0\0\x80\x3f\0\0\0\0")]


async def build(directory: str, number: int, step: Any) -> None:
    writer = DuckDbArtifactWriter(version="1", now=lambda: NOW)
    await writer.write(targets(directory), ORIGIN, entries(number), BuildTerms(), step)


@asynccontextmanager
async def quietly(_operation: str, **_: Any) -> AsyncIterator[None]:
    yield


async def main(directory: str, number: int, fatal: str) -> None:
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @asynccontextmanager
    async def step(operation: str, **_: Any) -> AsyncIterator[None]:
        if operation == fatal:
            die()
        yield

    def watch(event: str, given: tuple[Any, ...]) -> None:
        if event == "os.rename" and str(given[1]).endswith(f"/{fatal}"):
            die()

    sys.addaudithook(watch)
    await build(directory, number, step)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
