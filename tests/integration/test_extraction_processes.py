"""A worker process that crashes or hangs costs one file; processes are few, kept, and gone when they should be."""

import asyncio
import multiprocessing
from datetime import timedelta
from pathlib import Path

import hostile_extraction
import pytest

from kodit.domain.code.extracted import FileContent
from kodit.domain.sources.file import SkipReason
from kodit.infrastructure.processes import guarded_pool
from kodit.infrastructure.processes.guarded_pool import BATCH_BYTES, BATCH_ITEMS, GuardedPool
from kodit.infrastructure.treesitter.file_extraction import extract_file
from kodit.infrastructure.treesitter.snippet_extractor import PRELOADED, TreeSitterSnippetExtractor


class Extractor(TreeSitterSnippetExtractor):
    """An extractor with a pool of its own."""

    def __init__(self, workers, extract, **limits):
        self.pool = GuardedPool(workers, **limits, preload=[PRELOADED])
        self.close = self.pool.close
        super().__init__(self.pool, extract=extract)


@pytest.fixture
async def extractor_of():
    made = []

    def make(workers, extract=hostile_extraction.extract, **limits):
        made.append(Extractor(workers, extract, **limits))
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
    paths = ["crash" if number % BATCH_ITEMS == 3 else str(number) for number in range(3 * BATCH_ITEMS)]
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


async def test_a_file_that_needs_too_much_memory_costs_itself_only(extractor_of):
    extractor = extractor_of(1, memory_limit=300_000_000)
    results = [result async for result in extractor.extract(files("a", "bloat", "b"))]
    assert [result.skip_reason for result in results] == [None, SkipReason.FAILED, None]
    assert results[1].problem == "Extraction needs more than 300 MB of memory."


@pytest.mark.parametrize(("end", "code"), [("SIGABRT", -6), ("SIGSEGV", -11)])
async def test_a_grammar_that_may_not_take_memory_costs_one_file_and_the_reason_is_told(extractor_of, end, code):
    results = [result async for result in extractor_of(1, memory_limit=10**9).extract(files("a", end, "b"))]
    assert [result.skip_reason for result in results] == [None, SkipReason.FAILED, None]
    assert results[1].problem == (
        f"The worker process died (exit code {code}), perhaps because it needs more than 1,000 MB of memory."
    )


async def test_memory_that_is_only_reserved_counts_for_nothing(extractor_of):
    results = [result async for result in extractor_of(1, memory_limit=300_000_000).extract(files("reserve"))]
    assert [result.skip_reason for result in results] == [None]


async def test_a_process_is_replaced_after_many_batches(extractor_of, monkeypatch):
    monkeypatch.setattr(guarded_pool, "BATCHES_IN_A_LIFE", 3)
    extractor = extractor_of(1)
    paths = [str(number) for number in range(12)]
    results = [result async for result in extractor.extract(files(*paths, content=b" " * BATCH_BYTES))]
    assert [result.path for result in results] == paths
    processes = [result.problem for result in results]
    assert len(set(processes)) >= 4
    assert max(map(processes.count, processes)) <= 3


async def test_the_number_of_processes_changes_nothing(extractor_of):
    samples = sorted((Path(__file__).parent.parent / "contracts" / "samples").iterdir())

    async def many():
        for copy in range(40):
            for sample in samples:
                yield FileContent(path=f"{copy}/{sample.name}", content=sample.read_bytes())

    one, two = extractor_of(1, extract_file), extractor_of(2, extract_file)
    assert [result async for result in one.extract(many())] == [result async for result in two.extract(many())]


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
        await asyncio.wait_for(begun.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 60)


async def test_worker_processes_import_what_extraction_needs_and_no_more(extractor_of):
    results = [result async for result in extractor_of(1, hostile_extraction.imported).extract(files("a"))]
    modules = set(results[0].problem.split())
    assert "kodit.infrastructure.treesitter.file_extraction" in modules
    assert not modules & {"sqlalchemy", "numpy", "tantivy", "httpx", "tokenizers", "kodit.bootstrap"}
