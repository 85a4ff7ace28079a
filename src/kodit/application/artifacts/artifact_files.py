"""Asking artifacts, and making others from them: all that needs no data directory."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from kodit.domain.artifacts.answers import (
    ArtifactAnswers,
    ArtifactHit,
    ArtifactMode,
    ArtifactQuery,
    PackageRow,
    SnippetRow,
)
from kodit.domain.artifacts.artifact import Artifact, ArtifactContents, ArtifactManifest
from kodit.domain.artifacts.entries import TextToEmbed
from kodit.domain.artifacts.ports import ArtifactReader, ArtifactWriter, OpenArtifact, Step
from kodit.domain.artifacts.terms import BuildTerms, Targets
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.errors import Damaged, InvalidInput
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.package_query import PackageCandidate
from kodit.domain.nixpkgs.package_question import MOST_GUESSED, SHORTEST_GUESSED, PackageQuestion
from kodit.domain.nixpkgs.ranking import KEYWORDS, MEANING, NAMES, rank_packages, says
from kodit.domain.search.candidate import Candidate
from kodit.domain.search.fusion import fuse
from kodit.domain.search.ports import Embedder, Vector
from kodit.domain.search.query import Match, SearchMode
from kodit.domain.search.ranking import rank
from kodit.domain.search.tokens import query_tokens, words

FETCH = 50
"""Entries taken from each list at least: ranking must see more than it shows."""
PER_ANSWER = 5
"""Entries taken from each list for each answer asked for."""

_LISTS = {
    ArtifactContents.PACKAGES: {"names": NAMES, "keywords": KEYWORDS, "nearest": MEANING},
    ArtifactContents.CODE: {"names": "names", "keywords": SearchMode.KEYWORD.value, "nearest": SearchMode.CODE.value},
}
"""What each list is called by those who rank."""

_Lists = Mapping[str, Sequence[Match]]


@dataclass(frozen=True, slots=True)
class _Ranked:
    """An answer in its place; `has_word` is set where a word of the question stands in it."""

    number: int
    score: float
    ranks: Mapping[str, int]
    has_word: bool


def unreported(_operation: str, **_: Any) -> nullcontext[None]:
    """Reports nothing, where nobody looks on."""
    return nullcontext()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found out about an artifact: it is sound where there are no problems.

    There is no `artifact` where the file is so damaged that it cannot be read at all.
    """

    path: str
    artifact: Artifact | None
    problems: Sequence[str]


class ArtifactFiles:
    """Artifacts as files, wherever they come from."""

    def __init__(
        self, *, open_artifact: OpenArtifact, writer: Callable[[], ArtifactWriter], embedder: Callable[[], Embedder]
    ) -> None:
        self._open_artifact = open_artifact
        self._writer = writer
        self._embedder = embedder

    async def info(self, path: str) -> Artifact:
        """What an artifact says of itself. Raises NotFound, InvalidInput for what is none, and Damaged."""
        async with self._open_artifact(path) as reader:
            return reader.artifact

    async def verify(self, path: str) -> Verification:
        """Count and sum up all rows anew, and ask every index. Raises as `info`, but for a file that is damaged."""
        try:
            async with self._open_artifact(path) as reader:
                return Verification(path=path, artifact=reader.artifact, problems=await reader.problems())
        except Damaged as error:
            return Verification(path=path, artifact=None, problems=[str(error)])

    async def minify(
        self, source: str, target: str, terms: BuildTerms, *, force: bool = False, step: Step = unreported
    ) -> Artifact:
        """Make a minified artifact from a full one; raises as `ArtifactWriter.minify`."""
        targets = Targets(minified=target, force=force)
        [made] = await self._writer().minify(source, targets, terms, step)
        return made

    async def embed(
        self, source: str, target: str, terms: BuildTerms, *, force: bool = False, step: Step = unreported
    ) -> Artifact:
        """Give a full artifact the vectors that it has none of, as a file of its own or in its own place.

        Raises as `ArtifactWriter.embed`, and what the embedder raises.
        """
        embedder = self._embedder()

        async def vectors_of(texts: Sequence[TextToEmbed]) -> Mapping[str, Vector]:
            unique = {text.key: text.text for text in texts}
            return dict(zip(unique, await embedder.embed(list(unique.values())), strict=True))

        origin = replace((await self.info(source)).manifest.origin, model=embedder.model, dimension=embedder.dimension)
        targets = Targets(full=target, force=force)
        [made] = await self._writer().embed(source, targets, origin, vectors_of, terms, step)
        return made

    async def search(self, path: str, query: ArtifactQuery) -> ArtifactAnswers:
        """Answer a question from an artifact alone.

        Raises as `info`, and InvalidInput for a mode that the artifact has nothing for, for a filter that it has no
        entry for, and where its vectors were made with another model than the one that is set.
        """
        started = time.perf_counter()
        async with self._open_artifact(path) as reader:
            await reader.check(query.filters)
            asked = PackageQuestion.of(query.text)
            lists, found = await self._found(reader, query, asked)
            if near := await _meant(reader, query, asked, found):
                asked = asked.as_understood(near)
                lists, found = await self._found(reader, query, asked)
            manifest = reader.manifest
        ranked = _ranked(query, asked, lists, found)
        return ArtifactAnswers(
            query=query,
            manifest=manifest,
            hits=tuple(ArtifactHit(row=found[one.number], score=one.score, ranks=one.ranks) for one in ranked),
            by_meaning_only=_sees_words(query, manifest) and bool(ranked) and not any(one.has_word for one in ranked),
            took_ms=(time.perf_counter() - started) * 1000,
            understood=asked.understood,
        )

    async def _found(
        self, reader: ArtifactReader, query: ArtifactQuery, asked: PackageQuestion
    ) -> tuple[_Lists, Mapping[int, PackageRow | SnippetRow]]:
        """Each list, and all that is in one."""
        lists = await self._lists(reader, query, asked)
        return lists, await reader.rows({match.snippet_id for matches in lists.values() for match in matches})

    async def _lists(self, reader: ArtifactReader, query: ArtifactQuery, asked: PackageQuestion) -> _Lists:
        """Each list that the mode draws on, by what ranking calls it."""
        limit = max(FETCH, PER_ANSWER * query.limit)
        manifest, filters = reader.manifest, query.filters
        called = _LISTS[manifest.origin.contents]
        lists: dict[str, Sequence[Match]] = {}
        text = asked.text if asked.understood else query.text
        if query.mode is not ArtifactMode.VECTOR:
            lists[called["names"]] = await reader.named(
                _names(manifest, query.text, asked), filters=filters, limit=limit
            )
        if query.mode is ArtifactMode.KEYWORD or (query.mode is ArtifactMode.HYBRID and manifest.fts is not None):
            tokens = " ".join(query_tokens(text))
            lists[called["keywords"]] = await reader.keywords(tokens, filters=filters, limit=limit)
        if query.mode is ArtifactMode.VECTOR or (query.mode is ArtifactMode.HYBRID and manifest.embedded):
            vector = await self._vector(manifest, text)
            lists[called["nearest"]] = await reader.nearest(vector, filters=filters, limit=limit)
        return lists if manifest.origin.contents is ArtifactContents.PACKAGES else _names_last(lists)

    async def _vector(self, manifest: ArtifactManifest, text: str) -> Vector:
        made_with = manifest.origin.model
        if made_with is None:
            raise InvalidInput("the artifact has no vectors", remedy="search by --mode keyword")
        embedder = self._embedder()
        if (embedder.model, embedder.dimension) != (made_with, manifest.origin.dimension):
            raise InvalidInput(
                f"the artifact's vectors were made with {made_with}, and the embedder that is set is {embedder.model}",
                remedy="set KODIT_EMBEDDER and KODIT_EMBEDDER_MODEL to that one, or search by --mode keyword",
            )
        [vector] = await embedder.embed([text])
        return vector


def _names_last(lists: _Lists) -> _Lists:
    """Of code, names bring candidates and no more where words are known: ranking sees by itself who is called what."""
    keyword = SearchMode.KEYWORD.value
    if keyword not in lists:
        return lists
    found = {match.snippet_id for match in lists[keyword]}
    named = [match for match in lists["names"] if match.snippet_id not in found]
    return {**{name: matches for name, matches in lists.items() if name != "names"}, keyword: [*lists[keyword], *named]}


async def _meant(
    reader: ArtifactReader, query: ArtifactQuery, asked: PackageQuestion, rows: Mapping[int, PackageRow | SnippetRow]
) -> Mapping[str, Sequence[str]]:
    """Names that may be meant by words that no package has; those that something found has are not looked at."""
    if query.mode is ArtifactMode.VECTOR or reader.manifest.origin.contents is not ArtifactContents.PACKAGES:
        return {}
    found = [_package(number, row) for number, row in rows.items() if isinstance(row, PackageRow)]
    alone = len(asked.words) == 1
    near = {
        word: await reader.alike(word, most=MOST_GUESSED, anyhow=alone)
        for word in asked.words
        if len(word) >= SHORTEST_GUESSED and not any(says(word, one) for one in found)
    }
    return {word: names for word, names in near.items() if names}


def _names(manifest: ArtifactManifest, text: str, asked: PackageQuestion) -> Sequence[str]:
    if manifest.origin.contents is ArtifactContents.PACKAGES:
        return asked.names
    return list(dict.fromkeys(word.casefold() for word in (*text.split(), *words(text))))


def _ranked(
    query: ArtifactQuery, asked: PackageQuestion, lists: _Lists, rows: Mapping[int, PackageRow | SnippetRow]
) -> list[_Ranked]:
    """The answers, best first: by one list alone as it is, else as kodit ranks otherwise."""
    if query.mode is ArtifactMode.VECTOR:
        fused = [entry for entry in fuse(lists, {}) if entry.snippet_id in rows][: query.limit]
        return [_Ranked(entry.snippet_id, entry.score, entry.ranks, has_word=False) for entry in fused]
    packages = {number: _package(number, row) for number, row in rows.items() if isinstance(row, PackageRow)}
    if packages:
        of_packages = rank_packages(asked, lists, packages, query.limit)
        return [
            _Ranked(one.candidate.id, one.score, one.ranks, has_word=one.has_word or KEYWORDS in one.ranks)
            for one in of_packages
        ]
    snippets = {number: _snippet(number, row) for number, row in rows.items() if isinstance(row, SnippetRow)}
    of_code = rank(query.text, lists, snippets, query.limit)
    keyword = SearchMode.KEYWORD.value
    return [_Ranked(one.candidate.snippet_id, one.score, one.ranks, has_word=keyword in one.ranks) for one in of_code]


def _sees_words(query: ArtifactQuery, manifest: ArtifactManifest) -> bool:
    """Whether a search that draws on all lists can tell who has a word of the question."""
    return query.mode is ArtifactMode.HYBRID and (
        manifest.fts is not None or manifest.origin.contents is ArtifactContents.PACKAGES
    )


def _package(number: int, row: PackageRow) -> PackageCandidate:
    return PackageCandidate(
        id=number,
        index_id=0,
        attr=AttrPath.parse(row.attr),
        pname=row.pname,
        version=row.version,
        description=row.description,
        long_description=row.long_description,
        main_program=row.main_program,
    )


def _snippet(number: int, row: SnippetRow) -> Candidate:
    return Candidate(
        snippet_id=number,
        source_id=0,
        path=row.path,
        start_line=row.start_line,
        end_line=row.end_line,
        language=row.language,
        symbol=row.symbol,
        kind=SnippetKind(row.kind),
        content=row.content,
    )
