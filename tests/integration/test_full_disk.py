"""The derived indexes on a disk that fills up: an error that says so, and nothing lost or left behind."""

import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kodit.domain.code.snippet import SnippetKind
from kodit.domain.errors import StorageFull
from kodit.domain.search.ports import VectorKind
from kodit.domain.search.query import Document
from kodit.infrastructure.tantivy.keyword_index import TantivyKeywordIndex
from kodit.infrastructure.vectors.vector_index import MappedVectorIndex

SIZE = 3 * 2**20


@pytest.fixture
def disk(require: Callable[[str], None], tmp_path: Path) -> Iterator[Path]:
    require("small disks")
    directory = tmp_path / "disk"
    directory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", directory], check=True)
    yield directory
    subprocess.run(["umount", "--lazy", directory], check=True)


def document(snippet_id: int, content: str) -> Document:
    return Document(
        snippet_id=snippet_id,
        index_id=1,
        path=f"{snippet_id}.py",
        language="python",
        symbol=None,
        kind=SnippetKind.BLOCK,
        content=content,
    )


async def test_a_keyword_index_on_a_full_disk_keeps_what_it_had_and_gives_back_the_rest(disk: Path) -> None:
    rng = random.Random(1)
    index = TantivyKeywordIndex(disk)
    await index.update(1, add=[document(1, "needle")], remove=[])
    many = [document(n, " ".join(f"w{rng.getrandbits(40):x}" for _ in range(300))) for n in range(2, 3_000)]
    with pytest.raises(StorageFull, match="keyword index"):
        await index.update(1, add=many, remove=[1])
    assert await index.ids(1) == {1}
    assert shutil.disk_usage(disk).free > SIZE / 2
    await index.update(1, add=[document(3, "needle")], remove=[1])
    assert await index.ids(1) == {3}


async def test_a_vector_index_on_a_full_disk_keeps_what_it_had_and_gives_back_the_rest(disk: Path) -> None:
    index = MappedVectorIndex(disk)
    one = bytes(1_020) + b"\0\0\x80\x3f"

    async def update(ids: range) -> None:
        rows = ((n, 1, one) for n in ids)
        await index.update(1, VectorKind.CODE, model="model", dimension=256, add=rows, remove=[])

    await update(range(1, 3))
    with pytest.raises(StorageFull, match="vectors"):
        await update(range(3, 9_000))
    assert await index.held(1, VectorKind.CODE, model="model") == {1, 2}
    assert shutil.disk_usage(disk).free > SIZE / 2
    await update(range(3, 4))
    assert await index.held(1, VectorKind.CODE, model="model") == {1, 2, 3}
