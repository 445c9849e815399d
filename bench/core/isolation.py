"""What it costs to decode in a child process, against decoding in the program's own: one photo after another."""

import io
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pillow_heif
from PIL import Image

from bench.core.photos import large_photos
from bench.rows import Row, Settings
from photofinder.media.decode import decode
from photofinder.media.load import load
from photofinder.media.safely import Decoders

MIN_SHORT_PX = 240


def measure(settings: Settings) -> Iterator[Row]:
    """HEIC and TIFF of 12 megapixels: for ingest, and all their pixels; JPEG for what the journal costs."""
    folder = _photos(settings)
    rounds = 3 if settings.quick else 7
    decoders = Decoders(settings.work / "decoding")
    try:
        began = time.perf_counter()
        decoders.load(folder / "a.tif", MIN_SHORT_PX)
        yield Row("starting a child, with its first photo", 1000 * (time.perf_counter() - began), "ms")
        for name in ("a.heic", "a.tif", "a.jpg"):
            path = folder / name
            short_px, long_px = sorted(Image.open(path).size if name in {"a.jpg", "a.tif"} else (3000, 4000))
            for what, safely, plainly in (
                ("for ingest", lambda p=path: decoders.load(p, MIN_SHORT_PX), lambda p=path: load(p, MIN_SHORT_PX)),
                (
                    "all pixels",
                    lambda p=path, s=short_px, g=long_px: decoders.decode(p, s, g),
                    lambda p=path, s=short_px, g=long_px: decode(p, s, g),
                ),
            ):
                yield _ratio(f"{path.suffix[1:]} of 12 megapixels, {what}", safely, plainly, rounds)
    finally:
        decoders.close()


def _ratio(what: str, safely: Callable[[], object], plainly: Callable[[], object], rounds: int) -> Row:
    """Taken in turns, so that what else the computer does falls on both."""
    times: dict[Callable[[], object], list[float]] = {safely: [], plainly: []}
    for _ in range(rounds):
        for work, taken in times.items():
            began = time.perf_counter()
            work()
            taken.append(1000 * (time.perf_counter() - began))
    ours, bare = (statistics.median(times[work]) for work in (safely, plainly))
    return Row(f"{what}: as the program does it / bare", ours / bare, detail=f"{ours:.1f} ms / {bare:.1f} ms")


def _photos(settings: Settings) -> Path:
    folder = settings.work / "photos-isolation"
    if not (folder / "a.jpg").exists():
        folder.mkdir(parents=True, exist_ok=True)
        content = next(large_photos(settings.work, 1).rglob("*.jpg")).read_bytes()
        image = Image.open(io.BytesIO(content)).convert("RGB")
        pillow_heif.from_pillow(image).save(folder / "a.heic", quality=80, thumbnails=[416])
        image.save(folder / "a.tif")
        (folder / "a.jpg").write_bytes(content)
    return folder
