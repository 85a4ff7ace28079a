"""Packages as the nix that is installed evaluates them."""

import asyncio
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator
from pathlib import Path
from tempfile import TemporaryDirectory

from kodit.domain.errors import NotFound, Refused, Unavailable
from kodit.domain.nixpkgs.walk import Evaluated, Walk
from kodit.infrastructure.nix.limits import NixLimits
from kodit.infrastructure.nix.process import Nix
from kodit.infrastructure.nix.progress import Progress

PROGRAM = "nix-instantiate"

OLDEST = (2, 4)
"""The first nix that has a store of which nothing is on the disk (`dummy://`)."""

_REMEDY = "install nix (apt-get install nix-bin), or give the packages.json of a channel's release"
_VERSION = re.compile(r"(\d+)\.(\d+)")


class NixPackageEvaluator:
    """Implements PackageEvaluator by processes of nix: `walk.nix` says what they do, `Progress` how many it takes."""

    def __init__(self, limits: NixLimits | None = None, program: str = PROGRAM) -> None:
        self._limits = limits or NixLimits()
        self._program = program

    async def evaluate(self, tree: str, walk: Walk) -> AsyncGenerator[Evaluated, None]:
        """See the port."""
        entry, root = await asyncio.to_thread(_located, tree)
        program = await _checked(self._program)
        progress = Progress(entry, root, walk)
        for failure in progress.impossible():
            yield failure
        with TemporaryDirectory(prefix="kodit-nix-", ignore_cleanup_errors=True) as home:
            nix = Nix(program, Path(home), self._limits)
            while (request := progress.request) is not None:
                async with nix.asked(request, root) as asked:
                    while lines := await asked.lines():
                        for line in lines:
                            if (found := progress.heard(line)) is not None:
                                yield found
                    if progress.request is not None and (left := progress.ended(await asked.death())) is not None:
                        yield left


def _located(tree: str) -> tuple[Path, Path]:
    """What is imported, and the directory that it may read. Raises NotFound, or Refused."""
    try:
        return _entry_and_root(Path(tree).expanduser())
    except PermissionError as error:
        raise Refused(f"{tree} may not be read", remedy="allow it to the user that runs kodit") from error


def _entry_and_root(path: Path) -> tuple[Path, Path]:
    if path.is_dir() and (path / "default.nix").is_file():
        root = path.resolve()
        return root, root
    if path.is_file():
        return path.resolve(), path.resolve().parent
    raise NotFound(
        f"there is no nixpkgs tree at {path}", remedy="name a directory with a default.nix, or a file of nix's language"
    )


async def _checked(program: str) -> str:
    """The program's path. Raises Unavailable when it is missing or too old."""
    found = shutil.which(program)
    if found is None:
        raise Unavailable("nix is not installed", remedy=_REMEDY)
    process = await asyncio.create_subprocess_exec(found, "--version", stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
    said, _ = await process.communicate()
    version = _VERSION.search(said.decode(errors="replace"))
    if version is None or (int(version[1]), int(version[2])) < OLDEST:
        shown = version[0] if version else "of an unknown version"
        raise Unavailable(f"nix {shown} is too old: {OLDEST[0]}.{OLDEST[1]} is needed", remedy=_REMEDY)
    return found
