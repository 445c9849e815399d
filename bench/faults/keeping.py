"""What keeping things safe costs: a backup of a large catalogue, and embedding from thumbnails instead of originals."""

import os
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.core.photos import large_photos
from bench.faults.home import own_home
from bench.faults.scenes import install_other
from bench.rows import Row, Settings
from photofinder.catalogue import backup
from photofinder.catalogue.writer import CatalogueWriter
from photofinder.core.types import Ingested, Metadata, PhotoFile, Role, Stamp, Unit, Vector, Volume
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.media.decode import DECODER_VERSION

DIM = 512
BATCH = 2_000
ROUNDS = 3


def measure(settings: Settings) -> Iterator[Row]:
    """Backups; then embedding anew, from thumbnails and from originals in turn."""
    yield from _backup(settings, 20_000 if settings.quick else 200_000)
    yield from _reembedding(settings)


def _backup(settings: Settings, photos: int) -> Iterator[Row]:
    folder = settings.work / f"backup-{photos}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / "catalogue.sqlite"
    _fill(path, photos)
    copy_s: list[float] = []
    read_s: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        backup.make(path, backup.Kind.ASKED)
        copy_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        shutil.copyfile(path, folder / "plain copy")
        handle = os.open(folder / "plain copy", os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        read_s.append(time.perf_counter() - began)
    seconds, plain = statistics.median(copy_s), statistics.median(read_s)
    size_bytes = backup.backups(path)[0].size_bytes
    detail = (
        f"{photos:,} photos with one embedding of {DIM} numbers; {seconds / plain:.1f} times a plain copy, then checked"
    )
    yield Row("backup, size", size_bytes / photos, "bytes/photo", detail=f"{size_bytes / 1e6:.0f} MB")
    yield Row("backup, checked", seconds / photos * 1e6, "s/million photos", detail=detail)
    shutil.rmtree(folder)


def _fill(path: Path, photos: int) -> None:
    random = np.random.default_rng(0)
    with CatalogueWriter(path) as writer:
        root = writer.add_root(Volume("uuid", "DISK", "/mnt"), b"Pictures")
        space = writer.space("digest", "any", DIM)
        for start in range(0, photos, BATCH):
            vectors: Vector = random.normal(size=(BATCH, DIM)).astype(np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            batch = [_photo(root.id, start + number, vectors[number]) for number in range(BATCH)]
            writer.record(batch, space, DECODER_VERSION)


def _photo(root_id: int, number: int, vector: Vector) -> Ingested:
    name = f"IMG_{number:07}.jpg".encode()
    unit = Unit(root_id, f"2019/{number // 500:05}".encode(), (PhotoFile(name, Role.PRIMARY, Stamp(number, 1, 7)),))
    metadata = Metadata(make="Canon", model="Canon EOS 6D", lens="EF 35mm", exposure_s=0.004, f_number=2.8, iso=400)
    return Ingested(unit, None, number.to_bytes(16, "big"), metadata, "JPEG", 4000, 3000, vector)


def _reembedding(settings: Settings) -> Iterator[Row]:
    photos = large_photos(settings.work, settings.photos)
    work = settings.work / "reembedding"
    from_thumbnails: list[float] = []
    from_originals: list[float] = []
    for _ in range(ROUNDS):
        for rates, cached in ((from_thumbnails, True), (from_originals, False)):
            shutil.rmtree(work, ignore_errors=True)
            with own_home(work / "home"):
                rates.append(settings.photos / _switch_s(work, photos, cached=cached))
    shutil.rmtree(work)
    rate = statistics.median(from_thumbnails)
    times = statistics.median(a / b for a, b in zip(from_thumbnails, from_originals, strict=True))
    detail = f"{settings.photos} JPEGs of 12 MP, the bundled encoder; {times:.1f} times as fast as from originals"
    yield Row("another encoder, from thumbnails", rate, "photos/s", detail=detail)
    yield Row("another encoder, thumbnails against originals", times, "times", at_least=1)


def _switch_s(work: Path, photos: Path, *, cached: bool) -> float:
    where = locations(work / "library")
    install_other(where, work / "other-bundle")
    with Library(where, create=True) as library:
        index(library, [photos])
        library.use_bundle("other")
        if not cached:
            shutil.rmtree(where.thumbnails)
        began = time.perf_counter()
        report = index(library, [])
        seconds = time.perf_counter() - began
    assert report.embedded
    return seconds
