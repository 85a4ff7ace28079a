"""What every ManifestReader promises."""

import os
from contextlib import aclosing
from datetime import timedelta

import pytest

from kodit.infrastructure.manifests.manifest_reader import PooledManifestReader
from kodit.infrastructure.manifests.reading import read_manifest
from kodit.infrastructure.processes.guarded_pool import GuardedPool


@pytest.fixture
async def pool():
    opened = GuardedPool(2, timedelta(seconds=1), 300_000_000)
    yield opened
    await opened.close()


@pytest.fixture
def reader(pool):
    return PooledManifestReader(pool)


async def files(*contents):
    for path, content in contents:
        yield path, content


def hostile(path, content):
    """Do what the content says."""
    if content == b"crash":
        os._exit(7)
    while content == b"hang":
        pass
    if content == b"bloat":
        bytearray(2**30)
    return read_manifest(path, content)


async def test_each_manifest_gives_one_result_in_the_order_given(reader):
    given = [
        ("b/package.json", b'{"name": "b"}'),
        ("a/go.mod", b"module a"),
        ("c/pom.xml", b"<x"),
        ("a/setup.py", b"("),
    ]

    found = [read async for read in reader.read(files(*given))]

    assert [read.path for read in found] == [path for path, _ in given]
    assert [read.manifest and read.manifest.name for read in found] == ["b", "a", None, None]
    assert [bool(read.problem) for read in found] == [False, False, True, True]


async def test_no_manifests_give_no_results(reader):
    assert [read async for read in reader.read(files())] == []


async def test_a_consumer_may_stop_early(reader):
    async with aclosing(reader.read(files(("package.json", b"{}"), ("b/package.json", b"{}")))) as results:
        async for read in results:
            assert read.path == "package.json"
            break


@pytest.mark.parametrize(
    ("content", "why"), [("crash", "exit code 7"), ("hang", "longer than 1 s"), ("bloat", "300 MB")]
)
async def test_what_kills_hangs_or_bloats_costs_that_manifest_only(pool, content, why):
    reader = PooledManifestReader(pool, read=hostile)
    given = [("package.json", b"{}"), ("b/package.json", content.encode()), ("c/package.json", b"{}")]

    found = [read async for read in reader.read(files(*given))]

    assert [read.manifest is None for read in found] == [False, True, False]
    assert why in found[1].problem
