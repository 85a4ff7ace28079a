"""One file of vectors, read through the page cache and replaced as a whole.

magic      8 bytes, the layout's version among them
length     8 bytes, little-endian: of the header that follows
header     JSON: model, dimension, count
ids        count x int64, rising; at the next multiple of 64 bytes, as each array below
file ids   count x int64
live       count x uint8: 0 for the zero vector, which is near to nothing
matrix     count x dimension x float32, little-endian, a row for each id
"""

import json
import os
import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from kodit.domain.search.ports import Vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MAGIC = b"KODITV\x00\x01"
_START = struct.Struct("<8sQ")
_ALIGNMENT = 64
_ROWS_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class VectorFile:
    """An open file. What it maps stays as it was, also after the file has been replaced."""

    model: str
    dimension: int
    ids: "NDArray[np.int64]"
    file_ids: "NDArray[np.int64]"
    live: "NDArray[np.uint8]"
    matrix: "NDArray[np.float32]"


def opened(path: Path) -> VectorFile | None:
    """The file's vectors, or None when it is missing or not whole."""
    import numpy as np

    try:
        with path.open("rb") as file:
            magic, length = _START.unpack(file.read(_START.size))
            header = json.loads(file.read(length)) if magic == _MAGIC else None
            size = os.fstat(file.fileno()).st_size
            if header is None:
                return None
            offsets = _offsets(_START.size + length, header["count"], header["dimension"])
            if size != offsets[-1]:
                return None
            count, dimension = header["count"], header["dimension"]
            data = np.memmap(file, dtype=np.uint8, mode="r").view(np.ndarray)
    except (FileNotFoundError, struct.error, ValueError, KeyError, TypeError):
        return None

    def part(place: int, kind: str, items: int) -> "NDArray[Any]":
        return data[offsets[place] :][: items * np.dtype(kind).itemsize].view(kind)

    return VectorFile(
        header["model"],
        dimension,
        part(0, "<i8", count),
        part(1, "<i8", count),
        part(2, "u1", count),
        part(3, "<f4", count * dimension).reshape(count, dimension),
    )


def _offsets(after_header: int, count: int, dimension: int) -> list[int]:
    """Where each of the four arrays begins, and where the file ends."""
    offsets = []
    at = after_header
    for size in (8 * count, 8 * count, count, 4 * count * dimension):
        at = -(-at // _ALIGNMENT) * _ALIGNMENT
        offsets.append(at)
        at += size
    return [*offsets, at]


def replace(
    path: Path,
    old: VectorFile | None,
    *,
    model: str,
    dimension: int,
    added: Mapping[int, tuple[int, Vector]],
    removed: Collection[int],
) -> None:
    """Write what is kept of the old rows together with the added ones, then put the file in its place.

    A reader sees the old file or the new one. Needs memory for the added vectors and a few thousand rows.
    """
    rows = _Rows(old if old and (old.model, old.dimension) == (model, dimension) else None, added, removed)
    header = json.dumps({"model": model, "dimension": dimension, "count": len(rows.ids)}).encode()
    temporary = path.with_suffix(".new")
    try:
        with temporary.open("wb") as file:
            file.write(_START.pack(_MAGIC, len(header)) + header)
            offsets = _offsets(file.tell(), len(rows.ids), dimension)
            _write_at(file, offsets[0], rows.ids)
            _write_at(file, offsets[1], rows.file_ids())
            _write_rows(file, offsets, rows, dimension)
            file.truncate(offsets[-1])
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


class _Rows:
    """Old and added rows in one order, by id."""

    def __init__(
        self, old: VectorFile | None, added: Mapping[int, tuple[int, Vector]], removed: Collection[int]
    ) -> None:
        import numpy as np

        self._old = old
        self._added = added
        new_ids = np.fromiter(added, dtype=np.int64, count=len(added))
        gone = np.concatenate([new_ids, np.fromiter(removed, dtype=np.int64, count=len(removed))])
        old_ids = old.ids if old is not None else np.empty(0, np.int64)
        kept = np.flatnonzero(~np.isin(old_ids, gone))
        ids = np.concatenate([old_ids[kept], new_ids])
        order = np.argsort(ids)
        self.ids = ids[order].astype("<i8")
        # Where a row comes from: its place in the old file, or -1 for an added one.
        self._places = np.concatenate([kept, np.full(len(new_ids), -1)])[order]

    def file_ids(self) -> "NDArray[np.int64]":
        import numpy as np

        result = np.empty(len(self.ids), "<i8")
        from_old = self._places >= 0
        if self._old is not None:
            result[from_old] = self._old.file_ids[self._places[from_old]]
        fresh = self.ids[~from_old].tolist()
        result[~from_old] = [self._added[snippet_id][0] for snippet_id in fresh]
        return result

    def matrices(self, dimension: int) -> Iterator["NDArray[np.float32]"]:
        """The rows in order, a few thousand at a time."""
        import numpy as np

        for start in range(0, len(self.ids), _ROWS_AT_ONCE):
            places = self._places[start : start + _ROWS_AT_ONCE]
            ids = self.ids[start : start + _ROWS_AT_ONCE]
            rows = np.empty((len(ids), dimension), "<f4")
            from_old = places >= 0
            if self._old is not None:
                rows[from_old] = self._old.matrix[places[from_old]]
            fresh = b"".join(self._added[snippet_id][1] for snippet_id in ids[~from_old].tolist())
            rows[~from_old] = np.frombuffer(fresh, "<f4").reshape(-1, dimension)
            yield rows


def _write_at(file: BinaryIO, offset: int, values: "NDArray[Any]") -> None:
    file.seek(offset)
    file.write(values.tobytes())


def _write_rows(file: BinaryIO, offsets: list[int], rows: _Rows, dimension: int) -> None:
    done = 0
    for matrix in rows.matrices(dimension):
        _write_at(file, offsets[2] + done, matrix.any(axis=1).astype("u1"))
        _write_at(file, offsets[3] + 4 * done * dimension, matrix)
        done += len(matrix)
