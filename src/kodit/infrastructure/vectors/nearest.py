"""The nearest rows of one matrix."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kodit.infrastructure.vectors.vector_file import VectorFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNSURE = 1e-5
"""How far a single-precision product of two unit vectors may be off: 2^-24 for each of some hundred additions."""

_FEW = 8
"""Rows are gathered first when fewer than one in so many are asked for; otherwise a pass over all is cheaper."""

_ROWS_AT_ONCE = 4_096


def nearest(
    file: VectorFile, asked: "NDArray[np.float32]", allowed: "Sequence[NDArray[np.int64] | None]", limit: int
) -> "tuple[NDArray[np.intp], NDArray[np.float64]]":
    """The places and cosines of the nearest rows that may be found, best first, equals by lower id.

    `allowed` are the ids of the files and those of the snippets that may be found, None for all.

    A fast pass in single precision picks the candidates, whose order is then decided in double precision: the
    fast pass may give equal rows unequal scores, depending on where they lie.
    """
    may = file.live.view(np.bool_)
    for ids, own in zip(allowed, (file.file_ids, file.ids), strict=True):
        if ids is not None:
            may = may & np.isin(own, ids)
    rows = np.flatnonzero(may)
    if not len(rows):
        return rows, np.empty(0)
    scores = _fast(file.matrix[rows], asked) if len(rows) * _FEW < len(may) else _fast(file.matrix, asked)[rows]
    if len(rows) > limit:
        least = np.partition(scores, len(rows) - limit)[len(rows) - limit]
        rows = rows[scores >= least - _UNSURE]
    exact = _exact(file, rows, asked)
    order = np.lexsort((rows, -exact))[:limit]
    return rows[order], exact[order]


def _fast(matrix: "NDArray[np.float32]", asked: "NDArray[np.float32]") -> "NDArray[np.float32]":
    scores: NDArray[np.float32] = matrix @ asked
    return scores


def _exact(file: VectorFile, rows: "NDArray[np.intp]", asked: "NDArray[np.float32]") -> "NDArray[np.float64]":
    wide = asked.astype(np.float64)
    parts = [rows[start : start + _ROWS_AT_ONCE] for start in range(0, len(rows), _ROWS_AT_ONCE)]
    return np.concatenate([(file.matrix[part] * wide).sum(axis=1) for part in parts])
