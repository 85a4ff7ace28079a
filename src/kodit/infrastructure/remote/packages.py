"""Packages of nixpkgs, asked of a server."""

from collections.abc import Collection, Sequence

from kodit.application.channels.channels import ChannelDetails
from kodit.application.nixpkgs.package_answers import FoundPackage, NameAnswer, PackageAnswers
from kodit.application.serving.package_documents import revived_answers, revived_found
from kodit.domain.nixpkgs.package_query import PackageFilters, PackageQuery
from kodit.domain.nixpkgs.walk import EvaluationFailure
from kodit.infrastructure.remote.connection import PAGE, Connection

ANY_PACKAGE = PackageFilters()


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
    """As `Channels`, as far as they are looked at."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def listed(self) -> Sequence[ChannelDetails]:
        """As `Channels.listed`."""
        return await self._connection.items(ChannelDetails, "nix", "channels")

    async def shown(self, name: str) -> ChannelDetails:
        """As `Channels.shown`."""
        return await self._connection.get(ChannelDetails, "nix", "channels", name)

    async def failures(self, name: str) -> Sequence[EvaluationFailure]:
        """As `Channels.failures`."""
        return await self._connection.items(EvaluationFailure, "nix", "channels", name, "failures")
