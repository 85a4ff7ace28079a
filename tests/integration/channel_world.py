"""Channels whose releases are what a test puts there, and what becomes of them."""

from kodit.domain.errors import Unavailable
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.walk import EvaluationFailure, RawPackage
from kodit.domain.search.query import SearchMode
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState
from kodit.infrastructure.memory.releases import MemoryReleases

URL = "https://example.org/packages.json"
SKIPPED = [TaskState.SUCCEEDED, *[TaskState.SKIPPED] * 4]


class Lists(MemoryReleases):
    """Lists by location; reading breaks off behind so many entries where the test says so."""

    def __init__(self):
        self.lists = {}
        self.breaks_behind = None
        self.while_reading = lambda: None
        self.discarded = []
        super().__init__(self.lists)

    async def read(self, release, walk):
        read = 0
        async for entry in super().read(release, walk):
            if read == self.breaks_behind:
                raise Unavailable("the connection broke")
            read += 1
            yield entry
        self.while_reading()

    async def discard(self, location):
        self.discarded.append(location)

    def put(self, *entries, at=URL):
        self.lists[at] = [a_package(one) if isinstance(one, str) else one for one in entries]


def a_package(attr, version="1.0", **meta):
    path = AttrPath.parse(attr)
    fields = {"name": f"{path.name}-{version}", "pname": path.name, "version": version}
    return RawPackage(path, {**fields, "meta": {"description": f"What {path.name} is for", **meta}})


def a_failure(attr, message="error: it is gone"):
    return EvaluationFailure(AttrPath.parse(attr), message)


async def added(engine, name="demo", location=URL, **how):
    return await indexed(engine, await engine.channels.add(name, location, **how))


async def indexed(engine, source):
    report = await engine.working_off.index(source, wait=True, watch=None)
    assert report.progress.run.state is RunState.COMPLETED, report.progress.tasks
    return report


async def synced(engine, name="demo", *, afresh=False):
    return await indexed(engine, await engine.channels.named(name, afresh=afresh))


async def held(engine, name="demo"):
    """The versions of all packages of a channel, by attribute path."""
    async with engine.storage.read() as unit:
        source = await unit.sources.named(name)
        stored = await unit.nix_packages.after(source.id, 0, limit=1_000)
        assert {one.file_id for one in stored} == {file.id for file in await unit.files.placed(source.id)}
    return {str(one.package.attr): one.package.version for one in stored}


async def found(engine, text):
    return [hit.path for hit in (await engine.search(text, mode=SearchMode.KEYWORD)).hits]


def changes(report):
    return {what: report.counts[f"files_{what}"] for what in ("added", "modified", "deleted", "unchanged")}
