"""Publishes files so that readers have the old ones or the new ones, and never some of each."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from kodit.domain.artifacts.object_store import NOTHING_THERE, Expected, ObjectStore, StoredObject
from kodit.domain.artifacts.publication import (
    POINTER_BYTES,
    FileToPublish,
    Publication,
    PublishedFile,
    contents_key,
    contents_text,
    pointer_key,
    published,
    snapshot_key,
    snapshot_names,
)
from kodit.domain.errors import BadAnswer, Conflict, InvalidInput, NotFound, Refused

Download = Callable[[ObjectStore, StoredObject, str], Awaitable[None]]
"""Has what a store holds lie at a path of this machine, whole or not at all."""

ABANDONED = timedelta(days=1)
"""After how long an upload that has not ended never will."""

SNAPSHOTS = 100
"""How often one release may be published with another content."""

TURNS = 5
"""How often another publisher may come first before the attempt is given up."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """Publishes to one store and fetches from it.

    Every file is stored below the name of its release first, where it stays as it is. Then it is copied to its key,
    and at last the pointer is moved, which tells all files of a publication with their digests at once. So whoever
    follows the pointer never sees half of a publication, wherever another was interrupted.
    """

    store: ObjectStore
    download: Download
    now: Callable[[], datetime]

    async def publish(
        self,
        files: Sequence[FileToPublish],
        release: str,
        *,
        latest: bool = True,
        standing: tuple[PublishedFile, ...] | None = None,
    ) -> Publication:
        """Publish the files of a release together; with `latest`, the pointers beside them are moved at the end.

        Doing so again sends nothing that is there already: neither the same bytes, nor artifacts that say the same as
        those that stand for this release, which are the newest then. What is `standing` is looked for unless it is
        given. Raises what the store raises, InvalidInput for two files with one key, and Conflict where others publish
        all the time.
        """
        if len({file.key for file in files}) < len(files):
            raise InvalidInput("every file needs a key of its own")
        await self._sweep(files)
        if standing is None:
            standing = await self.standing(files, release)
        stored = standing or await self._stored(files, release)
        publication = Publication(release=release, published_at=self.now(), files=stored)
        if not latest:
            await self._copied(publication)
        for pointer in dict.fromkeys(pointer_key(file.key) for file in files if latest):
            await self._point(publication, pointer)
        return publication

    async def replace(self, files: Sequence[FileToPublish]) -> Sequence[StoredObject]:
        """Store files under their keys alone, with no snapshots and no pointer."""
        await self._sweep(files)
        return [await self.store.put(file.key, file.path) for file in files]

    async def latest(self, key: str) -> Publication:
        """What the pointer beside a key says. Raises NotFound where there is none."""
        return Publication.parsed(await self._text(await self.store.head(pointer_key(key))))

    async def fetch(self, key: str, path: str) -> StoredObject:
        """Have what lies under a key lie at a path. Raises NotFound."""
        for _ in range(TURNS):
            stored = await self.store.head(key)
            try:
                await self.download(self.store, stored, path)
            except Conflict:
                # It was published anew meanwhile.
                continue
            return stored
        raise Conflict(f"{key} changes all the time")

    async def fetch_latest(self, key: str, path: str) -> tuple[Publication, StoredObject]:
        """Have the newest version that was published under a key lie at a path, by the pointer beside it."""
        publication = await self.latest(key)
        file = publication.file(key)
        stored = await self.store.head(file.snapshot)
        if stored.sha256 not in (None, file.sha256):
            raise BadAnswer(f"{file.snapshot} is not what was published", remedy="publish once more")
        await self.download(self.store, stored, path)
        return publication, stored

    async def _sweep(self, files: Sequence[FileToPublish]) -> None:
        names = {file.key.rpartition("/")[2] for file in files}
        # Who may write need not be allowed to tidy up.
        with suppress(Refused):
            await self.store.sweep(names, before=self.now() - ABANDONED)

    async def standing(self, files: Sequence[FileToPublish], release: str) -> tuple[PublishedFile, ...]:
        """What was published of this release, if it says what the files say, and lies there still; else nothing."""
        if not all(file.contents for file in files):
            return ()
        for name in islice(snapshot_names(release), SNAPSHOTS):
            try:
                await self.store.head(snapshot_key(files[0].key, name))
            except NotFound:
                return ()
            lying = [found for file in files if (found := await self._lying(file, name))]
            if len(lying) == len(files):
                return tuple(lying)
        return ()

    async def _lying(self, file: FileToPublish, name: str) -> PublishedFile | None:
        """What lies below a name, if it is as it was stored, and says what the file says."""
        key = snapshot_key(file.key, name)
        try:
            stored = await self.store.head(key)
            said = await self._text(await self.store.head(contents_key(key)))
        except (NotFound, BadAnswer, Conflict):
            return None
        return published(file, stored) if said == contents_text(file, stored) else None

    async def _stored(self, files: Sequence[FileToPublish], release: str) -> tuple[PublishedFile, ...]:
        """Every file below the first name for the release that has nothing else of theirs."""
        for name in islice(snapshot_names(release), SNAPSHOTS):
            try:
                return tuple([await self._snapshot(file, name) for file in files])
            except Conflict:
                continue
        raise Conflict(f"{release} has been published with too many contents", remedy="delete its old snapshots")

    async def _snapshot(self, file: FileToPublish, release: str) -> PublishedFile:
        key = snapshot_key(file.key, release)
        stored = published(file, await self.store.put(key, file.path, expected=NOTHING_THERE))
        # As `sha256sum --check` reads it.
        await self.store.write(f"{key}.sha256", f"{stored.sha256}  {stored.name}\n".encode())
        if file.contents:
            await self.store.write(contents_key(key), contents_text(file, stored).encode())
        return stored

    async def _copied(self, publication: Publication) -> None:
        for file in publication.files:
            await self.store.copy(await self.store.head(file.snapshot), file.key)

    async def _point(self, publication: Publication, pointer: str) -> None:
        for _ in range(TURNS):
            before, standing = await self._standing(pointer)
            await self._copied(publication)
            if standing is not None and publication.says_the_same_as(standing):
                return
            try:
                await self.store.write(pointer, publication.text.encode(), expected=before)
            except Conflict:
                continue
            return
        raise Conflict("others publish there all the time", remedy="see who else publishes, and try again")

    async def _standing(self, pointer: str) -> tuple[Expected, Publication | None]:
        """What lies where the pointer belongs, and what it says, if it is one."""
        try:
            stored = await self.store.head(pointer)
        except NotFound:
            return NOTHING_THERE, None
        try:
            return Expected(stored.etag), Publication.parsed(await self._text(stored))
        except (BadAnswer, NotFound, Conflict):
            return Expected(stored.etag), None

    async def _text(self, stored: StoredObject) -> str:
        if stored.size > POINTER_BYTES:
            raise BadAnswer(f"{stored.key} is no pointer: it has {stored.size} bytes")
        return b"".join([chunk async for chunk in self.store.read(stored)]).decode(errors="replace")
