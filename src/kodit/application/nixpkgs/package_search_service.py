"""One search over packages, from the question to the answers."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from kodit.application.indexing.models import DerivedModels
from kodit.application.nixpkgs.package_answers import PackageAnswers
from kodit.application.nixpkgs.searched import searched_channels
from kodit.domain.code.marks import Derived
from kodit.domain.code.near_names import meant_names
from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.package_query import PackageFilters, PackageHit, PackageQuery, SearchedChannel, is_called
from kodit.domain.nixpkgs.package_question import MOST_GUESSED, SHORTEST_GUESSED, PackageQuestion
from kodit.domain.nixpkgs.ports import NixPackageSearch
from kodit.domain.nixpkgs.ranking import KEYWORDS, MEANING, NAMES, RankedPackage, rank_packages, says
from kodit.domain.search.ports import Embedder, KeywordIndex, VectorIndex, VectorKind
from kodit.domain.search.query import Filters, Match

FETCH = 100
"""Packages taken from each list at least: ranking must see more than it shows."""
PER_ANSWER = 3
"""Packages taken from each list for each answer asked for."""
DEPTHS = (33, 100, 1000)
"""Answers that are ranked among the same packages: how many are looked at has a say in the order, so whoever asks for a
few more of the same question, page by page, gets what comes after those before."""
PER_BEGINNING = 50
"""Packages taken for what each word begins."""

MOST_TOLD = 8
"""Platforms that are told to who asks for one that there is none of."""

_Passing = frozenset[int] | None
"""The only snippets that may be found, None for all of the channels."""


class PackageSearchService:
    """Asks all lists at the same time, ranks and cuts."""

    def __init__(
        self,
        *,
        packages: NixPackageSearch,
        keyword_index: KeywordIndex,
        vector_index: VectorIndex,
        embedder: Embedder,
        models: DerivedModels,
    ) -> None:
        self._packages = packages
        self._keyword_index = keyword_index
        self._vector_index = vector_index
        self._embedder = embedder
        self._models = models

    async def search(
        self, text: str, *, channels: Collection[str] = (), filters: PackageFilters | None = None, limit: int = 10
    ) -> PackageAnswers:
        """The answers, best first.

        Raises NothingIndexed when there is no channel, NotFound for a channel that there is none of, InvalidInput for
        a licence or a platform that no package of the channels has.
        """
        started = time.perf_counter()
        searched = await searched_channels(self._packages, channels)
        filters = replace(filters or PackageFilters(), index_ids=frozenset(searched))
        await self._check(filters)
        asked = await self._understood(PackageQuestion.of(text), filters.index_ids)
        lists = await self._lists(asked, filters, max(FETCH, PER_ANSWER * _depth_for(limit)))
        found = await self._packages.candidates({match.snippet_id for one in lists.values() for match in one})
        ranked = rank_packages(asked, lists, found, limit + 1)
        more, ranked = len(ranked) > limit, ranked[: max(0, limit)]
        hits = await self._hits(ranked, searched)
        return PackageAnswers(
            query=PackageQuery(text=text, filters=filters, limit=limit),
            hits=hits,
            understood=asked.understood,
            by_meaning_only=bool(hits) and not any(one.has_word for one in ranked),
            incomplete=[channel.name for channel in searched.values() if not channel.is_complete],
            took_ms=(time.perf_counter() - started) * 1000,
            more=more,
        )

    async def _hits(
        self, ranked: Sequence[RankedPackage], searched: Mapping[int, SearchedChannel]
    ) -> Sequence[PackageHit]:
        whole = await self._packages.packages([one.candidate.id for one in ranked])
        return [
            PackageHit(
                channel=searched[one.candidate.index_id].name,
                score=one.score,
                ranks=one.ranks,
                package=whole[one.candidate.id],
            )
            for one in ranked
            if one.candidate.id in whole
        ]

    async def _check(self, filters: PackageFilters) -> None:
        """That licences and platforms are such as packages have: a misspelt one would find nothing, and not say why."""
        if filters.licenses:
            held = await self._packages.licenses(filters.index_ids)
            names = {license.spdx_id or license.name for license in held}
            for asked in sorted(filters.licenses):
                if not any(is_called(license, asked) for license in held):
                    raise _unknown("licence", asked, names, "kodit nix show ATTRIBUTE shows those of a package")
        if filters.platforms:
            platforms = await self._packages.platforms(filters.index_ids)
            for asked in sorted(filters.platforms.difference(platforms)):
                raise _unknown("platform", asked, platforms, _told(asked, platforms))

    async def _understood(self, asked: PackageQuestion, index_ids: frozenset[int]) -> PackageQuestion:
        """The question, with what may be meant by words that nothing is called and no text has."""
        # Among others, a word may be of a language that names are not made of: people get the first letter right.
        alone = len(asked.words) == 1
        near: dict[str, Sequence[str]] = {}
        for word in asked.words:
            if len(word) >= SHORTEST_GUESSED and not await self._is_known(word, index_ids):
                near[word] = await self._packages.alike(word, index_ids, most=MOST_GUESSED, anyhow=alone)
        return asked.as_understood(near)

    async def _is_known(self, word: str, index_ids: frozenset[int]) -> bool:
        anywhere = PackageFilters(index_ids=index_ids)
        asked = PackageQuestion.of(word)
        if await self._packages.called(asked.names, anywhere, limit=1):
            return True
        if await self._packages.beginning(word, anywhere, limit=1):
            return True
        # A keyword index finds parts of words too; what has all of the word comes first.
        said = await self._said(asked, index_ids, None, 1)
        found = await self._packages.candidates([match.snippet_id for match in said])
        return any(says(word, candidate) for candidate in found.values())

    async def _lists(
        self, asked: PackageQuestion, filters: PackageFilters, limit: int
    ) -> Mapping[str, Sequence[Match]]:
        """Each list, asked at the same time."""
        if not asked.words:
            return {}
        passing = frozenset(await self._packages.passing(filters)) if filters.narrows else None
        named, said, meant = await asyncio.gather(
            self._named(asked, filters, limit),
            self._said(asked, filters.index_ids, passing, limit),
            self._meant(asked, filters.index_ids, passing, limit),
        )
        return {NAMES: named, KEYWORDS: said, MEANING: meant}

    async def _named(self, asked: PackageQuestion, filters: PackageFilters, limit: int) -> Sequence[Match]:
        """What is called so, then what has the words in its names, then what begins so."""
        found = [
            await self._packages.called(asked.names, filters, limit=limit),
            await self._packages.with_parts(asked.parts, filters, limit=limit),
        ]
        found += [await self._packages.beginning(start, filters, limit=PER_BEGINNING) for start in asked.beginnings]
        ids = dict.fromkeys(each for ids in found for each in ids)
        return [Match(each, -float(place)) for place, each in enumerate(ids)]

    async def _said(
        self, asked: PackageQuestion, index_ids: frozenset[int], passing: _Passing, limit: int
    ) -> Sequence[Match]:
        filters = Filters(index_ids=index_ids, snippets=passing)
        # Keywords are whole words: `passwords` would not find who writes `password`.
        return await self._keyword_index.search(" ".join(asked.parts), filters=filters, limit=limit)

    async def _meant(
        self, asked: PackageQuestion, index_ids: frozenset[int], passing: _Passing, limit: int
    ) -> Sequence[Match]:
        [vector] = await self._embedder.embed([asked.text])
        return await self._vector_index.search(
            vector,
            kind=VectorKind.CODE,
            model=self._models[Derived.CODE_VECTORS],
            index_ids=index_ids,
            file_ids=None,
            snippet_ids=passing,
            limit=limit,
        )


def _depth_for(answers: int) -> int:
    """The least of DEPTHS that has so many answers; beyond all of them, as many as are asked for."""
    return next((depth for depth in DEPTHS if depth >= answers), answers)


def _unknown(what: str, asked: str, known: Collection[str], otherwise: str) -> InvalidInput:
    """An error that names what begins so or is spelled alike; `otherwise` is the remedy where nothing is."""
    near = meant_names(asked, known)
    remedy = f"did you mean {', '.join(near)}?" if near else otherwise
    return InvalidInput(f"no package has the {what} {asked}", remedy=remedy)


def _told(asked: str, platforms: Collection[str]) -> str:
    """Which platforms there are, or the first of them: those of the operating system asked for before others."""
    if not platforms:
        return "packages that name no platforms are for all: leave the filter out"
    system = asked.rpartition("-")[2]
    told = sorted(platforms, key=lambda platform: (not platform.endswith(f"-{system}"), platform))[:MOST_TOLD]
    more = len(platforms) - len(told)
    return f"there are {', '.join(told)}{f', and {more} more' if more else ''}"
