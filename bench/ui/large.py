"""Libraries of very many photos that exist in the catalogue and as thumbnails only."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from photofinder.core.types import Volume
from photofinder.library.library import Library
from photofinder.library.locations import Locations, locations

PER_FOLDER = 200
_THUMBNAILS = 400
_FIRST_MS, _SPAN_MS = 1_000_000_000_000, 700_000_000_000  # 2001 to 2023
_SHAPES = ((4000, 3000), (3000, 4000), (6000, 4000), (4000, 6000), (4000, 2250))


def large_library(work: Path, count: int) -> Locations:
    """A library of `count` photos of 22 years, in their own folders; made once, kept in `work`."""
    top = work / f"window-{count}"
    where = locations(top)
    if (top / "ready").exists():
        return where
    shutil.rmtree(top, ignore_errors=True)
    with Library(where, create=True) as library:
        prints = list(_thumbnails(library))
        root = library.writer().add_root(Volume("mount:/", None, "/"), bytes(work.resolve()).lstrip(b"/"))
    # The writer takes minutes for a million photos, because it keeps every batch safe; here there is nothing to lose.
    with contextlib.closing(sqlite3.connect(where.catalogue)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(
            "INSERT INTO folders (id, root_id, path) VALUES (?, ?, ?)",
            ((n + 1, root.id, b"%03d/%05d" % (n // 20, n)) for n in range(-(-count // PER_FOLDER))),
        )
        connection.executemany(
            """INSERT INTO photos (id, fingerprint, width_px, height_px, taken_ms, latitude, longitude, rating,
            added_at_ms, decoder_version, format, taken_source)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 1, 'JPEG', 'exif original')""",
            _photos(count, prints),
        )
        connection.executemany(
            "INSERT INTO files VALUES (?, ?, ?, 'primary', 4000000, 0, ?)",
            ((n // PER_FOLDER + 1, b"IMG_%07d.jpg" % n, n + 1, n) for n in range(count)),
        )
        connection.commit()
    (top / "ready").touch()
    return where


def _photos(count: int, prints: list[bytes]) -> Iterator[tuple[object, ...]]:
    random = np.random.default_rng(0)
    for n in range(count):
        width_px, height_px = _SHAPES[int(random.integers(len(_SHAPES)))]
        taken_ms = _FIRST_MS + _SPAN_MS * n // count + int(random.integers(3_600_000))
        place = (48.1, 11.5) if n % 3 == 0 else (None, None)
        yield (n + 1, prints[n % len(prints)], width_px, height_px, taken_ms, *place, n % 6 if n % 7 == 0 else None)


def _thumbnails(library: Library) -> Iterator[bytes]:
    """Soft shapes with grain: about the size and the decoding cost of real ones."""
    random = np.random.default_rng(1)
    for number in range(_THUMBNAILS):
        coarse = random.integers(0, 255, (8, 12, 3)).repeat(27, axis=0).repeat(27, axis=1)[:213, :320]
        pixels = np.clip(coarse + random.normal(0, 9, coarse.shape), 0, 255).astype(np.uint8)
        fingerprint = number.to_bytes(16, "big")
        library.thumbnails.store(fingerprint, pixels)
        yield fingerprint
