"""The index file: `FOLDER/<generation>.usearch`, written once, published by one rename, read in place.

    vectors     as USearch serialises them: rows and bytes per row (2 x uint32), then float16 rows
    graph       the rest of USearch's bytes; absent in a small file, which is searched exactly
    ids         int64 per row, in row order; -1 where it is gone and only the graph still uses it
    sketch      the vectors again, coarsely (`sketch`): what a search among very many reads first
    footer      what stands above, its sizes, and checksums

So one file serves both searches: the graph finds candidates, and exact scores read the very same rows.

A torn or altered file must be found out before the graph is walked: the footer stands at the end and knows
the whole size, and graph, ids and footer carry CRC-32 (65 ms for the 150 MB of a million; vectors and
sketch are not summed at opening: a flipped bit there costs one score, never a crash. `damage` looks at them too).
"""

import mmap
import os
import struct
import threading
import zlib
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from photofinder.vectors import sketch
from photofinder.vectors.graph import GraphView, UnusableError

SUFFIX: Final = ".usearch"
_MAGIC: Final = b"PhFindVx"
_FORMAT: Final = 2
_FOOTER: Final = struct.Struct("<8sIIQQIIIII")
_PREFIX_BYTES: Final = 8
_BLOCK_BYTES: Final = 1 << 24


class Footer(NamedTuple):
    """The last bytes of the file."""

    magic: bytes
    format: int
    dim: int
    rows: int
    graph_bytes: int
    vectors_crc: int
    graph_crc: int
    heads_crc: int  # ids, and what stands before the rows of the sketch
    sketch_crc: int
    crc: int

    @classmethod
    def of(cls, data: memoryview) -> "Footer":
        """The footer of a whole file. Raises UnusableError if it is not ours or does not match the size."""
        if len(data) < _PREFIX_BYTES + _FOOTER.size:
            raise UnusableError("too short")
        packed = data[-_FOOTER.size :]
        footer = cls(*_FOOTER.unpack(packed))
        if (footer.magic, footer.format) != (_MAGIC, _FORMAT) or footer.crc != zlib.crc32(packed[:-4]):
            raise UnusableError("no footer of ours: cut short, altered, or of another version")
        if len(data) != footer.sketch_end + _FOOTER.size:
            raise UnusableError("of the wrong size")
        return footer

    @property
    def vectors_end(self) -> int:
        """Where the vectors end and the graph begins."""
        return _PREFIX_BYTES + self.rows * self.dim * 2

    @property
    def graph_end(self) -> int:
        """Where USearch's bytes end and the ids begin."""
        return self.vectors_end + self.graph_bytes

    @property
    def ids_end(self) -> int:
        """Where the ids end and the sketch begins."""
        return self.graph_end + 8 * self.rows

    @property
    def heads_end(self) -> int:
        """Where the rows of the sketch begin."""
        return self.ids_end + sketch.head_bytes(self.rows, self.dim)

    @property
    def sketch_end(self) -> int:
        """Where the sketch ends and the footer begins."""
        return self.ids_end + sketch.size_bytes(self.rows, self.dim)


def prefix(rows: int, dim: int) -> bytes:
    """The first bytes of a file: USearch's own, or ours for a file without a graph."""
    return struct.pack("<II", rows, 2 * dim)


def append_footer(path: Path, dim: int, ids: NDArray[np.int64]) -> None:
    """Complete a file that holds vectors and perhaps a graph, and push it to the disk. Raises OSError."""
    rows = len(ids)
    with path.open("r+b") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as view:
            vectors_end = _PREFIX_BYTES + rows * dim * 2
            sums = [_crc(view[:vectors_end]), _crc(view[vectors_end:])]
            graph_bytes = len(view) - vectors_end
            file.seek(0, os.SEEK_END)
            file.write(ids.astype("<i8").tobytes())
            sketch.write(file, _halves(view, rows, dim))
        file.flush()
        graph_end = vectors_end + graph_bytes
        heads_end = graph_end + 8 * rows + sketch.head_bytes(rows, dim)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data, memoryview(data) as view:
            sums += [_crc(view[graph_end:heads_end]), _crc(view[heads_end:])]
        body = (_MAGIC, _FORMAT, dim, rows, graph_bytes, *sums)
        file.write(_FOOTER.pack(*body, zlib.crc32(_FOOTER.pack(*body, 0)[:-4])))
        file.flush()
        os.fsync(file.fileno())


def _halves(data: memoryview, rows: int, dim: int) -> NDArray[np.float16]:
    return np.frombuffer(data, "<f2", rows * dim, _PREFIX_BYTES).reshape(rows, dim)


def _crc(data: memoryview) -> int:
    crc = 0
    for start in range(0, len(data), _BLOCK_BYTES):
        crc = zlib.crc32(data[start : start + _BLOCK_BYTES], crc)
    return crc


class IndexFile:
    """A mapped index file. Immutable; any thread. The map lives as long as this object."""

    def __init__(self, path: Path, dim: int) -> None:
        """Map and check `path`.

        Raises UnusableError if it is not wholly ours, OSError if it will not open.
        """
        self.path = path
        self.generation = generation_of(path)
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise UnusableError("empty")
            self._data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        footer = self._footer = Footer.of(self._data)
        if footer.dim != dim or bytes(self._data[:_PREFIX_BYTES]) != prefix(footer.rows, dim):
            raise UnusableError(f"holds vectors of another shape than {dim}-d")
        if _crc(self._data[footer.graph_end : footer.heads_end]) != footer.heads_crc or self._graph_damaged():
            raise UnusableError("the checksum is wrong")
        self.ids: NDArray[np.int64] = np.frombuffer(self._data, "<i8", footer.rows, footer.graph_end)
        self.vectors: NDArray[np.float16] = _halves(self._data, footer.rows, dim)
        self.sketch = sketch.Sketch(self._data[footer.ids_end : footer.sketch_end], footer.rows, dim)
        self._order = np.argsort(self.ids, kind="stable")
        self._sorted = self.ids[self._order]
        self._graph: GraphView | None = None
        if footer.graph_bytes:
            self._graph = GraphView(self.serialised, dim, footer.rows)
        self._walking = threading.Lock()

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def serialised(self) -> memoryview:
        """USearch's bytes: vectors and graph."""
        return self._data[: self._footer.graph_end]

    @property
    def has_graph(self) -> bool:
        """Whether `nearest` can be asked."""
        return self._graph is not None

    def rows_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of each of `ids` that lives in this file; the others are left out."""
        if not len(self):
            return np.empty(0, np.int64)
        places = np.searchsorted(self._sorted, ids)
        places[places == len(self)] = 0
        return self._order[places[(self._sorted[places] == ids) & (ids >= 0)]]

    def nearest(self, query: NDArray[np.float16], count: int) -> NDArray[np.int64]:
        """Rows of about `count` vectors near the query, by the graph. Searches queue up here."""
        assert self._graph is not None
        with self._walking:
            ids = self._graph.nearest(query, count)
        return self.rows_of(ids)

    def damage(self) -> str:
        """Read the whole file and say what is wrong with it; empty if nothing is."""
        if _crc(self._data[: self._footer.vectors_end]) != self._footer.vectors_crc:
            return f"The vectors in {self.path.name} are not those that were written."
        if _crc(self._data[self._footer.heads_end : self._footer.sketch_end]) != self._footer.sketch_crc:
            return f"The coarse vectors in {self.path.name} are not those that were written."
        return f"The graph in {self.path.name} is not the one that was written." if self._graph_damaged() else ""

    def _graph_damaged(self) -> bool:
        graph = self._data[self._footer.vectors_end : self._footer.graph_end]
        return _crc(graph) != self._footer.graph_crc


def generation_of(path: Path) -> int:
    """The generation in a file's name. Raises UnusableError if it is not a name of ours."""
    if path.suffix != SUFFIX or not (path.stem.isascii() and path.stem.isdigit()):
        raise UnusableError("not an index file's name")
    return int(path.stem)


def files_in(folder: Path) -> list[Path]:
    """All index files in a folder, newest generation first; none without the folder. Raises OSError."""
    try:
        paths = [p for p in folder.iterdir() if p.suffix == SUFFIX and p.stem.isascii() and p.stem.isdigit()]
    except FileNotFoundError:
        return []
    return sorted(paths, key=generation_of, reverse=True)
