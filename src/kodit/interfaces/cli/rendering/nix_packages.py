"""Packages of nixpkgs."""

import shlex
from collections.abc import Sequence

from kodit.application.nixpkgs.package_answers import FoundPackage, NameAnswer, PackageAnswers
from kodit.domain.nixpkgs.nix_package import License, Maintainer, Position
from kodit.domain.nixpkgs.package_query import PackageQuery
from kodit.domain.nixpkgs.package_question import PackageQuestion
from kodit.interfaces.cli.rendering.streams import notice, say
from kodit.interfaces.cli.rendering.tables import Fit, pairs, table
from kodit.interfaces.cli.rendering.understood import show_understood

_HEADER = ("attribute", "version", "flags", "description", "channel")
_FIT = Fit(first=("attribute", "version", "description", "flags", "channel"), elastic="description", folds=True)


def show_packages(answers: PackageAnswers, *, plain: bool) -> None:
    """Answers, one a line; `plain` with nothing but tabs between the columns."""
    if plain:
        for package in (hit.package for hit in answers.hits):
            say("\t".join((str(package.attr), package.version, package.description or "")))
        return
    if not answers.hits:
        return
    rows = [
        (str(one.attr), one.version, ", ".join(one.flags), one.description or "", hit.channel)
        for hit in answers.hits
        for one in [hit.package]
    ]
    # A column that says nothing, or the same in every row, takes room from the others.
    idle = {name for name, column in zip(_HEADER, zip(*rows, strict=True), strict=True) if _says_nothing(name, column)}
    places = [place for place, name in enumerate(_HEADER) if name not in idle]
    first = [name for name in _FIT.first if name not in idle]
    fit = Fit(first=first, elastic="description" if "description" in first else None, folds=True)
    table([_HEADER[place] for place in places], [[row[place] for place in places] for row in rows], fit=fit)


def show_package_advice(answers: PackageAnswers) -> None:
    """What words were understood as, and why nothing may have been found."""
    show_understood(answers.understood, by_meaning_only=answers.by_meaning_only)
    for channel in answers.incomplete:
        show = f"kodit nix channel show {shlex.quote(channel)}"
        notice(f"{channel} is not read to its end; {show} tells how far it is, or what failed")
    if not answers.hits:
        notice(f"nothing found; {_advice(answers.query)}")


def show_found(found: Sequence[FoundPackage]) -> None:
    """All that is known of packages, below each other."""
    for place, one in enumerate(found):
        if place:
            say()
        pairs(_told(one))
        if one.package.long_description:
            say()
            say(one.package.long_description)


def show_name(answer: NameAnswer) -> None:
    """Who is called so."""
    if not answer.exists:
        notice(f"nothing is called {answer.name}")
    for channel, attrs in answer.packages.items():
        say(f"{answer.name}  {channel}  {', '.join(attrs)}")


def _advice(query: PackageQuery) -> str:
    if not PackageQuestion.of(query.text).words:
        return "there is no word to look for in the query"
    return "fewer filters may help" if query.filters.narrows else "other words may help"


def _says_nothing(name: str, column: Sequence[str]) -> bool:
    if name == "channel":
        return len(set(column)) == 1
    return name in ("flags", "version", "description") and not any(column)


def _told(found: FoundPackage) -> list[tuple[str, object]]:
    package, channel = found.package, found.channel
    told = [
        ("attribute", str(package.attr)),
        ("name", package.pname),
        ("version", package.version),
        ("description", package.description),
        ("channel", f"{channel.name} ({channel.release})" if channel.release else channel.name),
        ("homepage", ", ".join(package.homepages)),
        ("licence", ", ".join(map(_license, package.licenses))),
        ("flags", ", ".join(package.flags)),
        ("program", package.main_program),
        ("outputs", ", ".join(package.outputs)),
        ("platforms", ", ".join(package.platforms) or "all"),
        ("maintainers", ", ".join(map(_maintainer, package.maintainers))),
        ("assigned in", _position(package.assigned_in)),
        ("implemented in", _position(package.implemented_in)),
    ]
    return [(name, value or None) for name, value in told]


def _license(license: License) -> str:
    return license.name if license.spdx_id in (None, license.name) else f"{license.name} ({license.spdx_id})"


def _maintainer(maintainer: Maintainer) -> str:
    known = [maintainer.email and f"<{maintainer.email}>", maintainer.github and f"(@{maintainer.github})"]
    return " ".join([maintainer.name, *filter(None, known)])


def _position(position: Position | None) -> str | None:
    return None if position is None else f"{position.path}:{position.line}"
