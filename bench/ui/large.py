"""Libraries of very many photos that exist in the catalogue, as thumbnails, and, if wanted, as tiny files."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.core.synthetic import Synthetic
from photofinder.core.types import Volume
from photofinder.ingest import volumes
from photofinder.library.library import Library
from photofinder.library.locations import Locations, locations
from photofinder.media.decode import DECODER_VERSION

PER_FOLDER = 200
MOST_COMPLETE = 100_000
"""Up to this many photos a library is complete: files that a rescan finds unchanged, embeddings, a vector index.

Larger ones are on a drive that is not plugged in and are not searchable: a million embeddings take an hour to index.
"""
_THUMBNAILS = 400
_FIRST_MS, _SPAN_MS = 1_000_000_000_000, 700_000_000_000  # 2001 to 2023
_SHAPES = ((4000, 3000), (3000, 4000), (6000, 4000), (4000, 6000), (4000, 2250))

Stamp = tuple[int, int, int]


def large_library(work: Path, count: int) -> Locations:
    """A library of `count` photos of 22 years, in their own folders; made once, kept in `work`."""
    top = work / f"window-{count}"
    photos, where = top / "photos", locations(top / "library")
    if (top / "ready").exists():
        return where
    shutil.rmtree(top, ignore_errors=True)
    with Library(where, create=True) as library:
        prints = list(_thumbnails(library))
        writer, bundle = library.writer(), library.bundle
        space = library.space(bundle)
        writer.set("bundle", bundle.name)
        if count <= MOST_COMPLETE:
            stamps = list(_files(photos, count))
            root = writer.add_root(*volumes.volume_of(photos))
        else:
            stamps = [(4_000_000, 0, n) for n in range(count)]
            root = writer.add_root(Volume("bench", "Archive", "/media/Archive"), b"Photos")
    # The writer takes minutes for a million photos, because it keeps every batch safe; here there is nothing to lose.
    with contextlib.closing(sqlite3.connect(where.catalogue)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(
            "INSERT INTO folders (id, root_id, path) VALUES (?, ?, ?)",
            ((n + 1, root.id, os.fsencode(_folder(n))) for n in range(-(-count // PER_FOLDER))),
        )
        connection.executemany(
            """INSERT INTO photos (id, fingerprint, width_px, height_px, taken_ms, latitude, longitude, rating,
            added_at_ms, decoder_version, format, taken_source)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 'JPEG', 'exif original')""",
            _photos(count, prints),
        )
        connection.executemany(
            "INSERT INTO files VALUES (?, ?, ?, 'primary', ?, ?, ?)",
            ((n // PER_FOLDER + 1, _name(n), n + 1, *stamp) for n, stamp in enumerate(stamps)),
        )
        if count <= MOST_COMPLETE:
            vectors = (vector for block in Synthetic(count, space.dim).blocks() for vector in block)
            connection.executemany(
                "INSERT INTO embeddings (space_id, photo_id, vector) VALUES (?, ?, ?)",
                ((space.id, n + 1, vector.tobytes()) for n, vector in enumerate(vectors)),
            )
            connection.execute("UPDATE spaces SET generation = 1")
        connection.commit()
    if count <= MOST_COMPLETE:
        with Library(where) as library:
            library.consolidate(space)
    (top / "ready").touch()
    return where


def _folder(number: int) -> str:
    return f"{number // 20:03}/{number:05}"


def _name(number: int) -> bytes:
    return b"IMG_%07d.jpg" % number


def _files(photos: Path, count: int) -> Iterator[Stamp]:
    for number in range(count):
        folder = photos / _folder(number // PER_FOLDER)
        if number % PER_FOLDER == 0:
            folder.mkdir(parents=True)
        path = folder / os.fsdecode(_name(number))
        path.write_bytes(b"x")
        stat = path.stat()
        yield stat.st_size, stat.st_mtime_ns, stat.st_ino


def _photos(count: int, prints: list[bytes]) -> Iterator[tuple[object, ...]]:
    random = np.random.default_rng(0)
    for n in range(count):
        width_px, height_px = _SHAPES[int(random.integers(len(_SHAPES)))]
        taken_ms = _FIRST_MS + _SPAN_MS * n // count + int(random.integers(3_600_000))
        place = (48.1, 11.5) if n % 3 == 0 else (None, None)
        rating = n % 6 if n % 7 == 0 else None
        yield (n + 1, prints[n % len(prints)], width_px, height_px, taken_ms, *place, rating, DECODER_VERSION)


def _thumbnails(library: Library) -> Iterator[bytes]:
    """Soft shapes with grain: about the size and the decoding cost of real ones."""
    random = np.random.default_rng(1)
    for number in range(_THUMBNAILS):
        coarse = random.integers(0, 255, (8, 12, 3)).repeat(27, axis=0).repeat(27, axis=1)[:213, :320]
        pixels = np.clip(coarse + random.normal(0, 9, coarse.shape), 0, 255).astype(np.uint8)
        fingerprint = number.to_bytes(16, "big")
        library.thumbnails.store(fingerprint, pixels)
        yield fingerprint
