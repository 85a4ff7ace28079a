"""Files: their directories, their text, what they define."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from kodit.application.asking.answers import Outline
from kodit.application.asking.rows import FoundFile, FoundSymbol
from kodit.application.asking.where import Where
from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.nixpkgs.channel import LANGUAGE
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.interfaces.web.highlighting import highlighted
from kodit.interfaces.web.marking import Wanted
from kodit.interfaces.web.pages import Pages
from kodit.interfaces.web.words import in_path

if TYPE_CHECKING:
    from kodit.application.serving.serving_application_service import ServingApplicationService

SHEET = 3_000
"""Lines of a file shown at once: more make a browser slow."""
MOST_FILES = 5_000
"""Files of a directory, with all below it, that are looked at for a listing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file; `lit` when it was pointed at."""

    number: int
    content: Markup
    lit: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A symbol in the outline; `depth` says how many others enclose it."""

    symbol: FoundSymbol
    depth: int


@dataclass(frozen=True, slots=True)
class Lit:
    """The lines that an address points at, both ends included."""

    first: int
    last: int

    @classmethod
    def by(cls, text: str) -> "Lit | None":
        """`10` or `10-20`, either way round; None for nothing. Raises InvalidInput."""
        if not text:
            return None
        ends = text.split("-")
        if len(ends) > 2 or not all(end.isascii() and end.isdecimal() and len(end) < 9 for end in ends):
            raise InvalidInput(f"{text[:40]!r} are no lines", remedy="write them as 10 or as 10-20")
        first, last = sorted((int(ends[0]), int(ends[-1])))
        return cls(max(first, 1), max(last, 1))


async def file_page(pages: Pages, request: Request, source: str, path: str) -> Response:
    """The text of a file, a sheet of it at a time. Raises NotFound."""
    service = pages.service(request)
    lit = Lit.by(request.query_params.get("lines", ""))
    question = request.query_params.get("q", "")[:2_000]
    first = (lit.first - 1) // SHEET * SHEET + 1 if lit else 1
    where = Where(sources=(source,))
    sheet = await service.files.lines(path, start_line=first, end_line=first + SHEET - 1, where=where)
    if sheet.file.path != path:
        # The end of a path names a file as well, but not on a page that shows where it lies.
        raise NotFound(f"there is no file {path} in {source}", remedy=f"the nearest is {sheet.file.path}")
    lines = await highlighted("\n".join([*sheet.lines, ""]), sheet.file.language, Wanted.by(question))
    return pages.show(
        request,
        "file.html",
        file=sheet.file,
        lines=[
            Line(number, content, lit is not None and lit.first <= number <= lit.last)
            for number, content in enumerate(lines, sheet.start_line)
        ],
        sheet=sheet,
        size=SHEET,
        package=await _package(service, sheet.file) if sheet.file.language == LANGUAGE else (),
        outline=entries(await service.code.outline(path, where=where)),
        crumbs=crumbs(source, path),
        question=question,
    )


async def _package(service: "ServingApplicationService", file: FoundFile) -> Sequence[tuple[str, str]]:
    """What is known of the package that stands in the place of a file."""
    with suppress(NotFound):
        found = await service.nix.show(file.path, channels=(file.source,))
        return _facts(found[0].package)
    return ()


def _facts(package: NixPackage) -> Sequence[tuple[str, str]]:
    """What is known of a package beside its text, as far as it is."""
    known = (
        ("Version", package.version),
        ("But", ", ".join(package.flags)),
        ("Licence", ", ".join(license.name for license in package.licenses)),
        ("Program", package.main_program),
        ("Outputs", ", ".join(package.outputs)),
        ("Homepage", ", ".join(package.homepages)),
        ("Platforms", ", ".join(package.platforms) or "all"),
        ("Maintainers", ", ".join(maintainer.name for maintainer in package.maintainers)),
        ("Implemented in", package.implemented_in and f"{package.implemented_in.path}:{package.implemented_in.line}"),
    )
    return [(name, value) for name, value in known if value]


async def folder_page(pages: Pages, request: Request, source: str, path: str) -> Response:
    """What lies in a directory; `path` ends in a slash, or is "" for the source's root."""
    service = pages.service(request)
    prefix = path.strip("/") + "/" if path.strip("/") else ""
    # A path is no pattern: what stands for more than itself in one is asked for as any character.
    pattern = "".join("?" if char in "*?[]{}!\\" else char for char in prefix) + "**"
    listed = await service.code.files(where=Where(sources=(source,), paths=(pattern,)), limit=MOST_FILES)
    return pages.show(
        request,
        "folder.html",
        source=source,
        prefix=prefix,
        folder=folder([(file.path, file.language) for file in listed.files], prefix),
        more=listed.more,
        crumbs=crumbs(source, prefix),
    )


def entries(outline: Outline) -> Sequence[Entry]:
    """What a file defines, each with its depth."""
    depths: dict[int, int] = {}
    for symbol in outline.symbols:
        depths[symbol.id] = depths.get(symbol.parent_id, -1) + 1 if symbol.parent_id is not None else 0
    return [Entry(symbol, min(depths[symbol.id], 4)) for symbol in outline.symbols]


def crumbs(source: str, path: str) -> Sequence[tuple[str, str]]:
    """The directories above a path, each with its address, from the source on."""
    parts = path.strip("/").split("/")[:-1]
    listed = f"/sources/{in_path(source)}/files/"
    found = [(source, listed)]
    for place, part in enumerate(parts, 1):
        found.append((part, f"{listed}{in_path('/'.join(parts[:place]))}/"))
    return found


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies in a directory: directories with how many files are below them, and files with their language."""

    folders: Mapping[str, int]
    files: Sequence[tuple[str, str | None]]


def folder(paths: Iterable[tuple[str, str | None]], prefix: str) -> Folder:
    """What of some files, each with its language, lies in a directory; `prefix` is its path with a slash, or ""."""
    folders: dict[str, int] = {}
    files: list[tuple[str, str | None]] = []
    for path, language in paths:
        if not path.startswith(prefix):
            continue
        name, slash, _ = path[len(prefix) :].partition("/")
        if slash:
            folders[name] = folders.get(name, 0) + 1
        else:
            files.append((name, language))
    return Folder(dict(sorted(folders.items())), sorted(files))
