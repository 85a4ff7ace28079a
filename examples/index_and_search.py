"""Index a directory and ask a question about it: `python examples/index_and_search.py PATH "QUESTION"`."""

import asyncio
import sys
import tempfile

import kodit


async def main(path: str, question: str) -> None:
    """Index `path` into a data directory that is thrown away afterwards, and print the best answers."""
    with tempfile.TemporaryDirectory() as data_dir:
        async with kodit.open(data_dir) as k:
            report = await k.index(path)
            print(f"{report.files.snippets} snippets in {report.took_seconds:.1f} s")

            result = await k.search(question, limit=3)
            for hit in result.hits:
                print(f"{hit.path}:{hit.start_line}-{hit.end_line}  {hit.symbol or hit.kind}")


# The guard is needed: snippets are extracted in processes that may import this file again.
if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
