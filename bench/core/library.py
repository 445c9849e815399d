"""A library of many photos: rescanning it, searching it, and starting the program on it."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.rows import Row, Settings
from photofinder.core.types import Ingested, PhotoFile, Role, Stamp, Unit
from photofinder.ingest import volumes
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import Locations, locations
from photofinder.media.decode import DECODER_VERSION

PER_FOLDER = 200
WORDS = ("a cat", "snow on a mountain", "a red car in the street", "people at a table", "a boat on a lake")


def measure(settings: Settings) -> Iterator[Row]:
    """Rescan, queries by part, cold start."""
    count = 10_000 if settings.quick else 100_000
    photos, where = _made(settings, count)
    yield from _rescan(photos, where, count)
    yield from _queries(where, count)
    yield from _cold(where, count)


def _made(settings: Settings, count: int) -> tuple[Path, Locations]:
    """A tree of `count` one-byte files, and a library that knows them all as embedded photos."""
    top = settings.work / f"tree-{count}"
    photos, where = top / "photos", locations(top / "library")
    if (top / "ready").exists():
        return photos, where
    shutil.rmtree(top, ignore_errors=True)
    random = np.random.default_rng(0)
    with Library(where, create=True) as library:
        writer, bundle = library.writer(), library.bundle
        photos.mkdir(parents=True)
        root = writer.add_root(*volumes.volume_of(photos))
        space = library.space(bundle)
        writer.set("bundle", bundle.name)
        for start in range(0, count, PER_FOLDER):
            folder = photos / f"{start // PER_FOLDER // 20:03}" / f"{start // PER_FOLDER:05}"
            folder.mkdir(parents=True)
            batch: list[Ingested] = []
            for number in range(start, start + PER_FOLDER):
                path = folder / f"IMG_{number:06}.jpg"
                path.write_bytes(b"x")
                stat = path.stat()
                stamp = Stamp(stat.st_size, stat.st_mtime_ns, stat.st_ino)
                relative = os.fsencode(folder.relative_to(photos).as_posix())
                unit = Unit(root.id, relative, (PhotoFile(path.name.encode(), Role.PRIMARY, stamp),))
                vector = random.standard_normal(space.dim).astype(np.float32)
                vector /= np.linalg.norm(vector)
                known: dict[str, Any] = {"picture_format": "JPEG", "width_px": 4000, "height_px": 3000}
                batch.append(Ingested(unit, None, number.to_bytes(16, "little"), **known, vector=vector))
            writer.record(batch, space.id, DECODER_VERSION)
        library.consolidate(space)
    (top / "ready").touch()
    return photos, where


def _rescan(photos: Path, where: Locations, count: int) -> Iterator[Row]:
    walks: list[float] = []
    rescans: list[float] = []
    with Library(where) as library:
        library.writer()
        for _ in range(5):
            walks.append(_timed(lambda: _bare_walk(os.fsencode(photos))))
            rescans.append(_timed(lambda: _checked_rescan(library, count)))
    ratio = statistics.median(rescan / walk for walk, rescan in zip(walks, rescans, strict=True))
    rescan_s, walk_s = statistics.median(rescans), statistics.median(walks)
    detail = f"{count:,} photos: {rescan_s:.2f} s against {walk_s:.2f} s of scandir and stat"
    yield Row("rescan of an unchanged tree", ratio, "x bare walk", at_most=2.0, detail=detail)


def _checked_rescan(library: Library, count: int) -> None:
    report = index(library, [])
    assert (report.unchanged, report.added, report.changed) == (count, 0, 0), report


def _bare_walk(folder: bytes) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _bare_walk(entry.path)
            else:
                entry.stat(follow_symlinks=False)


def _queries(where: Locations, count: int) -> Iterator[Row]:
    with Library(where) as library:
        bundle, space = library.serving()
        encoder, vectors = library.text_encoder(bundle), library.vectors(space)
        query = encoder.embed_query(WORDS[0])
        found = vectors.search(query, 20)
        embedding_ids = found.ids.tolist()
        photo_ids = list(library.reader.photos_of_embeddings(embedding_ids).values())
        stored = library.reader.embedding(photo_ids[0], space.id)
        assert stored is not None
        detail = f"{count:,} photos, 20 hits, warm"
        for name, step in (
            ("text query: encode", lambda: encoder.embed_query("a cat asleep on a sofa")),
            ("text query: search", lambda: vectors.search(query, 20)),
            ("text query: fetch", lambda: library.reader.photos(photo_ids)),
            ("similar query: embedding from the catalogue", lambda: library.reader.embedding(photo_ids[0], space.id)),
            ("similar query: search", lambda: vectors.search(stored[1].astype(np.float32), 21)),
        ):
            yield Row(name, statistics.median(_timed(step) for _ in range(50)) * 1e3, "ms", detail=detail)


def _cold(where: Locations, count: int) -> Iterator[Row]:
    program = [sys.executable, "-m", "photofinder"]
    bare = _process_s([sys.executable, "-c", "pass"])
    yield Row("photofinder --version", _process_s([*program, "--version"]), "s", detail=f"python alone: {bare:.3f} s")
    search = [*program, "search", "--library", str(where.data), "a cat"]
    yield Row("cold photofinder search", _process_s(search), "s", detail=f"{count:,} photos, median of 7 processes")


def _process_s(command: list[str]) -> float:
    def once() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    once()
    return statistics.median(_timed(once) for _ in range(7))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
