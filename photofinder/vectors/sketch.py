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
from photofinder.vectors.exact import Ids

_SPREADS: Final = 4.0
"""Standard deviations that the steps reach to. What lies beyond is cut off, and counts as error."""

_SAMPLE_ROWS: Final = 65_536
_BLOCK_ROWS: Final = 16_384
_GATHER_ROWS: Final = 4_096
_READ_ALL: Final = 4
"""Where one row in so many is wanted, gathering them takes longer than reading all in order."""


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

    def glance(self, query: Vector) -> "Glance":
        """What a query (d,) sees here."""
        return Glance(query, self.rows, self._means, self._steps, self._errors, self._longest)


class Glance:
    """What one query sees of a coarse copy. Any thread; releases the GIL."""

    def __init__(
        self, query: Vector, rows: NDArray[np.int8], means: Vector, steps: Vector, errors: Vector, longest: float
    ) -> None:
        """The query (d,) is rounded as well; what that takes away from a score, at most, is the same for all rows."""
        weights = query * steps
        step = max(float(np.abs(weights).max()) / 127, 1e-12)
        self._rows = rows
        self._errors = errors
        self._asked = np.rint(weights / step).astype(np.int8)[np.newaxis]
        self._step = np.float32(step)
        self._offset = np.float32(means @ query)
        self._length = np.float32(np.linalg.norm(query))
        lost = float(np.linalg.norm(weights - self._asked[0] * self._step)) * longest
        self._lost = np.float32(lost + 1e-5)  # and the arithmetic itself

    def at(self, part: slice, rows: Ids) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """About the dot products with `rows` (ascending, all within `part`), and how far off each is at most."""
        if _READ_ALL * len(rows) > part.stop - part.start:
            seen = self._dots(self._rows[part])[rows - part.start]
        else:
            seen = np.concatenate(
                [
                    self._dots(np.take(self._rows, rows[start : start + _GATHER_ROWS], axis=0))
                    for start in range(0, len(rows), _GATHER_ROWS)
                ]
                or [np.empty(0, np.int32)]
            )
        scores = seen * self._step
        scores += self._offset
        doubts = self._errors[rows] * self._length
        doubts += self._lost
        return scores, doubts

    def _dots(self, rows: NDArray[np.int8]) -> NDArray[np.int32]:
        return np.asarray(numkong.cdist(self._asked, rows, "dot"))[0]
