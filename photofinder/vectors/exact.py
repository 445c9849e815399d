"""Exact search, nothing left out: the oracle, the fallback, and the search among filtered photos."""

import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import numkong
import numpy as np
from numpy.typing import NDArray

from photofinder.core.types import Vector

T = TypeVar("T")
Stored = NDArray[np.float16] | NDArray[np.float32]
Ids = NDArray[np.int64]

SCAN_ROWS = 65_536
GATHER_ROWS = 2_048  # 2 MB of 512-d half floats: still in the processor's cache when they are multiplied


SHARED_FROM = 50_000
"""Scores from which the cores share the work: with fewer, waking them costs more than they save."""

_GUESSED_FROM: Final = 16_384
_SPARE: Final = 32


def dot_products(query: Vector, vectors: Stored, rows: Ids | None = None) -> NDArray[np.float32]:
    """The score of every vector (n, d), or of those in `rows`, for the query (d,): float32, one each.

    The query is rounded to the type of the vectors, as USearch does. A score depends on the two vectors alone
    and not on where the vector lies, so equal vectors score equally (BLAS does not promise that). Any thread;
    releases the GIL.
    """
    count = len(vectors) if rows is None else len(rows)
    scores = np.empty(count, np.float32)
    asked = np.ascontiguousarray(query, vectors.dtype)[np.newaxis]

    def share(part: slice) -> None:
        if rows is None:
            _score(asked, vectors[part], None, scores[part])
        else:
            _score(asked, vectors, rows[part], scores[part])

    in_shares(count, share)
    return scores


def in_shares(count: int, work: Callable[[slice], T]) -> list[T]:
    """What `work` returns for the parts of `range(count)`, in order; on all cores where that is worth it."""
    if count < SHARED_FROM:
        return [work(slice(0, count))]
    step = -(-count // (4 * (os.cpu_count() or 1)))
    return list(_cores().map(work, [slice(start, min(start + step, count)) for start in range(0, count, step)]))


@functools.cache
def _cores() -> ThreadPoolExecutor:
    """Threads that only multiply: made with the first large search, they wait for the next."""
    return ThreadPoolExecutor(os.cpu_count(), "dot products")


def _score(asked: NDArray[np.floating[Any]], vectors: Stored, rows: Ids | None, scores: NDArray[np.float32]) -> None:
    count = len(scores)
    gathered = None if rows is None else np.empty((min(GATHER_ROWS, count), vectors.shape[1]), vectors.dtype)
    step = SCAN_ROWS if gathered is None else GATHER_ROWS
    for start in range(0, count, step):
        stop = min(start + step, count)
        if rows is None or gathered is None:
            block = vectors[start:stop]
        else:
            # Without a mode numpy copies through a second buffer to be able to fail cleanly.
            block = np.take(vectors, rows[start:stop], axis=0, out=gathered[: stop - start], mode="clip")
        scores[start:stop] = np.asarray(numkong.cdist(asked, block, "dot"))[0]


def best(scores: NDArray[np.float32], k: int, ids: Ids | None = None) -> Ids:
    """Positions of the `k` highest scores, best first; equal ones in the order of `ids` or position.

    NaN last.
    """
    k = min(k, len(scores))
    if k <= 0:
        return np.empty(0, np.int64)
    candidates = np.arange(len(scores))
    if k < len(scores):
        worst = kth(scores, k)
        if not np.isnan(worst):
            candidates = np.flatnonzero(scores >= worst)
    ties = candidates if ids is None else ids[candidates]
    return candidates[np.lexsort((ties, -scores[candidates]))[:k]]


def kth(scores: NDArray[np.float32], k: int) -> float:
    """The score that exactly `k` have or exceed, were there no equal ones; 1 <= k <= len(scores). NaN is the lowest."""
    step = len(scores) // _GUESSED_FROM
    if step > 1:
        # A part of them tells about where it lies, so that few have to be compared with each other.
        sample = np.sort(scores[::step])
        guess = sample[-min(len(sample), 2 * k // step + _SPARE)]
        high = scores[scores >= guess]
        if len(high) >= k:
            scores = high
    return float(-np.partition(-scores, k - 1)[k - 1])


def reached(scores: NDArray[np.floating[Any]], steps: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """How many scores are at least as high as each of the ascending steps."""
    high = np.sort(scores[scores >= steps[0]]) if len(steps) else scores[:0]
    return len(high) - np.searchsorted(high, steps)


def exact_search(query: Vector, vectors: Stored, k: int) -> tuple[Ids, NDArray[np.float32]]:
    """Positions and scores of the `k` vectors (n, d) with the highest dot product with the query (d,).

    Best first; fewer only if there are fewer vectors. Equal scores come in order of position. Any thread.
    """
    scores = dot_products(query, vectors)
    positions = best(scores, k)
    return positions, scores[positions]
