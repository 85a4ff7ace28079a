"""`nix_packages`."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from kodit.application.nixpkgs.package_answers import FoundPackage, PackageAnswers
from kodit.application.serving.freshness import Freshness
from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.domain.nixpkgs.package_query import PackageFilters
from kodit.interfaces.mcp.asking import Answer, Asking
from kodit.interfaces.mcp.freshness import freshness_line
from kodit.interfaces.mcp.sheet import Sheet, shown


async def nix_packages(asking: Asking) -> Answer:
    """Packages by name and by what they do; what is asked for by its exact attribute path is told in full."""
    given = asking.given
    text = given["query"].strip()
    if not text:
        raise InvalidInput("there is nothing to look for", remedy="give a name, or say what the package does")
    licenses = frozenset([given["license"]] if given["license"] else ())
    answers = await asking.service.nix.search(
        text, channels=asking.sources, filters=PackageFilters(licenses=licenses), limit=given["limit"]
    )
    exact = await _exact(asking, text)
    fresh = await _freshness(asking)
    sheet = Sheet(asking.tokens, freshness_line(fresh, asking.now), several=len(fresh) > 1)
    return Answer(text=packages_text(sheet, answers, exact))


async def _exact(asking: Asking, text: str) -> Sequence[FoundPackage]:
    """The packages at an attribute path; several words are none."""
    if len(text.split()) == 1:
        with suppress(NotFound, InvalidInput):
            return await asking.service.nix.show(text, channels=asking.sources)
    return ()


async def _freshness(asking: Asking) -> Sequence[Freshness]:
    """How fresh the channels are that are asked, with the names of their releases."""
    channels = await asking.service.nix.channels()
    releases = {one.name: one.release for one in channels if not asking.sources or one.name in asking.sources}
    return [
        replace(one, source=f"{one.source} ({release})", commit=None) if (release := releases[one.source]) else one
        for one in await asking.service.freshness(tuple(releases))
    ]


def packages_text(sheet: Sheet, answers: PackageAnswers, exact: Sequence[FoundPackage]) -> str:
    """What was asked for by its path with all that is known of it, then a line for each other package."""
    for word, names in answers.understood.items():
        sheet.put(shown(f"Nothing is called {word}; looked for {' or '.join(names)}."))
    if answers.by_meaning_only:
        sheet.put("None has a word of the query; these are the nearest by meaning:")
    told = {(one.channel.name, one.package.attr) for one in exact}
    lines = [[shown(line) for line in _whole(one.package, sheet.of(one.channel.name))] for one in exact]
    lines += [
        [_line(hit.package, sheet.of(hit.channel))]
        for hit in answers.hits
        if (hit.channel, hit.package.attr) not in told
    ]
    if not lines:
        sheet.put("Nothing found. Other words or fewer filters may help.")
    for put, some in enumerate(lines):
        if not sheet.put(*some):
            sheet.note(f"{len(lines) - put} more packages left out: ask with other words")
            break
    return sheet.text()


def _line(package: NixPackage, place: str) -> str:
    about = f": {' '.join(package.description.split())}" if package.description else ""
    return shown(f"{_head(package)}{place}{about}")


def _head(package: NixPackage) -> str:
    version = f" {package.version}" if package.version else ""
    flags = f" ({', '.join(package.flags)})" if package.flags else ""
    return f"{package.attr}{version}{flags}"


def _whole(package: NixPackage, place: str) -> Iterator[str]:
    yield f"## {_line(package, place)}"
    facts = {
        "name": package.pname if package.pname != package.attr.name else None,
        "licence": ", ".join(one.spdx_id or one.name for one in package.licenses),
        "program": package.main_program,
        "outputs": ", ".join(package.outputs),
        "homepage": ", ".join(package.homepages),
        "platforms": ", ".join(package.platforms) or "all",
        "maintainers": ", ".join(one.github or one.name for one in package.maintainers),
        "implemented in": package.implemented_in and f"{package.implemented_in.path}:{package.implemented_in.line}",
    }
    yield from (f"{name}: {value}" for name, value in facts.items() if value)
    yield from (package.long_description or "").splitlines()
