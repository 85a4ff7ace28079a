"""What part of the code is asked about."""

from dataclasses import dataclass

from kodit.application.asking.given import several
from kodit.application.known_languages import known_language
from kodit.application.unit_of_work import Storage
from kodit.domain.errors import NotFound, NothingIndexed
from kodit.domain.search.query import Filters
from kodit.domain.sources.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Sources by name, languages, and globs over paths. Empty means: any; of one kind, each is an alternative."""

    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


ANYWHERE = Where()


async def all_sources(storage: Storage) -> list[Source]:
    """Every source. Raises NothingIndexed when there is none."""
    async with storage.read() as unit:
        sources = list(await unit.sources.all())
    if not sources:
        raise NothingIndexed("nothing is indexed yet", remedy="index something: kodit index PATH_OR_URL")
    return sources


async def filters_of(storage: Storage, where: Where) -> Filters:
    """The same, as the database is asked.

    Raises NothingIndexed, NotFound for a source that there is none of, InvalidInput for a language that kodit does not
    know and for one text where several may be given.
    """
    for option, given in (("sources", where.sources), ("languages", where.languages), ("paths", where.paths)):
        several(option, given)
    ids = {source.name: source.id for source in await all_sources(storage)}
    for name in where.sources:
        if name not in ids:
            raise NotFound(f"there is no source named {name}", remedy="list them: kodit sources")
    return Filters(
        index_ids=frozenset(ids[name] for name in where.sources),
        languages=frozenset(known_language(language) for language in where.languages),
        paths=where.paths,
    )
