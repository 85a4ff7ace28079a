"""The one door to channels: they are added, shown and read anew here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from kodit.application.indexing.code_indexing_application_service import CodeIndexingApplicationService
from kodit.application.nixpkgs.searched import no_channel_named
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.application.views import SourceRow
from kodit.domain.errors import Conflict, Refused
from kodit.domain.nixpkgs.channel_location import channel_location
from kodit.domain.nixpkgs.ports import Releases
from kodit.domain.nixpkgs.release import ReleaseForm
from kodit.domain.nixpkgs.walk import EvaluationFailure, Walk
from kodit.domain.sources.location import checked_name
from kodit.domain.sources.reading import LookAtPath
from kodit.domain.sources.source import Naming, Source, SourceKind

if TYPE_CHECKING:
    from kodit.application.following import Watcher
    from kodit.application.reports import IndexReport
    from kodit.application.working_off import WorkingOff


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDetails:
    """A channel with its packages and failures in numbers.

    `form` is that of its release, as far as can be told from here: what is gone counts as a tree.
    `state` is that of its source (see `SourceRow`); where that is `failed`, `error` and `remedy` say why.
    `release` is what its makers call the release that was read last, `release_id` what changes with it; `complete` is
    set where all packages are of it. `packages` stand at the `top_level` of the tree or `nested` in sets; `failures`
    are the attributes that could not be evaluated. `described` is set where packages are described in other words than
    their own, and `walk` says how they are looked for.
    """

    name: str
    location: str
    form: ReleaseForm
    state: str
    error: str | None
    release: str | None
    release_id: str | None
    complete: bool
    packages: int
    top_level: int
    nested: int
    failures: int
    indexed_at: datetime | None
    described: bool
    walk: Walk
    remedy: str | None = None


class Channels:
    """Adds channels, has them indexed, and tells of them; `rows` gives every source as it stands."""

    def __init__(
        self,
        *,
        storage: Storage,
        indexing: CodeIndexingApplicationService,
        look_at_path: LookAtPath,
        releases: Callable[[], Releases],
        rows: Callable[[], Awaitable[Sequence[SourceRow]]],
        working_off: "Callable[[], WorkingOff]",
    ) -> None:
        self._storage = storage
        self._indexing = indexing
        self._look_at_path = look_at_path
        self._releases = releases
        self._rows = rows
        self._working_off = working_off

    async def index(
        self,
        name: str,
        location: str,
        *,
        walk: Walk | None = None,
        described: bool = False,
        moves: bool = False,
        wait: bool = True,
        watch: "Watcher | None" = None,
    ) -> "IndexReport":
        """Add a channel as `add` does, and index what changed in it as `WorkingOff.index` does."""
        source = await self.add(name, location, walk=walk, described=described, moves=moves)
        return await self._working_off().index(source, wait=wait, watch=watch)

    async def sync(
        self, name: str, *, afresh: bool = False, wait: bool = True, watch: "Watcher | None" = None
    ) -> "IndexReport":
        """Index what changed in a channel, which `named` gives, as `WorkingOff.index` does."""
        return await self._working_off().index(await self.named(name, afresh=afresh), wait=wait, watch=watch)

    async def add(
        self, name: str, location: str, *, walk: Walk | None = None, described: bool = False, moves: bool = False
    ) -> Source:
        """The channel of this name, added when it is new; a known one is read so from now on.

        `location` is what people type: the path of a nixpkgs tree or of a list of packages, or the URL of such a list.
        With `moves`, a known channel is read from there from now on, once there is a release; what that does not have
        is gone with the next run. Raises NotFound or InvalidInput for a name or a location that makes no sense, Refused
        for a path that may not be looked at, Conflict where another kind of source has the name, or without `moves` a
        channel that is read from elsewhere; and for a channel that moves, what `Releases.resolve` raises.
        """
        exact = channel_location(str(location), checked_name(name), self._look_at_path)
        async with self._storage.read() as unit:
            source = await unit.sources.named(name)
        if source is None:
            kind, naming = SourceKind.NIXPKGS_CHANNEL, Naming(name, exact=True)
            source = await self._indexing.add_source(kind=kind, location=exact, naming=naming)
        elif source.kind is not SourceKind.NIXPKGS_CHANNEL:
            raise Conflict(f"there is a source named {name} already", remedy="choose another name")
        elif source.location != exact:
            await self._check_move(source, replace(source, location=exact), moves=moves)
        async with self._storage.write() as unit:
            if source.location != exact:
                source = replace(await unit.sources.get(source.id), location=exact)
                await unit.sources.update(source)
            channel = await unit.channels.of(source.id)
            await unit.channels.save(channel.read_by(walk or Walk(), described=described))
        return source

    async def _check_move(self, source: Source, moved: Source, *, moves: bool) -> None:
        async with self._storage.read() as unit:
            held = await unit.nix_packages.tally(source.id)
        if not held.total:
            return
        if not moves:
            raise Conflict(
                f"{source.name} is read from {source.repository}",
                remedy="choose another name, or have it read from there from now on: --replace",
            )
        await self._releases().resolve(moved.repository)

    async def listed(self) -> Sequence[ChannelDetails]:
        """Every channel, by name."""
        async with self._storage.read() as unit:
            sources = await unit.sources.all()
        return await self._details([one for one in sources if one.kind is SourceKind.NIXPKGS_CHANNEL])

    async def shown(self, name: str) -> ChannelDetails:
        """One channel. Raises NotFound."""
        async with self._storage.read() as unit:
            source = await _named(unit, name)
        [details] = await self._details([source])
        return details

    async def failures(self, name: str) -> Sequence[EvaluationFailure]:
        """The attributes of a channel that could not be evaluated, by path. Raises NotFound."""
        async with self._storage.read() as unit:
            return await unit.channels.failures((await _named(unit, name)).id)

    async def named(self, name: str, *, afresh: bool = False) -> Source:
        """The channel of a name; with `afresh` its release is read again even where it is the same. Raises NotFound."""
        async with self._storage.write() as unit:
            source = await _named(unit, name)
            if afresh:
                await unit.channels.save((await unit.channels.of(source.id)).incomplete())
        return source

    async def _details(self, channels: Sequence[Source]) -> Sequence[ChannelDetails]:
        rows = {row.id: row for row in await self._rows()}
        async with self._storage.read() as unit:
            return [await self._told(unit, one, rows.get(one.id)) for one in channels]

    async def _told(self, unit: UnitOfWork, source: Source, row: SourceRow | None) -> ChannelDetails:
        channel = await unit.channels.of(source.id)
        packages = await unit.nix_packages.tally(source.id)
        return ChannelDetails(
            name=source.name,
            location=source.repository,
            form=self._form(source),
            state=row.state if row else "new",
            error=row.error if row else None,
            remedy=row.remedy if row else None,
            release=channel.release_name,
            release_id=source.commit,
            complete=channel.complete_as is not None,
            packages=packages.total,
            top_level=packages.top_level,
            nested=packages.nested,
            failures=await unit.channels.count_failures(source.id),
            indexed_at=source.indexed_at,
            described=channel.described,
            walk=channel.walk,
        )

    def _form(self, source: Source) -> ReleaseForm:
        if not source.lies_on_disk:
            return ReleaseForm.LIST
        try:
            facts = self._look_at_path(source.repository)
        except Refused:
            facts = None
        return ReleaseForm.TREE if facts is None or facts.is_directory else ReleaseForm.LIST


async def _named(unit: UnitOfWork, name: str) -> Source:
    source = await unit.sources.named(name)
    if source is None or source.kind is not SourceKind.NIXPKGS_CHANNEL:
        raise no_channel_named(name)
    return source
