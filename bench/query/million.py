"""A made-up library of many photos: everything that a filter can ask for, and 512-d embeddings."""

import dataclasses
import shutil
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from bench.core.synthetic import Synthetic
from photofinder.catalogue.reader import Space
from photofinder.core.types import Vector
from photofinder.encoder.bundle import Bundle
from photofinder.library.library import Library
from photofinder.library.locations import Locations, locations
from photofinder.vectors import build
from photofinder.vectors.index import VectorIndex

DIM = 512
DAY_MS = 86_400_000
ISO = np.array([100, 200, 400, 800, 1600, 3200])
F = np.array([1.8, 2.8, 4.0, 5.6, 8.0])
_CAMERAS = (("Canon", "EOS 6D"), ("NIKON CORPORATION", "NIKON D90"), ("Apple", "iPhone 12"), ("SONY", "ILCE-7M3"))
_BATCH = 20_000
_DIGEST = "made-up"


@dataclass(frozen=True, slots=True)
class Columns:
    """What the photos are made of, by number from 0: the oracle's own copy."""

    day: NDArray[np.int64]
    iso: NDArray[np.int64]
    f: NDArray[np.int64]
    camera: NDArray[np.int64]
    rating: NDArray[np.int64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]

    @classmethod
    def of(cls, count: int) -> "Columns":
        """The same for the same count. Half of the photos have a position."""
        random = np.random.default_rng(11)
        latitude = random.uniform(-60, 70, count)
        latitude[random.random(count) < 0.5] = np.nan
        return cls(
            np.sort(random.integers(12_000, 20_000, count)),
            random.integers(0, len(ISO), count),
            random.integers(0, len(F), count),
            random.integers(0, len(_CAMERAS), count),
            random.integers(0, 6, count),
            latitude,
            random.uniform(-180, 180, count),
        )

    def __len__(self) -> int:
        return len(self.day)


class Words:
    """Stands for an encoder: every text has a direction of its own, like sentences about the library's subjects."""

    def __init__(self, count: int) -> None:
        self._directions = Synthetic(count, DIM).word_queries(256)

    def embed_query(self, text: str) -> Vector:
        """One of 256 directions, and a little of its own."""
        own = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIM).astype(np.float32)
        mixed = self._directions[zlib.crc32(text.encode()) % 256] + np.float32(0.02) * own
        return mixed / np.linalg.norm(mixed)

    def embed(self, texts: Sequence[str]) -> Vector:
        """As `embed_query`, several."""
        return np.stack([self.embed_query(text) for text in texts])


class MadeLibrary(Library):
    """A library that is searched with made-up words."""

    def __init__(self, where: Locations, count: int) -> None:
        super().__init__(where, create=True)
        self._bundle = dataclasses.replace(self.bundle, embedding_dim=DIM)
        self._words = Words(count)

    def serving(self) -> tuple[Bundle, Space]:
        """The only space there is."""
        return self._bundle, self.reader.spaces()[0]

    def text_encoder(self, bundle: Bundle) -> Any:
        """Made-up words."""
        return self._words


def made(work: Path, count: int) -> tuple[Path, Columns]:
    """The folder of the library, made if need be (some minutes a million), and its columns."""
    top, columns = work / f"query-{count}-{DIM}", Columns.of(count)
    if (top / "ready").exists():
        return top, columns
    shutil.rmtree(top, ignore_errors=True)
    where = locations(top)
    with Library(where, create=True) as library:
        space_id = library.writer().space(_DIGEST, "mini", DIM)
    connection = sqlite3.connect(where.catalogue, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(
        "INSERT INTO roots (id, volume_uuid, mount, path, added_at_ms) VALUES (1, 'uuid', x'2F', x'6D616465', 0)"
    )
    for start in range(0, count, _BATCH):
        connection.execute("BEGIN")
        _insert(connection, columns, range(start, min(start + _BATCH, count)), space_id)
        connection.execute("COMMIT")
    connection.execute("UPDATE spaces SET generation = 1, indexed_generation = 1")
    connection.execute("ANALYZE")
    connection.close()
    _write_vectors(where, count)
    (top / "ready").touch()
    return top, columns


def _insert(connection: sqlite3.Connection, columns: Columns, numbers: range, space_id: int) -> None:
    connection.executemany(
        "INSERT INTO folders (id, root_id, path) VALUES (?, 1, ?)",
        [
            (folder + 1, f"{folder // 50:03}/event {folder}".encode())
            for folder in range(numbers.start // 200, -(-numbers.stop // 200))
        ],
    )
    connection.executemany(
        """INSERT INTO photos (id, fingerprint, added_at_ms, decoder_version, format, width_px, height_px, taken_ms,
        taken_source, latitude, longitude, make, model, f_number, iso, focal_mm, rating, title)
        VALUES (?, ?, 0, 1, 'JPEG', 6000, 4000, ?, 'exif original', ?, ?, ?, ?, ?, ?, 50, ?, ?)""",
        list(_photos(columns, numbers)),
    )
    connection.executemany(
        """INSERT INTO files (folder_id, name, photo_id, role, size_bytes, mtime_ns, inode)
        VALUES (?, ?, ?, 'primary', 1, 1, 1)""",
        [(number // 200 + 1, f"IMG_{number:07}.jpg".encode(), number + 1) for number in numbers],
    )
    # What is searched are the vectors of the index file; the catalogue's own would double what is written here.
    connection.executemany(
        "INSERT INTO embeddings (id, space_id, photo_id, vector) VALUES (?, ?, ?, x'')",
        [(number + 1, space_id, number + 1) for number in numbers],
    )


def _photos(columns: Columns, numbers: range) -> Iterator[tuple[Any, ...]]:
    for n in numbers:
        make, model = _CAMERAS[columns.camera[n]]
        there = not np.isnan(columns.latitude[n])
        yield (
            n + 1,
            n.to_bytes(16, "big"),
            int(columns.day[n]) * DAY_MS + n % DAY_MS,
            float(columns.latitude[n]) if there else None,
            float(columns.longitude[n]) if there else None,
            make,
            model,
            float(F[columns.f[n]]),
            int(ISO[columns.iso[n]]),
            int(columns.rating[n]) or None,
            f"rare{n % 100_000}" if n % 10 == 0 else None,
        )


def _write_vectors(where: Locations, count: int) -> None:
    """Without a graph: filtered queries do not use it, and it takes most of an hour to build."""
    index = VectorIndex(where.vectors / _DIGEST, DIM, None)
    done = 0
    for block in Synthetic(count, DIM).blocks():
        index.add(np.arange(done + 1, done + 1 + len(block)), block)
        done += len(block)
    with mock.patch.object(build, "GRAPH_FROM", count + 1):
        index.consolidate(1)
