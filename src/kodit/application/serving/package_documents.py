"""Answers about packages as JSON has them, on a terminal and from a server; and the same as nouns again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kodit.application.nixpkgs.package_answers import FoundPackage, NameAnswer, PackageAnswers
from kodit.application.serving.plain import plain
from kodit.application.serving.revived import revived, revived_sequence
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.domain.nixpkgs.package_query import PackageHit, PackageQuery, SearchedChannel


def answers_document(answers: PackageAnswers) -> Mapping[str, Any]:
    """The answers to a search: each is a package with the channel that it is of, and why it stands where it does."""
    return {
        "query": answers.query.text,
        "understood": answers.understood,
        "by_meaning_only": answers.by_meaning_only,
        "incomplete": answers.incomplete,
        "took_ms": round(answers.took_ms, 1),
        "results": [
            {"channel": hit.channel, **plain(hit.package), "score": round(hit.score, 4), "ranks": hit.ranks}
            for hit in answers.hits
        ],
    }


def found_document(found: FoundPackage) -> Mapping[str, Any]:
    """A package, its channel and the release of that."""
    return {"channel": found.channel.name, "release": found.channel.release, **plain(found.package)}


def name_document(answer: NameAnswer) -> Mapping[str, Any]:
    """Whether a name is somebody's."""
    return {**plain(answer), "exists": answer.exists}


@dataclass(frozen=True, slots=True)
class _Listed:
    """What an answer says beside the package."""

    channel: str
    score: float
    ranks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of all answers together."""

    understood: Mapping[str, Sequence[str]]
    by_meaning_only: bool
    incomplete: Sequence[str]
    took_ms: float


def revived_answers(document: Mapping[str, Any], query: PackageQuery) -> PackageAnswers:
    """The answers to a query. Raises BadAnswer for what is none."""
    results = document.get("results")
    told, listed = revived(_Told, document), revived_sequence(_Listed, results)
    packages = revived_sequence(NixPackage, results)
    return PackageAnswers(
        query=query,
        hits=[
            PackageHit(channel=one.channel, score=one.score, ranks=one.ranks, package=package)
            for one, package in zip(listed, packages, strict=True)
        ],
        understood=told.understood,
        by_meaning_only=told.by_meaning_only,
        incomplete=told.incomplete,
        took_ms=told.took_ms,
        more=document.get("next") is not None,
    )


@dataclass(frozen=True, slots=True)
class _OfChannel:
    """What stands beside a package that was found by its attribute path."""

    channel: str
    release: str | None


def revived_found(documents: Any) -> Sequence[FoundPackage]:
    """Packages and their channels. Raises BadAnswer for what is none."""
    of, packages = revived_sequence(_OfChannel, documents), revived_sequence(NixPackage, documents)
    return [
        FoundPackage(SearchedChannel(id=0, name=one.channel, release=one.release), package)
        for one, package in zip(of, packages, strict=True)
    ]
