"""Packages of nixpkgs, asked of a server."""

from collections.abc import Collection, Sequence

from kodit.application.channels.channels import ChannelDetails
from kodit.application.following import Watcher
from kodit.application.nixpkgs.package_answers import FoundPackage, NameAnswer, PackageAnswers
from kodit.application.reports import IndexReport
from kodit.application.serving.package_documents import revived_answers, revived_found
from kodit.application.serving.plain import plain
from kodit.application.serving.queued import Queued
from kodit.domain.errors import NotFound
from kodit.domain.nixpkgs.channel_location import parsed_channel
from kodit.domain.nixpkgs.package_query import PackageFilters, PackageQuery
from kodit.domain.nixpkgs.walk import EvaluationFailure, Walk
from kodit.domain.tasks.run import Run
from kodit.domain.tasks.task import LIVE
from kodit.infrastructure.remote.connection import PAGE, Connection
from kodit.infrastructure.remote.elsewhere import must_mean_the_same_there
from kodit.infrastructure.remote.following import report_of
from kodit.infrastructure.remote.views import RemoteViews

ANY_PACKAGE = PackageFilters()
_ELSEWHERE = "give the URL of a list of packages, or the whole path of a list or a tree of the server's machine"


class RemotePackageSearch:
    """As `PackageSearchService`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def search(
        self, text: str, *, channels: Collection[str] = (), filters: PackageFilters | None = None, limit: int = 10
    ) -> PackageAnswers:
        """As `PackageSearchService.search`; a server gives no more than the first thousand answers."""
        wanted = filters or ANY_PACKAGE
        document = await self._connection.document(
            "GET",
            "nix",
            "packages",
            parameters={
                "q": text,
                "channel": tuple(channels),
                "license": sorted(wanted.licenses),
                "platform": sorted(wanted.platforms),
                "broken": wanted.broken,
                "unfree": wanted.unfree,
                "insecure": wanted.insecure,
                "unsupported": wanted.unsupported,
                "limit": min(limit, PAGE),
            },
        )
        return revived_answers(document, PackageQuery(text=text, filters=wanted, limit=limit))


class RemotePackageLookup:
    """As `PackageLookup`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def show(self, attr: str, *, channels: Collection[str] = ()) -> Sequence[FoundPackage]:
        """As `PackageLookup.show`."""
        return revived_found(await self._connection.value("nix", "packages", attr, channel=tuple(channels)))

    async def has(self, name: str, *, channels: Collection[str] = ()) -> NameAnswer:
        """As `PackageLookup.has`."""
        return await self._connection.get(NameAnswer, "nix", "names", name=name, channel=tuple(channels))


class RemotePackageQuestions:
    """As `PackageQuestions`."""

    def __init__(self, connection: Connection) -> None:
        self.searching = RemotePackageSearch(connection)
        self.lookup = RemotePackageLookup(connection)


class RemoteChannels:
    """As `Channels`, as far as a server lets callers at them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def index(
        self,
        name: str,
        location: str,
        *,
        walk: Walk | None = None,
        described: bool = False,
        moves: bool = False,
        wait: bool = True,
        watch: Watcher | None = None,
    ) -> IndexReport:
        """As `Channels.index`; the work is done by whoever works the server's queue off."""
        place = parsed_channel(str(location))
        must_mean_the_same_there(place, remedy=_ELSEWHERE)
        how = plain(walk or Walk())
        body = {"name": name, "location": place.text, "described": described, "replace": moves, **how}
        queued = await self._connection.send(Queued, "POST", "nix", "channels", body=body)
        return await report_of(self._connection, queued.run, already=queued.already, wait=wait, watch=watch)

    async def sync(
        self, name: str, *, afresh: bool = False, wait: bool = True, watch: Watcher | None = None
    ) -> IndexReport:
        """As `Channels.sync`; the work is done as for `index`."""
        live = await self._live_runs(name)
        run = await self._connection.send(Run, "POST", "nix", "channels", name, "sync", body={"afresh": afresh})
        return await report_of(self._connection, run, already=run.id in live, wait=wait, watch=watch)

    async def listed(self) -> Sequence[ChannelDetails]:
        """As `Channels.listed`."""
        return await self._connection.items(ChannelDetails, "nix", "channels")

    async def shown(self, name: str) -> ChannelDetails:
        """As `Channels.shown`."""
        return await self._connection.get(ChannelDetails, "nix", "channels", name)

    async def failures(self, name: str) -> Sequence[EvaluationFailure]:
        """As `Channels.failures`."""
        return await self._connection.items(EvaluationFailure, "nix", "channels", name, "failures")

    async def _live_runs(self, name: str) -> Collection[int]:
        try:
            return {task.run_id for task in await RemoteViews(self._connection).tasks(states=LIVE, source=name)}
        except NotFound:
            # What is asked for next says what there is none of.
            return ()
