"""How fast photos come into the library, against what decoding and the network alone would take."""

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.core.photos import large_photos
from bench.rows import Row, Settings
from models.random_siglip import write_random_siglip
from photofinder.encoder.bundle import Bundle, load_bundle
from photofinder.encoder.preprocess import prepare
from photofinder.encoder.sessions import ImageEncoder
from photofinder.encoder.store import bundled_dir
from photofinder.ingest.ingest import EMBED_BATCH, MIN_SHORT_PX
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import Locations
from photofinder.media.decode import decode

CORES = os.cpu_count() or 1
RATIO_GOAL = 0.85
MEMORY_GOAL_BYTES = 1.5e9
ROUNDS = 3


def measure(settings: Settings) -> Iterator[Row]:
    """Ingest with the bundled encoder and with one of SigLIP 2 base's cost; peak memory; size on disk."""
    mini = load_bundle(bundled_dir() / "mini")
    siglip_folder = settings.work / "random-siglip"
    if not siglip_folder.exists():
        write_random_siglip(siglip_folder)
    siglip = load_bundle(siglip_folder)
    for bundle, photos in ((mini, settings.photos), (siglip, max(16, settings.photos // 8))):
        yield from _against_the_bound(settings, bundle, large_photos(settings.work, photos))
    yield from _peak_memory(settings, siglip)


def _against_the_bound(settings: Settings, bundle: Bundle, photos: Path) -> Iterator[Row]:
    paths = sorted(photos.iterdir())
    ratios: list[float] = []
    rates: list[float] = []
    # In turn, because these machines' speed drifts: only what was measured side by side is compared.
    for _ in range(ROUNDS):
        bound_s = _bound_s(bundle, paths)
        ingest_s = _ingest_s(settings, bundle, photos)
        ratios.append(bound_s / ingest_s)
        rates.append(len(paths) / ingest_s)
    name = bundle.name
    where = _place(settings, bundle)
    rate, ratio = float(np.median(rates)), float(np.median(ratios))
    detail = f"{len(paths)} JPEGs of 12 MP, {CORES} cores, median of {ROUNDS}"
    yield Row(f"ingest, {name}", rate, "photos/s", detail=detail)
    bound = "the bound decodes and resizes, then runs the network, on all cores"
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}; {bound}"
    yield Row(f"ingest against its bound, {name}", ratio, "", at_least=RATIO_GOAL, detail=spread)
    if name == "mini":
        for what, folder in (("catalogue and vectors", where.data), ("thumbnails", where.cache)):
            yield Row(f"on disk, {what}", _tree_bytes(folder) / len(paths), "bytes/photo")


def _bound_s(bundle: Bundle, paths: list[Path]) -> float:
    """Seconds to decode all photos to what the network takes, then to run it: nothing else, and all cores for each."""
    min_short_px = max(MIN_SHORT_PX, bundle.image.size_px)
    with ThreadPoolExecutor(CORES) as pool:
        began = time.perf_counter()
        tensors = list(pool.map(lambda path: prepare(decode(path, min_short_px).pixels, bundle.image), paths))
        decode_s = time.perf_counter() - began
    batches = [np.stack(tensors[at : at + EMBED_BATCH]) for at in range(0, len(tensors), EMBED_BATCH)]
    return decode_s + min(_all_threads_s(bundle, batches), _thread_each_s(bundle, batches))


def _all_threads_s(bundle: Bundle, batches: list[NDArray[np.float32]]) -> float:
    encoder = ImageEncoder(bundle, provider="cpu")
    encoder.embed(batches[0])
    began = time.perf_counter()
    for batch in batches:
        encoder.embed(batch)
    return time.perf_counter() - began


def _thread_each_s(bundle: Bundle, batches: list[NDArray[np.float32]]) -> float:
    encoder = ImageEncoder(bundle, provider="cpu", threads=1)
    encoder.embed(batches[0])
    with ThreadPoolExecutor(CORES) as pool:
        began = time.perf_counter()
        list(pool.map(encoder.embed, batches))
        return time.perf_counter() - began


def _place(settings: Settings, bundle: Bundle) -> Locations:
    data = settings.work / "library"
    return Locations(data / "data", data / "cache", bundle.folder.parent)


def _ingest_s(settings: Settings, bundle: Bundle, photos: Path) -> float:
    """Seconds for `index` on a new library, the encoder's start included."""
    shutil.rmtree(settings.work / "library", ignore_errors=True)
    with Library(_place(settings, bundle), create=True) as library:
        library.use_bundle(bundle.name)
        began = time.perf_counter()
        report = index(library, [photos])
        seconds = time.perf_counter() - began
    assert not report.failed
    return seconds


def _peak_memory(settings: Settings, bundle: Bundle) -> Iterator[Row]:
    """In processes of their own, with few photos and with many: what grows with the count is a leak."""
    many = 200 if settings.quick else 2_000
    few_bytes, many_bytes = (
        _peak_bytes(settings, large_photos(settings.work, count), bundle_name)
        for count, bundle_name in ((many // 5, "mini"), (many, "mini"))
    )
    yield Row(
        "peak memory of an ingest, mini",
        many_bytes / 1e6,
        "MB",
        at_most=MEMORY_GOAL_BYTES / 1e6,
        detail=f"{many} photos",
    )
    yield Row(
        "its growth from a fifth of them",
        many_bytes / few_bytes,
        "x",
        at_most=1.15,
        detail=f"{few_bytes / 1e6:.0f} MB with {many // 5} photos",
    )
    siglip_bytes = _peak_bytes(settings, large_photos(settings.work, 64), bundle.name)
    yield Row(
        "peak memory of an ingest, siglip shape",
        siglip_bytes / 1e6,
        "MB",
        at_most=MEMORY_GOAL_BYTES / 1e6,
        detail="64 photos",
    )


def _peak_bytes(settings: Settings, photos: Path, bundle_name: str) -> int:
    data = settings.work / "library"
    shutil.rmtree(data, ignore_errors=True)
    code = f"""
from pathlib import Path
from bench.core.ingest import peak_bytes
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import Locations
where = Locations(Path({str(data)!r}), Path({str(data)!r}) / 'cache', Path({str(settings.work)!r}))
with Library(where, create=True) as library:
    library.use_bundle({bundle_name!r})
    index(library, [Path({str(photos)!r})])
print(peak_bytes())
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(told.stdout)


def peak_bytes() -> int:
    """The most memory that this process ever held."""
    if sys.platform == "linux":
        # Not ru_maxrss: a child starts with its parent's.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return 1024 * int(status.partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _tree_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
