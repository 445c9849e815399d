"""The vector index of one embedding space: always right, and fast once it has been consolidated."""

import logging
import os
import threading
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import EnvironmentProblem
from photofinder.core.types import Vector
from photofinder.vectors.build import Build, Progress
from photofinder.vectors.file import IndexFile, files_in
from photofinder.vectors.graph import UnusableError
from photofinder.vectors.snapshot import Found, Scored, Snapshot
from photofinder.vectors.tail import Tail

__all__ = ["Found", "Scored", "VectorIndex"]

LENGTH_TOLERANCE: Final = 0.01
LOOKS: Final = 2
"""A file that is there and then not was replaced by a newer one meanwhile: a second look finds that."""

_log = logging.getLogger(__name__)


class VectorIndex:
    """Embeddings by id, of one space; `len()` is how many can be found.

    A cache: the catalogue is the truth, and an id always means the same vector (a changed photo gets a new
    id). Whatever lies on disk, searches answer for exactly what was added and not discarded; consolidating
    only makes them faster.

    Any thread may search at any time, also while another adds, discards or consolidates: a search sees the
    moment at which it began. Writers wait for each other.
    """

    def __init__(self, folder: Path, dim: int, file: IndexFile | None) -> None:
        self.folder = folder
        self.dim = dim
        self._snapshot = Snapshot.of(file, Tail.empty(dim))
        self._writing = threading.Lock()
        self._consolidating = threading.Lock()

    @classmethod
    def open(cls, folder: Path, dim: int) -> "VectorIndex":
        """The newest usable file of `folder`, or an empty index. Any thread.

        A file that is damaged, cut short or not ours is passed over with a warning in the log, never trusted.
        Raises EnvironmentProblem if the folder or a file may not be read.
        """
        try:
            for _ in range(LOOKS):
                replaced = False
                for path in files_in(folder):
                    try:
                        return cls(folder, dim, IndexFile(path, dim))
                    except UnusableError as error:
                        _log.warning("Vector index %s is passed over: %s", path.name, error)
                    except FileNotFoundError:
                        replaced = True
                if not replaced:
                    break
        except OSError as error:
            remedy = "Check that you may read it, or delete it: it is made again from the catalogue."
            raise EnvironmentProblem(f"The vector index cannot be read: {error}.", remedy) from error
        return cls(folder, dim, None)

    def __len__(self) -> int:
        return self._snapshot.live

    @property
    def file(self) -> IndexFile | None:
        """What lies on disk, if anything."""
        return self._snapshot.file

    @property
    def generation(self) -> int:
        """The catalogue generation at which the file was built; 0 without a file."""
        file = self._snapshot.file
        return 0 if file is None else file.generation

    @property
    def behind(self) -> int:
        """How many additions and discards are not yet in the file: what a consolidation would work off."""
        snapshot = self._snapshot
        written = 0 if snapshot.file is None else int(np.count_nonzero(snapshot.file.ids >= 0))
        return len(snapshot.tail) + written - snapshot.live_in_file

    @property
    def highest_id(self) -> int:
        """The highest id that can be found; 0 if none."""
        ids = self._snapshot.ids()
        return int(ids[-1]) if len(ids) else 0

    def ids(self) -> NDArray[np.int64]:
        """All ids that can be found, ascending (n,): to be compared with the catalogue's after opening."""
        return self._snapshot.ids()

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float16] | NDArray[np.float32]) -> None:
        """Make unit vectors (n, d) findable under `ids` (n,), kept as float16.

        Ids that can be found already are skipped, so adding twice does no harm. Raises ValueError for ids
        that are negative or repeat, and vectors of another shape or not of unit length.
        """
        if vectors.shape != (len(ids), self.dim):
            raise ValueError(f"{len(ids)} ids need vectors of shape {(len(ids), self.dim)}, not {vectors.shape}")
        if len(np.unique(ids)) != len(ids) or bool((ids < 0).any()):
            raise ValueError("ids must not repeat or be negative")
        lengths = np.linalg.norm(vectors.astype(np.float32, copy=False), axis=1)
        if not (np.abs(lengths - 1) < LENGTH_TOLERANCE).all():  # nor is NaN
            raise ValueError("an embedding is not of unit length")
        halves = vectors.astype(np.float16, copy=False)
        with self._writing:
            seen = self._snapshot
            new = ~seen.holds(ids)
            tail = seen.tail.extended(ids[new], halves[new])
            self._snapshot = Snapshot(seen.file, seen.file_gone, tail)

    def discard(self, ids: NDArray[np.int64]) -> None:
        """Make `ids` (n,) unfindable for good; unknown ids are ignored."""
        with self._writing:
            self._snapshot = self._snapshot.without(ids)

    def search(self, query: Vector, k: int) -> Found:
        """The min(k, len()) embeddings nearest to `query` (d,): nearly always the very nearest."""
        return self._snapshot.search(self._unit(query), k)

    def search_among(self, query: Vector, ids: NDArray[np.int64], k: int) -> Found:
        """The nearest `k` of `ids` (in any order), exactly; fewer only if fewer of them can be found."""
        ascending = ids if bool((np.diff(ids) > 0).all()) else np.unique(ids)
        return self._snapshot.search_among(self._unit(query), ascending, k)

    def scored(
        self, query: Vector, wanted: NDArray[np.bool_], exactly: int, steps: NDArray[np.float64] | None = None
    ) -> Scored:
        """The embeddings whose id is true in `wanted` (by id), each with its score.

        Those of the best `exactly` (at least 1) are exact; others may be off by some hundredths, but none of them is
        as high as those. With `steps`, ascending scores, others may be left out; instead it is told how many of all
        reach each step.
        """
        return self._snapshot.scored(self._unit(query), wanted, exactly, steps)

    def vectors_of(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Those of `ids` that can be found, and their vectors (n, d), in no order."""
        return self._snapshot.vectors_of(ids)

    def exact(self, query: Vector, k: int) -> Found:
        """The min(k, len()) nearest of all, every vector looked at (0.1 s for a million)."""
        return self._snapshot.exact(self._unit(query), k)

    def consolidate(
        self,
        generation: int,
        cancel: CancelToken | None = None,
        progress: Progress | None = None,
        threads: int | None = None,
    ) -> None:
        """Write all that can be found as the file of `generation` and continue with that file.

        Searching, adding and discarding go on meanwhile. `threads` is half of the computer by default, so
        that the rest of the program stays quick. Returns at once if there is nothing to write. Raises
        Cancelled and EnvironmentProblem (disk full, read-only): everything is then as before. ValueError if
        the file is of this generation or a later one and yet not up to date. Runs on the caller's thread; a
        second call waits for the first.
        """
        with self._consolidating:
            start = self._snapshot
            if start.file is not None and generation <= self.generation:
                if self.behind:
                    raise ValueError(f"generation {generation} is written already ({self.generation})")
                return
            build = Build(
                self.folder,
                self.dim,
                generation,
                start,
                threads or max(1, (os.cpu_count() or 2) // 2),
                cancel or CancelToken(),
                progress,
            )
            file = build.run()
            with self._writing:
                self._snapshot = self._snapshot.continued(file, len(start.tail))

    def damage(self) -> str:
        """Read the whole file and say what is wrong with it; empty if nothing is (1 s for a million)."""
        file = self._snapshot.file
        return "" if file is None else file.damage()

    def _unit(self, query: Vector) -> Vector:
        if query.shape != (self.dim,):
            raise ValueError(f"the query has shape {query.shape}, not {(self.dim,)}")
        length = float(np.linalg.norm(query))
        return (query / length if length else query).astype(np.float32)
