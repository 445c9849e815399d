"""What one search sees: a file, a tail, what is gone from them. It never changes: searches need no lock."""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from photofinder.core.types import Vector
from photofinder.vectors.exact import best, dot_products, in_shares, kth, reached
from photofinder.vectors.file import IndexFile
from photofinder.vectors.graph import EXPANSION_SEARCH
from photofinder.vectors.tail import Tail

EXACT_SHARE: Final = 32
"""Where the graph would visit more than one vector in so many, reading all is as fast, and exact."""

SKETCHED_FROM: Final = 10_000
"""Rows from which a coarse look at all, and a good one at the best, is faster than a good one at all."""


_NO_STEPS: Final = np.empty(0)


class Found(NamedTuple):
    """Ids int64 (m,) and their cosines float32 (m,), best first; equal cosines in the order of ids."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]


class Scored(NamedTuple):
    """Ids int64 (m,) and their scores float32 (m,), in no order, of `asked` that were looked at.

    How many of all of these reach each of the steps that were named, int64 (n,).
    """

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    asked: int
    reached: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Immutable; any thread. `file_gone` marks the rows of the file that no longer count."""

    file: IndexFile | None
    file_gone: NDArray[np.bool_]
    tail: Tail

    @classmethod
    def of(cls, file: IndexFile | None, tail: Tail) -> "Snapshot":
        """A snapshot of a file as it was written, and a tail."""
        return cls(file, np.empty(0, np.bool_) if file is None else file.ids < 0, tail)

    @property
    def live_in_file(self) -> int:
        """How many rows of the file count."""
        return len(self.file_gone) - int(np.count_nonzero(self.file_gone))

    @property
    def live(self) -> int:
        """How many embeddings a search can find."""
        return self.live_in_file + self.tail.live

    def ids(self) -> NDArray[np.int64]:
        """All live ids, ascending."""
        in_file = np.empty(0, np.int64) if self.file is None else self.file.ids[~self.file_gone]
        return np.sort(np.concatenate([in_file, self.tail.ids[~self.tail.gone]]))

    def holds(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of `ids` can be found."""
        held = np.isin(ids, self.tail.ids[~self.tail.gone])
        if self.file is not None:
            rows = self.file.rows_of(ids)
            held |= np.isin(ids, self.file.ids[rows[~self.file_gone[rows]]])
        return held

    def without(self, ids: NDArray[np.int64]) -> "Snapshot":
        """This, with `ids` discarded."""
        gone = self.file_gone
        if self.file is not None:
            gone = gone.copy()
            gone[self.file.rows_of(ids)] = True
        return Snapshot(self.file, gone, self.tail.without(ids))

    def continued(self, file: IndexFile, tail_written: int) -> "Snapshot":
        """This, with `file` in place of the old one and of the rows of the tail that it was written from.

        What was discarded from these since then is gone from the new file too.
        """
        still = Snapshot(self.file, self.file_gone, self.tail.before(tail_written)).ids()
        gone = ~np.isin(file.ids, still)
        return Snapshot(file, gone, self.tail.after(tail_written))

    def search(self, query: Vector, k: int) -> Found:
        """The `k` nearest of all: by the graph where that is faster; scores are exact in any case."""
        return _merged(self._near_in_file(query, k), self._all_in_tail(query, k), k)

    def exact(self, query: Vector, k: int) -> Found:
        """The `k` nearest of all, every vector looked at."""
        return _merged(self._all_in_file(query, k), self._all_in_tail(query, k), k)

    def search_among(self, query: Vector, ids: NDArray[np.int64], k: int) -> Found:
        """The `k` nearest of `ids` (ascending, each once), every one of them looked at."""
        in_tail = _nearest(query, self.tail.ids, self.tail.vectors, self.tail.rows_of(ids), k)
        if self.file is None:
            return in_tail
        rows = self.file.rows_of(ids)
        rows = rows[~self.file_gone[rows]]
        return _merged(_nearest(query, self.file.ids, self.file.vectors, rows, k), in_tail, k)

    def scored(
        self, query: Vector, wanted: NDArray[np.bool_], exactly: int, steps: NDArray[np.float64] | None
    ) -> Scored:
        """As `VectorIndex.scored`; the query has length 1."""
        wanted = np.append(wanted, np.False_)
        rows = _wanted(wanted, self.tail.ids, self.tail.gone)
        told = _NO_STEPS if steps is None else steps
        in_tail = _counted(self.tail.ids[rows], _scored(query, self.tail.vectors, rows), told)
        if self.file is None:
            return in_tail
        if np.count_nonzero(wanted) < max(SKETCHED_FROM, 2 * exactly):
            rows = _wanted(wanted, self.file.ids, self.file_gone)
            in_file = _counted(self.file.ids[rows], _scored(query, self.file.vectors, rows), told)
        else:
            in_file = _sketched(query, self.file, self.file_gone, wanted, exactly, told, keep_all=steps is None)
        return Scored(
            np.concatenate([in_tail.ids, in_file.ids]),
            np.concatenate([in_tail.scores, in_file.scores]),
            in_tail.asked + in_file.asked,
            in_tail.reached + in_file.reached,
        )

    def vectors_of(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of `ids` that live, and their vectors (n, d), in no order."""
        rows = self.tail.rows_of(ids)
        found, vectors = self.tail.ids[rows], self.tail.vectors[rows]
        if self.file is not None:
            rows = self.file.rows_of(ids)
            rows = rows[~self.file_gone[rows]]
            found = np.concatenate([found, self.file.ids[rows]])
            vectors = np.concatenate([vectors, self.file.vectors[rows]])
        return found, vectors.astype(np.float32)

    def _near_in_file(self, query: Vector, k: int) -> Found:
        file = self.file
        if file is None or not file.has_graph:
            return self._all_in_file(query, k)
        wanted, width = min(k, self.live_in_file), max(EXPANSION_SEARCH, 2 * k)
        while width * EXACT_SHARE < len(file):
            rows = file.nearest(query.astype(np.float16), width)
            rows = rows[~self.file_gone[rows]]
            if len(rows) >= wanted:
                return _nearest(query, file.ids, file.vectors, rows, k)
            width *= 4  # what is gone lies thick around this query
        return self._all_in_file(query, k)

    def _all_in_file(self, query: Vector, k: int) -> Found:
        if self.file is None:
            return Found(np.empty(0, np.int64), np.empty(0, np.float32))
        return _nearest(query, self.file.ids, self.file.vectors, _others(self.file_gone), k)

    def _all_in_tail(self, query: Vector, k: int) -> Found:
        return _nearest(query, self.tail.ids, self.tail.vectors, _others(self.tail.gone), k)


def _others(gone: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    """The rows that are not gone; None for all."""
    return np.flatnonzero(~gone) if gone.any() else None


def _wanted(wanted: NDArray[np.bool_], ids: NDArray[np.int64], gone: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rows that live and are wanted. `wanted` ends with a false, for ids beyond its end."""
    asked = np.take(wanted, ids, mode="clip")  # below 0 is gone
    asked &= ~gone
    return np.flatnonzero(asked)


def _scored(query: Vector, vectors: NDArray[np.float16], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    if 2 * len(rows) > len(vectors):  # gathering would take longer than reading everything in order
        return dot_products(query, vectors)[rows]
    return dot_products(query, vectors, rows)


def _counted(ids: NDArray[np.int64], scores: NDArray[np.float32], steps: NDArray[np.float64]) -> Scored:
    return Scored(ids, scores, len(ids), reached(scores, steps))


class _Seen(NamedTuple):
    """Of a part of the rows: those that may be among the best, or all; and how many there are that reach each step."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    doubts: NDArray[np.float32]
    asked: int
    reached: NDArray[np.int64]


def _sketched(
    query: Vector,
    file: IndexFile,
    gone: NDArray[np.bool_],
    wanted: NDArray[np.bool_],
    exactly: int,
    steps: NDArray[np.float64],
    *,
    keep_all: bool,
) -> Scored:
    """Of very many, scores of those that may be among the best `exactly`; of others about their scores."""
    glance = file.sketch.glance(query)
    sure = [-math.inf]  # so many have at least this, as far as is known; if two threads say it at once, either will do

    def look(part: slice) -> _Seen:
        rows = _wanted(wanted, file.ids[part], gone[part]) + part.start
        scores, doubts = glance.at(part, rows)
        asked, told = len(rows), reached(scores, steps)
        if keep_all:
            return _Seen(rows, scores, doubts, asked, told)
        near = np.flatnonzero(scores + doubts >= sure[0])
        if len(near) > exactly:
            sure[0] = max(sure[0], kth(scores[near] - doubts[near], exactly))
            near = near[scores[near] + doubts[near] >= sure[0]]
        return _Seen(rows[near], scores[near], doubts[near], asked, told)

    parts = in_shares(len(file), look)
    rows, scores, doubts = (np.concatenate(column) for column in list(zip(*parts, strict=True))[:3])
    if len(rows) > exactly:
        sure[0] = max(sure[0], kth(scores - doubts, exactly))
    near = np.flatnonzero(scores + doubts >= sure[0])
    exact = _scored(query, file.vectors, rows[near])
    told = np.sum([part.reached for part in parts], axis=0) + reached(exact, steps) - reached(scores[near], steps)
    scores[near] = exact
    return Scored(file.ids[rows], scores, sum(part.asked for part in parts), told)


def _nearest(
    query: Vector,
    ids: NDArray[np.int64],
    vectors: NDArray[np.float16],
    rows: NDArray[np.int64] | None,
    k: int,
) -> Found:
    """The `k` nearest of the vectors in `rows` (None: all), by their exact scores."""
    if rows is None:
        return _best(dot_products(query, vectors), ids, k)
    return _best(_scored(query, vectors, rows), ids[rows], k)


def _merged(one: Found, other: Found, k: int) -> Found:
    return _best(np.concatenate([one.scores, other.scores]), np.concatenate([one.ids, other.ids]), k)


def _best(scores: NDArray[np.float32], ids: NDArray[np.int64], k: int) -> Found:
    positions = best(scores, k, ids)
    return Found(ids[positions], scores[positions])
