"""Artifacts as DuckDB databases, asked."""

import asyncio
import math
import re
import struct
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kodit.domain.artifacts.answers import ArtifactFilters, PackageRow, SnippetRow
from kodit.domain.artifacts.artifact import ENTRIES, Artifact, ArtifactContents, ArtifactForm, ArtifactManifest
from kodit.domain.artifacts.entries import TextToEmbed
from kodit.domain.code.near_names import forgiven_slips, nearest_names
from kodit.domain.errors import InvalidInput, NotFound, Refused
from kodit.domain.search.ports import Vector
from kodit.domain.search.query import Match
from kodit.domain.search.question import stem
from kodit.infrastructure.duckdb import manifest_rows
from kodit.infrastructure.duckdb.apart import SessionApart
from kodit.infrastructure.duckdb.checking import literal, problems
from kodit.infrastructure.duckdb.filtering import Narrowing, check_license, held_licenses, narrowing, passing
from kodit.infrastructure.duckdb.indexes import nearest_statement, words_statement
from kodit.infrastructure.duckdb.retelling import texts_without_vectors
from kodit.infrastructure.duckdb.schema import HOMEPAGES, LICENSES, fts_source, key_of
from kodit.infrastructure.duckdb.session import Resources, Session, load, opened

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NAMED_PACKAGE = """
CASE WHEN list_contains(asked, lower(attr)) THEN 4
     WHEN list_contains(asked, lower(pname)) OR list_contains(asked, lower(main_program)) THEN 3
     WHEN list_contains(asked, string_split(lower(attr), '.')[-1]) THEN 2
     WHEN len(list_filter(begins, lambda one:
                          starts_with(lower(pname), one) OR starts_with(lower(attr), one))) > 0 THEN 1
     ELSE 0 END"""
_NAMED_SNIPPET = """
CASE WHEN list_contains(asked, lower(symbol)) THEN 2
     WHEN list_contains(asked, string_split(lower(symbol), '.')[-1]) THEN 1
     ELSE 0 END"""
_CALLED = {ArtifactContents.PACKAGES: _NAMED_PACKAGE, ArtifactContents.CODE: _NAMED_SNIPPET}
"""How much of what was asked for an entry is called: more is better, 0 is nothing."""

AHEAD = 10
"""How many times as many neighbours are taken from the index as are wanted, where a filter may take some away. If it
takes too many, all vectors that pass it are compared."""


_MAGIC = slice(8, 12)
"""Which bytes of a database have `DUCK` in them: https://duckdb.org/docs/stable/internals/storage"""


@asynccontextmanager
async def opened_artifact(path: str, resources: Resources | None = None) -> AsyncIterator["DuckDbArtifactReader"]:
    """The artifact at a path; see `kodit.domain.artifacts.ports.OpenArtifact`."""
    size = await asyncio.to_thread(_size, Path(path))
    resources = resources or Resources()
    async with opened(Path(path), resources) as session:
        manifest = await session.run(lambda connection: manifest_rows.read(connection, path))
        await session.run(lambda connection: _prepare(connection, manifest))
        # What is wrong with an index of nearest vectors ends the process that loads it, and not with an error.
        apart = SessionApart(Path(path), resources, partial(_prepare, manifest=manifest, neighbours=True))
        try:
            yield DuckDbArtifactReader(session, apart, Artifact(path=path, size=size, manifest=manifest))
        finally:
            await apart.close()


class DuckDbArtifactReader:
    """Implements ArtifactReader on two connections: what may end its process goes through the one that is `apart`."""

    def __init__(self, session: Session, apart: SessionApart, artifact: Artifact) -> None:
        self._session = session
        self._apart = apart
        self._artifact = artifact
        self._key = key_of(self.manifest.origin.contents)
        self._entries = ENTRIES[self.manifest.origin.contents]

    @property
    def artifact(self) -> Artifact:
        """See the port."""
        return self._artifact

    @property
    def manifest(self) -> ArtifactManifest:
        """See the port."""
        return self._artifact.manifest

    async def check(self, filters: ArtifactFilters) -> None:
        """See the port."""
        narrowing(self.manifest, filters)
        if filters.licenses:
            held = {label for (label,) in await self._session.rows(held_licenses(self.manifest)) if label}
            for asked in sorted(filters.licenses):
                check_license(asked, held)

    async def named(self, names: Sequence[str], *, filters: ArtifactFilters, limit: int) -> Sequence[Match]:
        """See the port."""
        narrowed = narrowing(self.manifest, filters)
        worth = _CALLED[self.manifest.origin.contents]
        return await self._matches(
            f"SELECT {self._key}, {worth} AS score "  # noqa: S608
            f"FROM {self._entries}, (SELECT ?::VARCHAR[] AS asked, ?::VARCHAR[] AS begins) "
            f"WHERE score > 0 AND {narrowed.condition} ORDER BY score DESC, {self._key} LIMIT ?",
            [list(names), _beginnings(names), *narrowed.parameters, limit],
        )

    async def keywords(self, text: str, *, filters: ArtifactFilters, limit: int) -> Sequence[Match]:
        """See the port."""
        if self.manifest.fts is None:
            raise InvalidInput(
                f"{self._artifact.path} is a full artifact, which has no full-text index",
                remedy="search by --mode vector, or make one that has: kodit artifact minify",
            )
        narrowed = narrowing(self.manifest, filters)
        among = passing(self._entries, self._key, narrowed) if narrowed.narrows else None
        statement = words_statement(self.manifest.origin.contents, self.manifest.fts, among)
        return await self._matches(statement, [text, *narrowed.parameters, limit])

    async def nearest(self, vector: Vector, *, filters: ArtifactFilters, limit: int) -> Sequence[Match]:
        """See the port."""
        wanted = _numbers(vector, self.manifest)
        if not any(vector) or limit <= 0:
            return ()
        narrowed = narrowing(self.manifest, filters)
        if not narrowed.narrows:
            return await self._near(wanted, limit, indexed=self.manifest.hnsw is not None)
        if self.manifest.hnsw is not None:
            # The index knows nothing of filters: what it finds nearest may all be filtered away.
            near = await self._near(wanted, AHEAD * limit, indexed=True)
            among = await self._passing([match.snippet_id for match in near], narrowed)
            if len(among) >= limit:
                return [match for match in near if match.snippet_id in among][:limit]
        return await self._near(wanted, limit, narrowed=narrowed)

    async def alike(self, word: str, *, most: int, anyhow: bool = False) -> Sequence[str]:
        """See the port."""
        known = stem(word)
        texts = f"SELECT lower(names || ' ' || content) AS text FROM {fts_source(self.manifest.origin.contents)}"  # noqa: S608
        # Most texts do not even contain it, which is seen sooner than where words begin.
        has_it = f"SELECT 1 FROM ({texts}) WHERE contains(text, ?) AND regexp_matches(text, ?) LIMIT 1"  # noqa: S608
        if await self._session.rows(has_it, [known, r"(^|[^\p{L}\p{N}])" + re.escape(known)]):
            return ()
        # As `begin_alike` says. DuckDB's own distance takes longer than fetching these names and comparing them here.
        likely = await self._names_like(word, word[:1], word[1::-1])
        near = nearest_names(word, likely, most=most)
        return near or nearest_names(word, await self._names_like(word, "") if anyhow else (), most=most)

    async def rows(self, numbers: Collection[int]) -> Mapping[int, PackageRow | SnippetRow]:
        """See the port."""
        full = self.manifest.form is ArtifactForm.FULL
        if self.manifest.origin.contents is ArtifactContents.PACKAGES:
            texts = [LICENSES, HOMEPAGES, "long_description"] if full else ["licenses", "homepages", "NULL"]
            told = ", ".join(["attr, pname, version, description", *texts, "main_program"])
            found = await self._rows(told, numbers)
            return {number: PackageRow(*row) for number, *row in found}
        found = await self._rows("path, start_line, end_line, kind, language, symbol, content", numbers)
        return {number: SnippetRow(*row) for number, *row in found}

    async def unembedded(self, *, model: str, dimension: int) -> Sequence[TextToEmbed]:
        """See the port."""
        origin = self.manifest.origin
        kept = (origin.model, origin.dimension) == (model, dimension)
        return await texts_without_vectors(self._session, origin.contents, kept=kept)

    async def problems(self) -> Sequence[str]:
        """See the port."""
        return await self._apart.run(partial(problems, manifest=self.manifest))

    async def _names_like(self, word: str, *beginnings: str) -> list[str]:
        """The names that begin so and are no longer or shorter than slips make a word."""
        slips = forgiven_slips(word)
        named = f"SELECT unnest(string_split(names, ' ')) AS name FROM {fts_source(self.manifest.origin.contents)}"  # noqa: S608
        begins = " OR ".join("starts_with(name, ?)" for _ in beginnings)
        found = await self._session.rows(
            f"SELECT DISTINCT name FROM ({named}) WHERE len(name) BETWEEN ? AND ? AND ({begins})",  # noqa: S608
            [len(word) - slips, len(word) + slips, *beginnings],
        )
        return [name for (name,) in found]

    async def _rows(self, told: str, numbers: Collection[int]) -> list[tuple[Any, ...]]:
        if not numbers:
            return []
        # Numbers that stand in the statement are looked for before any other column is read.
        wanted = ", ".join(str(int(number)) for number in sorted(numbers))
        return await self._session.rows(
            f"SELECT {self._key}, {told} FROM {self._entries} WHERE {self._key} IN ({wanted})"  # noqa: S608
        )

    async def _near(
        self, wanted: str, limit: int, *, indexed: bool = False, narrowed: Narrowing | None = None
    ) -> Sequence[Match]:
        """By the index, or by comparing all that pass."""
        among = None if narrowed is None else passing(self._entries, self._key, narrowed)
        statement = nearest_statement(self._key, wanted, limit, indexed=indexed, among=among)
        session = self._apart if indexed else self._session
        rows = await session.rows(statement, () if narrowed is None else narrowed.parameters)
        return sorted((Match(*row) for row in rows), key=lambda match: (-match.score, match.snippet_id))

    async def _passing(self, numbers: Sequence[int], narrowed: Narrowing) -> frozenset[int]:
        among = f"{self._key} IN (SELECT unnest(?::BIGINT[]))"
        statement = f"{passing(self._entries, self._key, narrowed)} AND {among}"
        return frozenset(number for (number,) in await self._session.rows(statement, [*narrowed.parameters, numbers]))

    async def _matches(self, statement: str, parameters: Sequence[Any]) -> list[Match]:
        return [Match(number, score) for number, score in await self._session.rows(statement, parameters)]


def _prepare(connection: "DuckDBPyConnection", manifest: ArtifactManifest, *, neighbours: bool = False) -> None:
    """Load what the indexes take, that of `neighbours` only where it is asked for, and let nothing else in."""
    if manifest.fts is not None:
        load(connection, "fts")
    if neighbours and manifest.hnsw is not None:
        load(connection, "vss")
        connection.execute(f"SET hnsw_ef_search = {manifest.hnsw.ef_search:d}")
    # An artifact may come from anywhere, and what looks like a table of it may be a view of this machine's files.
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _beginnings(names: Sequence[str]) -> list[str]:
    """What an entry may begin with to be called so: of names that begin alike, the shortest says it for all."""
    found: list[str] = []
    for name in sorted(name for name in names if len(name) > 2):
        if not found or not name.startswith(found[-1]):
            found.append(name)
    return found


def _numbers(vector: Vector, manifest: ArtifactManifest) -> str:
    """The vector as it stands in a statement, of unit length. Raises InvalidInput for one of another dimension."""
    dimension = manifest.origin.dimension
    if dimension is None:
        raise InvalidInput("the artifact has no vectors", remedy="search by --mode keyword, or build one that has them")
    if len(vector) != 4 * dimension:
        raise InvalidInput(f"the artifact's vectors have {dimension} components, and this one {len(vector) // 4}")
    numbers = struct.unpack(f"<{dimension}f", vector)
    length = math.hypot(*numbers) or 1.0
    return literal([number / length for number in numbers])


def _size(file: Path) -> int:
    """How many bytes a database of DuckDB has. Raises NotFound, InvalidInput for anything else, and Refused."""
    try:
        size = file.stat().st_size
        # DuckDB takes some files by their names for tables to be looked at.
        is_database = file.is_file() and _has_magic(file)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"there is no artifact {file}", remedy="make one: kodit artifact build") from None
    except OSError as error:
        raise Refused(f"cannot open {file}: {(error.strerror or str(error)).lower()}") from error
    if not is_database:
        raise InvalidInput(f"{file} is no artifact", remedy="make one: kodit artifact build")
    return size


def _has_magic(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(_MAGIC.stop)[_MAGIC] == b"DUCK"
