"""A server as `Kodit` is: what can be asked of a data directory, asked of another machine."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kodit.application.following import Watcher
from kodit.application.installation import Installation
from kodit.application.reports import IndexReport, RunProgress, SearchResult, SourceDetails
from kodit.application.serving.queued import Queued
from kodit.application.views import SourceRow
from kodit.domain.search.query import SearchMode
from kodit.domain.sources.last_change import ANY_CHANGE, LastChange
from kodit.domain.sources.location import parsed_location
from kodit.domain.sources.reading import HEAD
from kodit.domain.sources.selection import split_location
from kodit.domain.sources.source import Source
from kodit.infrastructure.remote.code_questions import RemoteCodeQuestions
from kodit.infrastructure.remote.connection import Connection
from kodit.infrastructure.remote.elsewhere import must_mean_the_same_there
from kodit.infrastructure.remote.files import RemoteFiles
from kodit.infrastructure.remote.following import report_of
from kodit.infrastructure.remote.keeping_fresh import RemoteKeepingFresh
from kodit.infrastructure.remote.packages import RemoteChannels, RemotePackageQuestions
from kodit.infrastructure.remote.queue import RemoteOverview, RemoteQueue
from kodit.infrastructure.remote.views import RemoteViews

if TYPE_CHECKING:
    from kodit.domain.code.snippet import SnippetKind
    from kodit.domain.sources.reading import Reading

_ELSEWHERE = "give the URL of a repository, or the whole path of a directory of the server's machine"


class RemoteKodit:
    """What `Kodit` offers and a server does too, with the same words and the same answers.

    Get one from `kodit.connect`. Raises as `Connection` and as the methods of `Kodit`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.code = RemoteCodeQuestions(connection)
        self.queue = RemoteQueue(connection)
        self.views = RemoteViews(connection)
        self.overview = RemoteOverview(connection)
        self.channels = RemoteChannels(connection)

    def freshness(self) -> RemoteKeepingFresh:
        """As `Kodit.freshness`."""
        return RemoteKeepingFresh(self._connection)

    def files(self) -> RemoteFiles:
        """As `Kodit.files`."""
        return RemoteFiles(self._connection)

    def nix(self) -> RemotePackageQuestions:
        """As `Kodit.nix`."""
        return RemotePackageQuestions(self._connection)

    async def search(  # noqa: PLR0913 - a filter each
        self,
        text: str,
        *,
        mode: SearchMode = SearchMode.HYBRID,
        sources: Sequence[str] = (),
        languages: Sequence[str] = (),
        paths: Sequence[str] = (),
        last_change: LastChange = ANY_CHANGE,
        packages: Sequence[str] = (),
        kinds: "Sequence[SnippetKind]" = (),
        limit: int = 10,
    ) -> SearchResult:
        """As `Kodit.search`."""
        return await self._connection.get(
            SearchResult,
            "search",
            q=text,
            mode=mode,
            source=sources,
            language=languages,
            path=paths,
            author=last_change.authors,
            after=last_change.earliest_at and last_change.earliest_at.isoformat(),
            before=last_change.until and last_change.until.isoformat(),
            package=packages,
            kind=kinds,
            limit=limit,
        )

    async def add(self, location: str, *, name: str | None = None, reading: "Reading | None" = None) -> Source:
        """As `Kodit.add`, and queues its indexing."""
        return (await self._queued(location, name, reading)).source

    async def index(
        self,
        location: str,
        *,
        name: str | None = None,
        reading: "Reading | None" = None,
        wait: bool = True,
        watch: Watcher | None = None,
    ) -> IndexReport:
        """As `Kodit.index`; the work is done by whoever works the server's queue off."""
        queued = await self._queued(location, name, reading)
        return await report_of(self._connection, queued.run, already=queued.already, wait=wait, watch=watch)

    async def sources(self) -> Sequence[SourceRow]:
        """As `Kodit.sources`."""
        return await self._connection.items(SourceRow, "sources")

    async def source(self, name: str) -> SourceDetails:
        """As `Kodit.source`."""
        return await self._connection.get(SourceDetails, "sources", name)

    async def remove(self, name: str) -> Source:
        """As `Kodit.remove`."""
        return await self._connection.send(Source, "DELETE", "sources", name)

    async def progress(self, run_id: int) -> RunProgress:
        """As `Kodit.progress`."""
        return await self._connection.get(RunProgress, "runs", str(run_id))

    async def installation(self) -> Installation:
        """As `Kodit.installation`, of the server's machine."""
        return await self._connection.get(Installation, "installation")

    async def close(self) -> None:
        """End the connections."""
        await self._connection.close()

    async def __aenter__(self) -> "RemoteKodit":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _queued(self, location: str, name: str | None, reading: "Reading | None") -> Queued:
        must_mean_the_same_there(parsed_location(split_location(str(location))[0]), remedy=_ELSEWHERE)
        wanted = reading or HEAD
        body = {
            "location": str(location),
            "name": name,
            "branch": wanted.branch,
            "tag": wanted.tag,
            "commit": wanted.commit,
            "depth": wanted.depth,
            "submodules": wanted.submodules,
        }
        given = {name: value for name, value in body.items() if value is not None}
        return await self._connection.send(Queued, "POST", "sources", body=given)
