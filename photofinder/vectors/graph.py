"""USearch and nothing else: the HNSW graph over half-float vectors, its bytes, and what it gets wrong.

- Its `get_keys_*` calls return uninitialised memory when key lookups are off (2.26.6), and with them on, the
  order of a hash table: the id of each row is read from the serialised nodes instead.
- Searches release the GIL and begin by reserving scratch memory, which USearch does not call safe for
  concurrent callers: searches of one graph need a lock.
- A graph may be unable to reach some of its nodes: a search may return fewer than exist.
- `remove` and filtered search are not used at all (their open bugs: unum-cloud/USearch #447): what is gone is
  filtered by the caller.

Serialised: rows and bytes per row (2 x uint32), the vectors row by row, 64 bytes of description, the graph's
header (5 x uint64), one int16 level per node, the nodes (id uint64, level int16, then per level a count and
its slots as uint32: 2 M slots on the ground, M above).
"""

# pyright: reportUnknownMemberType=false
# USearch 2.26 types its buffers by a name that Python 3.11 does not have.

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from usearch.compiled import ScalarKind
from usearch.index import Index

from photofinder.core.errors import EnvironmentProblem

CONNECTIVITY: Final = 16
EXPANSION_ADD: Final = 128
EXPANSION_SEARCH: Final = 512
"""Candidates that a search looks at. With 64, one hit in five of a word query is missed among a million photos: text
embeddings lie away from all photos, where the graph is sparse. 512 takes 6 ms instead of 1 and finds 98 of 100."""


_DESCRIPTION_BYTES = 64
_HEADER_BYTES = 40


class UnusableError(Exception):
    """A file is not to be trusted. Never leaves this package.

    The file is passed over and a rebuild replaces it.
    """


def _empty(dim: int) -> Index:
    return Index(
        ndim=dim,
        metric="ip",
        dtype="f16",
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=EXPANSION_SEARCH,
        enable_key_lookups=False,
    )


class GraphBuilder:
    """A graph in memory that grows. One thread at a time."""

    def __init__(self, dim: int, serialised: memoryview | None = None) -> None:
        self._index = _empty(dim)
        if serialised is not None:
            self._index.load(serialised)

    def __len__(self) -> int:
        return len(self._index)

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float16], threads: int) -> None:
        """Insert vectors (n, d) under ids (n,) that are not yet inside, on `threads` threads, no GIL."""
        self._index.add(ids.astype(np.uint64), vectors, threads=threads)

    def save(self, path: Path) -> None:
        """Write the serialised graph.

        Raises EnvironmentProblem when it does not fit or may not be written.
        """
        try:
            self._index.save(str(path))
        except RuntimeError as error:  # USearch has no finer type, and no errno
            raise EnvironmentProblem(
                f"The vector index could not be written to {path.parent} ({error}).",
                f"Free {self._index.serialized_length / 1e6:.0f} MB there; searching goes on meanwhile.",
            ) from error
        if path.stat().st_size != self._index.serialized_length:
            raise EnvironmentProblem(f"The vector index was cut short in {path.parent}.", "Is the disk full?")


class GraphView:
    """A graph read in place from bytes that the caller keeps mapped for as long as this lives."""

    def __init__(self, serialised: memoryview, dim: int, count: int) -> None:
        self._index = _empty(dim)
        try:
            self._index.view(serialised)
        except (RuntimeError, ValueError) as error:
            raise UnusableError(str(error)) from error
        found = (self._index.ndim, len(self._index), self._index.connectivity, self._index.dtype)
        if found != (dim, count, CONNECTIVITY, ScalarKind.F16):
            raise UnusableError(f"the graph is {found}, not {dim}-d with {count} vectors")
        self._index.expansion_search = EXPANSION_SEARCH

    def nearest(self, query: NDArray[np.float16], count: int) -> NDArray[np.int64]:
        """Ids of about `count` nearest vectors, in no order to rely on. One thread at a time."""
        found = self._index.search(query, count, threads=1)
        return np.asarray(found.keys).astype(np.int64)


def row_ids(serialised: NDArray[np.uint8], dim: int) -> NDArray[np.int64]:
    """The id of every row of a serialised graph, in row order. Raises UnusableError if they do not add up."""
    rows, row_bytes = (int(n) for n in serialised[:8].view(np.uint32))
    header = 8 + rows * row_bytes + _DESCRIPTION_BYTES
    nodes = header + _HEADER_BYTES + 2 * rows
    if row_bytes != 2 * dim or nodes > len(serialised):
        raise UnusableError("USearch wrote a layout that this program does not know")
    levels = serialised[header + _HEADER_BYTES : nodes].view(np.int16).astype(np.int64)
    node_bytes = 10 + 4 * (1 + 2 * CONNECTIVITY) + levels * 4 * (1 + CONNECTIVITY)
    ends = nodes + np.cumsum(node_bytes)
    if rows and int(ends[-1]) != len(serialised):
        raise UnusableError("USearch wrote nodes of a size that this program does not know")
    starts = ends - node_bytes
    return serialised[starts[:, np.newaxis] + np.arange(8)].view(np.int64).ravel()
