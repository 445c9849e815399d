"""Photographs to measure with: 12 megapixel JPEGs with a camera's metadata, made from scikit-image's samples."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

SIZE_PX = (4000, 3000)
_DIFFERENT = 16
_SAMPLES = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "hubble_deep_field.jpg")


def samples() -> Path:
    """The folder of scikit-image's sample photographs. Raises ModuleNotFoundError without it."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("scikit-image is needed for its photographs: pip install '.[demo]'")
    return Path(spec.submodule_search_locations[0]) / "data"


def large_photos(work: Path, count: int) -> Path:
    """A folder of `count` JPEGs, 2 to 3 MB each, no two with the same content. Kept between runs."""
    folder = work / f"photos-12mp-{count}"
    if folder.exists():
        return folder
    making = work / f"{folder.name}.making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    originals = [_photo(making / f"{number:05}.jpg", number) for number in range(min(_DIFFERENT, count))]
    for number in range(len(originals), count):
        # What follows a JPEG's end marker costs a decoder nothing and makes the content another.
        content = originals[number % len(originals)].read_bytes() + number.to_bytes(4, "little")
        (making / f"{number:05}.jpg").write_bytes(content)
    making.rename(folder)
    return folder


def _photo(path: Path, seed: int) -> Path:
    random = np.random.default_rng(seed)
    with Image.open(samples() / _SAMPLES[seed % len(_SAMPLES)]) as opened:
        picture = opened.convert("RGB").resize(SIZE_PX, Image.Resampling.BICUBIC)
    # A sensor's noise: an enlarged picture alone would be far too easy to decode.
    noisy = np.asarray(picture, np.int16) + random.normal(0, 4, (SIZE_PX[1], SIZE_PX[0], 3)).astype(np.int16)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS 6D"
    detail = exif.get_ifd(0x8769)
    detail.update({0x9003: f"2023:05:{1 + seed % 28:02} 10:20:30", 0x829A: 0.005, 0x829D: 2.8, 0x8827: 400})
    exif.get_ifd(0x8825).update({1: "N", 2: (27.0, 48.0, 16.0), 3: "E", 4: (86.0, 42.0, float(seed % 60))})
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=90, exif=exif)
    return path
