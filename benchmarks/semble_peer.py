"""The peer: semble from PyPI over the same files, with kodit's own table as its local model.

    python semble_peer.py DIRECTORY MODEL_DIRECTORY QUESTIONS_JSON

Prints one JSON document: seconds to index, chunks, and the milliseconds of each search.
"""

import json
import sys
import time
from pathlib import Path

from semble.index.dense import load_model
from semble.index.index import SembleIndex, _build
from semble.types import ContentType

ALL = (ContentType.CODE, ContentType.DOCS, ContentType.CONFIG)


def main(directory: str, model_directory: str, questions: list[str]) -> None:
    model, path = load_model(model_directory)
    started = time.perf_counter()
    # Past the cache, so that it indexes each time.
    index: SembleIndex = _build(Path(directory), model, path, ALL, False)
    indexed = time.perf_counter() - started
    searches = []
    for question in questions:
        asked = time.perf_counter()
        index.search(question, top_k=10)
        searches.append((time.perf_counter() - asked) * 1000)
    print(
        json.dumps(
            {"seconds": indexed, "chunks": len(index.chunks), "files": index.stats.indexed_files, "ms": searches}
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
