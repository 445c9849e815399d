"""A coarse copy of vectors, one byte for a number: what a search among very many reads, at half the price.

Memory cannot be read fast enough to look at hundreds of thousands of whole vectors for every query. So all are looked
at coarsely, with a bound for how far off each score may be, and the few that may be among the best are looked at
whole: nothing that belongs there is missed. The idea is the vector approximation file's (Weber, Schek, Blott: "A
Quantitative Analysis and Performance Study for Similarity-Search Methods in High-Dimensional Spaces", VLDB 1998).

Every dimension is rounded to 255 steps about its mean; how wide they are depends on how far the dimension spreads.
As bytes: float32 means (d,) and steps (d,), the length of the longest row, errors (n,), then int8 rows (n, d). The
error of a row is the length of what rounding took away: by Cauchy and Schwarz no unit vector sees more of it.
"""

from typing import BinaryIO, Final

import numkong
import numpy as np
from numpy.typing import NDArray

from photofinder.core.types import Vector
from photofinder.vectors.exact import Ids, in_shares

_SPREADS: Final = 4.0
"""Standard deviations that the steps reach to. What lies beyond is cut off, and counts as error."""

_SAMPLE_ROWS: Final = 65_536
_BLOCK_ROWS: Final = 16_384
_SCAN_ROWS: Final = 65_536
_GATHER_ROWS: Final = 4_096


def head_bytes(rows: int, dim: int) -> int:
    """How long the bytes before the int8 rows are: a wrong one of these spoils all scores."""
    return 8 * dim + 4 + 4 * rows


def size_bytes(rows: int, dim: int) -> int:
    """How long the bytes are."""
    return head_bytes(rows, dim) + rows * dim


def write(file: BinaryIO, vectors: NDArray[np.float16]) -> None:
    """Write the coarse copy of vectors (n, d). Raises OSError."""
    rows, dim = vectors.shape
    sample = vectors[:: max(1, rows // _SAMPLE_ROWS)].astype(np.float32)
    means = sample.mean(axis=0) if rows else np.zeros(dim, np.float32)
    spreads = sample.std(axis=0) if rows else np.ones(dim, np.float32)
    steps = np.maximum(spreads * np.float32(_SPREADS / 127), np.float32(1e-7))
    file.write(means.astype("<f4").tobytes())
    file.write(steps.astype("<f4").tobytes())
    lengths_at, longest, errors = file.tell(), 0.0, np.zeros(rows, "<f4")
    file.write(bytes(4 + 4 * rows))
    for start in range(0, rows, _BLOCK_ROWS):
        block = vectors[start : start + _BLOCK_ROWS].astype(np.float32) - means
        rounded = np.clip(np.rint(block / steps), -127, 127)
        errors[start : start + len(block)] = np.linalg.norm(block - rounded * steps, axis=1)
        longest = max(longest, float(np.linalg.norm(rounded, axis=1).max()))
        file.write(rounded.astype(np.int8).tobytes())
    end = file.tell()
    file.seek(lengths_at)
    file.write(np.append(np.float32(longest), errors).astype("<f4").tobytes())
    file.seek(end)


class Sketch:
    """The coarse copy, read in place: `rows` int8 (n, d). Immutable; any thread."""

    def __init__(self, data: memoryview, rows: int, dim: int) -> None:
        """Of bytes that `write` has made."""
        self._means: Vector = np.frombuffer(data, "<f4", dim)
        self._steps: Vector = np.frombuffer(data, "<f4", dim, 4 * dim)
        self._longest = float(np.frombuffer(data, "<f4", 1, 8 * dim)[0])
        self._errors: Vector = np.frombuffer(data, "<f4", rows, 8 * dim + 4)
        self.rows = np.frombuffer(data, np.int8, rows * dim, head_bytes(rows, dim)).reshape(rows, dim)

    def scores(self, query: Vector, rows: Ids | None = None) -> NDArray[np.float32]:
        """About the dot product of the query (d,) with every vector, or with those in `rows`: float32, one each.

        Releases the GIL.
        """
        _, step, asked = self._rounded_query(query)
        scores = np.empty(len(self._errors) if rows is None else len(rows), np.float32)

        def share(part: slice) -> None:
            size = _SCAN_ROWS if rows is None else _GATHER_ROWS
            for start in range(part.start, part.stop, size):
                some = slice(start, min(start + size, part.stop))
                block = self.rows[some] if rows is None else np.take(self.rows, rows[some], axis=0)
                scores[some] = np.asarray(numkong.cdist(asked[np.newaxis], block, "dot"))[0]

        in_shares(len(scores), share)
        scores *= np.float32(step)
        scores += np.float32(self._means @ query)
        return scores

    def doubts(self, query: Vector, rows: Ids | None = None) -> NDArray[np.float32]:
        """How far off each of these scores may be, at most."""
        errors = self._errors if rows is None else self._errors[rows]
        return errors * np.float32(np.linalg.norm(query)) + self._lost(query)

    def _lost(self, query: Vector) -> np.float32:
        """What rounding the query takes away from a score, at most."""
        weights, step, asked = self._rounded_query(query)
        lost = np.linalg.norm(weights - asked * np.float32(step)) * self._longest
        return np.float32(lost + 1e-5)  # and the arithmetic itself

    def _rounded_query(self, query: Vector) -> tuple[Vector, float, NDArray[np.int8]]:
        weights = query * self._steps
        step = max(float(np.abs(weights).max()) / 127, 1e-12)
        return weights, step, np.rint(weights / step).astype(np.int8)
