"""Writing a new index file: what lives in the old file and in the tail, published by one rename."""

import contextlib
import errno
import logging
import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photofinder.core.cancel import CancelToken
from photofinder.core.durable import push_to_disk
from photofinder.core.errors import EnvironmentProblem
from photofinder.vectors import apart
from photofinder.vectors.file import SUFFIX, IndexFile, append_footer, files_in, generation_of, prefix
from photofinder.vectors.graph import GraphBuilder, row_ids
from photofinder.vectors.snapshot import Snapshot

GRAPH_FROM: Final = 20_000
"""Vectors from which a graph is worth its building (a quarter of a minute): fewer are read in 3 ms."""

GONE_SHARE: Final = 0.1
"""Share of the graph that may be gone before it is built anew instead of added to."""

_BATCH_ROWS = 512
_TEMPORARY = ".tmp"

Progress = Callable[[int, int], None]
"""Called with how many vectors were inserted, and how many there are to insert."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Build:
    """One building of the file of a generation from a snapshot. Runs on a thread of the caller's."""

    folder: Path
    dim: int
    generation: int
    snapshot: Snapshot
    threads: int
    cancel: CancelToken = field(default_factory=CancelToken)
    progress: Progress | None = None

    def run(self) -> IndexFile:
        """Write, check, publish, delete older files. Raises EnvironmentProblem, Cancelled.

        Nothing changed.
        """
        path = self.folder / f"{self.generation}{SUFFIX}"
        temporary = path.with_suffix(SUFFIX + _TEMPORARY)
        with _translated(self.folder):
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                ids = self._write(temporary)
                if not np.array_equal(np.sort(ids[ids >= 0]), self.snapshot.ids()):
                    raise RuntimeError("the new index file does not hold the ids that it was given")
                append_footer(temporary, self.dim, ids)
                self.cancel.check()
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
            push_to_disk(self.folder)
            built = IndexFile(path, self.dim)
        self._clear_away(built.generation)
        return built

    def _write(self, path: Path) -> NDArray[np.int64]:
        live = self.snapshot.live
        old = self.snapshot.file
        if live < GRAPH_FROM:
            return self._write_flat(path, live)
        if old is None or not old.has_graph or self._gone_in_file() > GONE_SHARE * len(old):
            return self._write_graph(path, GraphBuilder(self.dim), live, self._blocks())
        rows = self._write_grown(path, old)
        rows[: len(old)][self.snapshot.file_gone] = -1
        return rows

    def _write_grown(self, path: Path, old: IndexFile) -> NDArray[np.int64]:
        if len(old) < apart.APART_FROM:
            grown = GraphBuilder(self.dim, old.serialised)
            return self._write_graph(path, grown, self.snapshot.tail.live, self._blocks_of_tail())
        tail = self.snapshot.tail
        ids, vectors = tail.ids[~tail.gone], tail.vectors[~tail.gone]
        growth = apart.Growth(self.dim, old.path, path, ids, vectors, self.threads)
        rows = apart.grown_apart(growth, self.cancel)
        if self.progress is not None:
            self.progress(len(ids), len(ids))
        return rows

    def _gone_in_file(self) -> int:
        return len(self.snapshot.file_gone) - self.snapshot.live_in_file

    def _write_flat(self, path: Path, live: int) -> NDArray[np.int64]:
        written: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        with path.open("wb") as file:
            file.write(prefix(live, self.dim))
            for ids, vectors in self._told(self._blocks(), live):
                file.write(vectors.astype("<f2", copy=False).tobytes())
                written.append(ids)
        return np.concatenate(written)

    def _write_graph(self, path: Path, graph: GraphBuilder, total: int, blocks: "_Blocks") -> NDArray[np.int64]:
        for ids, vectors in self._told(blocks, total):
            graph.add(ids, vectors, self.threads)
        graph.save(path)
        return row_ids(np.memmap(path, np.uint8, "r"), self.dim)

    def _told(self, blocks: "_Blocks", total: int) -> "_Blocks":
        """The same blocks, with a look at the token and a word of progress between them."""
        done = 0
        for ids, vectors in blocks:
            self.cancel.check()
            yield ids, vectors
            done += len(ids)
            if self.progress is not None:
                self.progress(done, total)

    def _blocks(self) -> "_Blocks":
        file = self.snapshot.file
        if file is not None:
            yield from _batches(file.ids, file.vectors, ~self.snapshot.file_gone)
        yield from self._blocks_of_tail()

    def _blocks_of_tail(self) -> "_Blocks":
        tail = self.snapshot.tail
        return _batches(tail.ids, tail.vectors, ~tail.gone)

    def _clear_away(self, newest: int) -> None:
        """Delete older files and what broken-off builds left.

        What will not go now is tried again next time.
        """
        leftovers = [p for p in files_in(self.folder) if generation_of(p) < newest]
        for path in [*leftovers, *self.folder.glob(f"*{SUFFIX}{_TEMPORARY}")]:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:  # Windows keeps a file that somebody has mapped
                _log.info("An old index file stays for now: %s", error)


_Blocks = Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]


def _batches(ids: NDArray[np.int64], vectors: NDArray[np.float16], live: NDArray[np.bool_]) -> _Blocks:
    rows = np.flatnonzero(live)
    for start in range(0, len(rows), _BATCH_ROWS):
        some = rows[start : start + _BATCH_ROWS]
        yield ids[some], vectors[some]


@contextlib.contextmanager
def _translated(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        remedy = f"Check that {folder} can be written to."
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            free_bytes = shutil.disk_usage(folder).free
            remedy = f"Only {free_bytes / 1e6:.0f} MB are free there; searching goes on meanwhile."
        raise EnvironmentProblem(f"The vector index could not be written: {error}.", remedy) from error
