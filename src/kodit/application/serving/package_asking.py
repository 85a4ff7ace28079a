"""Packages of nixpkgs, as far as a caller sees their channels."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from kodit.application.nixpkgs.searched import no_channel, no_channel_named
from kodit.application.serving.queued import Queued, queued
from kodit.application.serving.recording import recorded
from kodit.application.serving.sight import seen_among
from kodit.domain.access.audit import Action, Visit
from kodit.domain.access.scope import Scope
from kodit.domain.nixpkgs.channel_location import parsed_channel
from kodit.domain.sources.location import path_of, without_credentials

if TYPE_CHECKING:
    from kodit.application.channels.channels import ChannelDetails
    from kodit.application.engine import Kodit
    from kodit.application.nixpkgs.package_answers import FoundPackage, NameAnswer, PackageAnswers
    from kodit.application.nixpkgs.package_questions import PackageQuestions
    from kodit.domain.access.caller import Caller
    from kodit.domain.nixpkgs.package_query import PackageFilters
    from kodit.domain.nixpkgs.walk import EvaluationFailure, Walk
    from kodit.domain.tasks.run import Run


class PackageAsking:
    """The questions of `PackageQuestions`, each narrowed to the channels that exist for the caller, and what is told of
    channels. Each method raises Refused without its scope.
    """

    def __init__(self, engine: "Kodit", caller: "Caller", visit: Visit) -> None:
        self._engine = engine
        self._caller = caller
        self._visit = visit

    async def search(
        self,
        text: str,
        *,
        channels: Collection[str] = (),
        filters: "PackageFilters | None" = None,
        limit: int = 10,
    ) -> "PackageAnswers":
        """As `PackageSearchService.search`."""
        questions = self._questions()
        return await questions.searching.search(text, channels=await self._seen(channels), filters=filters, limit=limit)

    async def show(self, attr: str, *, channels: Collection[str] = ()) -> "Sequence[FoundPackage]":
        """As `PackageLookup.show`."""
        return await self._questions().lookup.show(attr, channels=await self._seen(channels))

    async def has(self, name: str, *, channels: Collection[str] = ()) -> "NameAnswer":
        """As `PackageLookup.has`."""
        return await self._questions().lookup.has(name, channels=await self._seen(channels))

    async def channels(self) -> "Sequence[ChannelDetails]":
        """Every channel that exists for the caller, by name."""
        self._caller.must(Scope.READ)
        return [one for one in await self._engine.channels.listed() if self._caller.sees(one.name)]

    async def channel(self, name: str) -> "ChannelDetails":
        """As `Channels.shown`."""
        self._caller.must(Scope.READ)
        self._must_see(name)
        return await self._engine.channels.shown(name)

    async def failures(self, name: str) -> "Sequence[EvaluationFailure]":
        """As `Channels.failures`."""
        self._caller.must(Scope.READ)
        self._must_see(name)
        return await self._engine.channels.failures(name)

    @recorded(lambda name, location, **_: (Action.ADD_SOURCE, without_credentials(location)))
    async def add(
        self, name: str, location: str, *, walk: "Walk", described: bool = False, moves: bool = False
    ) -> Queued:
        """Add a channel when it is new, and queue its indexing; raises as `Channels.add`.

        What lies on the server's own disk takes the scope ADMIN, and so does what `moves`: nothing is left of what the
        channel was. A caller who sees some sources only adds none.
        """
        self._caller.must(Scope.WRITE)
        if moves or path_of(parsed_channel(location)) is not None:
            self._caller.must(Scope.ADMIN)
        self._caller.must_see_all()
        before = {row.id for row in await self._engine.sources()}
        source = await self._engine.channels.add(name, location, walk=walk, described=described, moves=moves)
        return await queued(self._engine, source, added=source.id not in before)

    @recorded(lambda name, **_: (Action.SYNC_SOURCE, name))
    async def sync(self, name: str, *, afresh: bool = False) -> "Run":
        """Queue the indexing of the channel that `Channels.named` gives."""
        self._caller.must(Scope.WRITE)
        self._must_see(name)
        source = await self._engine.channels.named(name, afresh=afresh)
        return await self._engine.indexing.queue_index_tasks(source.id, is_user_initiated=True)

    def _questions(self) -> "PackageQuestions":
        self._caller.must(Scope.READ)
        return self._engine.nix()

    async def _seen(self, asked: Collection[str]) -> Collection[str]:
        """The channels to ask: see `seen_among`. Raises NotFound and NothingIndexed."""
        return await seen_among(self._caller, asked, self._there, must_see=self._must_see, nothing=no_channel)

    async def _there(self) -> Iterable[str]:
        return [one.name for one in await self._engine.nix().lookup.channels()]

    def _must_see(self, name: str) -> None:
        if not self._caller.sees(name):
            raise no_channel_named(name)
