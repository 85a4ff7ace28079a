"""A channel where the database is PostgreSQL holds what it holds in SQLite."""

import json

import kodit
from kodit.domain.search.query import SearchMode
from kodit.domain.tasks.run import RunState

PACKAGES = {
    "hello": {"name": "hello-1", "meta": {"description": "A greeting \U0001f600", "license": {"spdxId": "MIT"}}},
    "set.inner": {"name": "inner-1", "meta": {"description": "Lies in a set", "platforms": ["x86_64-linux"]}},
    "goes": {"name": "goes-1", "meta": {"maintainers": [{"name": "Ann", "github": "ann"}]}},
}


async def indexed(engine, path, packages):
    path.write_text(json.dumps({"version": 2, "packages": packages}))
    source = await engine.channels.add("demo", str(path))
    report = await engine.working_off.index(source, wait=True, watch=None)
    assert report.progress.run.state is RunState.COMPLETED, report.progress.tasks
    return report


async def held(engine):
    async with engine.storage.read() as unit:
        source = await unit.sources.named("demo")
        return {str(one.package.attr): one.package for one in await unit.nix_packages.after(source.id, 0, limit=9)}


async def test_a_channel_holds_the_same_wherever_it_is_kept(postgres_url, tmp_path):
    path = tmp_path / "packages.json"
    newer = {**PACKAGES, "new": {"name": "new-1"}, "hello": {**PACKAGES["hello"], "name": "hello-2"}}
    del newer["goes"]

    async with (
        kodit.open(tmp_path / "one", workers=1) as embedded,
        kodit.open(tmp_path / "two", database_url=postgres_url, workers=1) as shared,
    ):
        for packages in (PACKAGES, newer):
            here, there = [await indexed(engine, path, packages) for engine in (embedded, shared)]
            assert await held(embedded) == await held(shared)
            assert here.counts == there.counts
        found = await shared.search("lies in a set", mode=SearchMode.KEYWORD)
        assert [hit.path for hit in found.hits] == ["set.inner"]
        shown = await shared.channels.shown("demo")
        assert (shown.top_level, shown.nested) == (2, 1)
        assert await shared.check() == []
