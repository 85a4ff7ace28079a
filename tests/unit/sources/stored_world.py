"""A source in memory: its disk, and what kodit stores of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kodit.domain.sources.changes import RACY_NS, Changes, changes_between, to_be_hashed
from kodit.domain.sources.file import File, FileEntry, FileStatus

LATER = RACY_NS + 1


@dataclass
class World:
    """A disk, what kodit stores of it, and the path and the content that each file's snippets were made from."""

    disk: dict[str, tuple[str, int]] = field(default_factory=dict)
    stored: dict[str, File] = field(default_factory=dict)
    snippets: dict[int, tuple[str, str]] = field(default_factory=dict)
    now: int = 10 * RACY_NS
    hashed: list[str] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    ids: int = 0

    def write(self, path: str, content: str) -> None:
        self.disk[path] = (content, self.now)

    def entries(self) -> list[FileEntry]:
        return [
            FileEntry(path=path, size=len(content), mtime_ns=mtime, unreadable=path in self.unreadable)
            for path, (content, mtime) in sorted(self.disk.items())
        ]

    def scan(self) -> Changes:
        entries = self.entries()
        wanted = to_be_hashed(self.stored, entries)
        self.hashed = [entry.path for entry in wanted]
        hashes = {entry.path: f"hash of {self.disk[entry.path][0]}" for entry in wanted}
        changes = changes_between(self.stored, entries, hashes, index_id=1, scanned_at_ns=self.now)
        self.store(changes.rows)
        return changes

    def store(self, rows: Iterable[File]) -> None:
        """As the repository does: a file with an id takes the place of the one with that id."""
        for file in rows:
            self.ids += not file.id
            known = file if file.id else replace(file, id=self.ids)
            self.stored = {path: other for path, other in self.stored.items() if other.id != known.id}
            assert known.path not in self.stored
            self.stored[known.path] = known

    def extract(self, path: str) -> None:
        file = self.stored[path]
        if not file.needs_extraction:
            return
        self.snippets.pop(file.id, None)
        if file.status is not FileStatus.DELETED and path in self.disk:
            self.snippets[file.id] = (path, file.content_hash)
            self.stored[path] = replace(file, extracted_hash=file.content_hash)

    def finish(self) -> None:
        for path in list(self.stored):
            self.extract(path)
        self.stored = {
            path: replace(file, status=FileStatus.CLEAN)
            for path, file in self.stored.items()
            if file.status is not FileStatus.DELETED
        }

    def status(self, path: str) -> FileStatus:
        return self.stored[path].status


def world(*, finished: bool = True) -> World:
    """One file, `a`, scanned long after it was written."""
    it = World()
    it.write("a", "one")
    it.now += LATER
    it.scan()
    if finished:
        it.finish()
    return it
