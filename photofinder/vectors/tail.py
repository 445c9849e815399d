"""The embeddings that are newer than the file: few, in memory, searched exactly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Tail:
    """Ids (n,), vectors (n, d) and what was discarded again (n,). A tail never changes.

    Its successors share its memory. Only the newest tail may be extended (the index does so under its lock):
    the rows behind an older tail's end are invisible to it, so searches that hold the older one are not
    disturbed.
    """

    ids: NDArray[np.int64]
    vectors: NDArray[np.float16]
    gone: NDArray[np.bool_]
    _room: tuple[NDArray[np.int64], NDArray[np.float16]]

    @classmethod
    def empty(cls, dim: int) -> "Tail":
        """A tail of nothing."""
        ids, vectors = np.empty(0, np.int64), np.empty((0, dim), np.float16)
        return cls(ids, vectors, np.empty(0, np.bool_), (ids, vectors))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def live(self) -> int:
        """How many of them were not discarded."""
        return len(self) - int(np.count_nonzero(self.gone))

    def extended(self, ids: NDArray[np.int64], vectors: NDArray[np.float16]) -> "Tail":
        """This tail and more behind it. Costs what is added, not what is there (the room doubles)."""
        start, stop = len(self), len(self) + len(ids)
        all_ids, all_vectors = self._room
        if stop > len(all_ids):
            room = max(1024, 2 * stop)
            all_ids, all_vectors = np.empty(room, np.int64), np.empty((room, vectors.shape[1]), np.float16)
            all_ids[:start], all_vectors[:start] = self.ids, self.vectors
        all_ids[start:stop], all_vectors[start:stop] = ids, vectors
        gone = np.concatenate([self.gone, np.zeros(len(ids), np.bool_)])
        return Tail(all_ids[:stop], all_vectors[:stop], gone, (all_ids, all_vectors))

    def without(self, ids: NDArray[np.int64]) -> "Tail":
        """This tail with `ids` discarded; unknown ids are none of its business."""
        gone = self.gone | np.isin(self.ids, ids)
        return Tail(self.ids, self.vectors, gone, self._room)

    def before(self, count: int) -> "Tail":
        """The first `count`, not to be extended."""
        return Tail(self.ids[:count], self.vectors[:count], self.gone[:count], self._room)

    def after(self, count: int) -> "Tail":
        """What follows the first `count`, in memory of its own."""
        ids, vectors = self.ids[count:].copy(), self.vectors[count:].copy()
        return Tail(ids, vectors, self.gone[count:].copy(), (ids, vectors))

    def rows_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of those of `ids` that live here."""
        return np.flatnonzero(np.isin(self.ids, ids) & ~self.gone)
