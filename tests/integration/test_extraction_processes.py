"""A worker process that crashes or hangs costs one file; processes are few, kept, and gone when they should be."""

import asyncio
import multiprocessing
from datetime import timedelta
from pathlib import Path

import hostile_extraction
import pytest

from kodit.domain.code.extracted import FileContent
from kodit.domain.sources.file import SkipReason
from kodit.infrastructure.treesitter.snippet_extractor import BATCH_BYTES, BATCH_FILES, TreeSitterSnippetExtractor


@pytest.fixture
async def extractor_of():
    made = []

    def make(workers, extract=hostile_extraction.extract, **options):
        made.append(TreeSitterSnippetExtractor(workers, extract=extract, **options))
        return made[-1]

    yield make
    for extractor in made:
        await extractor.close()


async def files(*paths, content=b""):
    for path in paths:
        yield FileContent(path=path, content=content)


async def test_a_crash_costs_one_file(extractor_of):
    extractor = extractor_of(2)
    results = [result async for result in extractor.extract(files("a", "crash", "b"))]
    assert [(result.path, result.skip_reason) for result in results] == [
        ("a", None),
        ("crash", SkipReason.FAILED),
        ("b", None),
    ]
    assert "exit code 7" in results[1].problem


async def test_a_hang_costs_one_file(extractor_of):
    extractor = extractor_of(1, hostile_extraction.hang_at_once, time_limit=timedelta(seconds=1))
    results = [result async for result in extractor.extract(files("a", "hang", "b"))]
    assert [(result.path, result.skip_reason) for result in results] == [
        ("a", None),
        ("hang", SkipReason.FAILED),
        ("b", None),
    ]
    assert "longer than 1 s" in results[1].problem


async def test_an_error_costs_one_file_and_no_process(extractor_of):
    results = [result async for result in extractor_of(1).extract(files("a", "error", "b"))]
    assert [result.skip_reason for result in results] == [None, SkipReason.FAILED, None]
    assert results[1].problem == "ValueError: a hostile file"
    assert results[0].problem == results[2].problem


async def test_crashes_in_several_batches_keep_the_order(extractor_of):
    paths = ["crash" if number % BATCH_FILES == 3 else str(number) for number in range(3 * BATCH_FILES)]
    results = [result async for result in extractor_of(2).extract(files(*paths))]
    assert [result.path for result in results] == paths
    assert sum(result.skip_reason is SkipReason.FAILED for result in results) == 3


async def test_a_few_files_start_one_process_which_is_kept_for_the_next(extractor_of):
    before = set(multiprocessing.active_children())
    extractor = extractor_of(4)
    first = [result.problem async for result in extractor.extract(files("a", "b"))]
    assert len(set(multiprocessing.active_children()) - before) == 1
    assert [result.problem async for result in extractor.extract(files("a", "b"))] == first


async def test_close_ends_the_processes_and_the_extractor_starts_them_again(extractor_of):
    before = set(multiprocessing.active_children())
    extractor = extractor_of(1)
    first = [result.problem async for result in extractor.extract(files("a"))]
    await extractor.close()
    assert set(multiprocessing.active_children()) <= before
    assert [result.problem async for result in extractor.extract(files("a"))] != first


async def test_the_pool_grows_with_the_work_and_no_process_is_left_behind(extractor_of):
    before = set(multiprocessing.active_children())
    extractor = extractor_of(2)
    assert [result.path async for result in extractor.extract(files("a"))] == ["a"]
    paths = [str(number) for number in range(6)]
    blob = b" " * BATCH_BYTES
    assert [result.path async for result in extractor.extract(files(*paths, content=blob))] == paths
    await extractor.close()
    assert set(multiprocessing.active_children()) <= before


async def test_the_number_of_processes_changes_nothing(extractor_of):
    samples = sorted((Path(__file__).parent.parent / "contracts" / "samples").iterdir())

    async def many():
        for copy in range(40):
            for sample in samples:
                yield FileContent(path=f"{copy}/{sample.name}", content=sample.read_bytes())

    one = TreeSitterSnippetExtractor(1)
    two = TreeSitterSnippetExtractor(2)
    try:
        assert [result async for result in one.extract(many())] == [result async for result in two.extract(many())]
    finally:
        await one.close()
        await two.close()


async def test_no_more_than_a_few_batches_are_read_ahead(extractor_of):
    read = 0

    async def many():
        nonlocal read
        for number in range(30):
            read += 1
            yield FileContent(path=str(number), content=b" " * BATCH_BYTES)

    ahead = []
    done = 0
    async for _ in extractor_of(2).extract(many()):
        done += 1
        ahead.append(read - done)
    assert done == 30
    assert max(ahead) <= 6


async def test_cancelling_stops_the_process_at_work(extractor_of):
    """The process holds a connection open for as long as it lives."""
    begun = asyncio.Event()
    ended = asyncio.Event()

    async def watch(reader, writer):
        begun.set()
        await reader.read()
        ended.set()
        writer.close()

    async def consume(extractor, port):
        return [result async for result in extractor.extract(files("hang", content=str(port).encode()))]

    server = await asyncio.start_server(watch, "127.0.0.1")
    async with server:
        task = asyncio.create_task(consume(extractor_of(1), server.sockets[0].getsockname()[1]))
        await asyncio.wait_for(begun.wait(), 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 10)


async def test_worker_processes_import_what_extraction_needs_and_no_more(extractor_of):
    results = [result async for result in extractor_of(1, hostile_extraction.imported).extract(files("a"))]
    modules = set(results[0].problem.split())
    assert "kodit.infrastructure.treesitter.file_extraction" in modules
    assert not modules & {"sqlalchemy", "numpy", "tantivy", "httpx", "tokenizers", "kodit.bootstrap"}
