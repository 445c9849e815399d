"""Photographs that may be shown to anybody: crops of scikit-image's samples, and landscapes out of numbers."""

import datetime as dt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from bench.core.photos import samples

SIZE_PX = (1200, 800)
Floats = NDArray[np.float32]

_COLOURFUL = {
    "Pets": ("chelsea.png",),
    "Kitchen": ("coffee.png",),
    "Space": ("rocket.jpg", "astronaut.png", "hubble_deep_field.jpg", "moon.png"),
    "Garage": ("motorcycle_left.png",),
    "Textures": ("grass.png",),
}
_CAMERAS = (("Canon", "Canon EOS R6"), ("FUJIFILM", "X-T4"), ("Apple", "iPhone 13"))
_FIRST = dt.datetime(2021, 4, 3, 9, 12, tzinfo=dt.UTC)
_VIEWS = 3
_SHUFFLE = 19, 43  # photos of one kind are not all of one day
_LANDSCAPES = 18
_PLACES = (  # latitude, longitude: the landscapes, made as they are, are said to be from here
    (27.805, 86.714),  # Namche Bazaar, Nepal
    (46.62, 8.03),
    (68.15, 13.61),
    (27.836, 86.764),
    (27.819, 86.722),
    (45.92, 6.87),
    (27.892, 86.831),
    (64.13, -21.9),
    (-45.03, 168.66),
    (46.02, 7.75),
    (27.861, 86.793),
    (51.18, -115.57),
    (27.787, 86.722),
    (-33.96, 18.4),
    (60.39, 5.32),
    (27.83, 86.65),
    (-50.94, -73.4),
    (37.75, -119.59),
)


def make_photos(folder: Path) -> Path:
    """About forty photos in folders, the same ones every time. Raises ModuleNotFoundError without scikit-image."""
    number = 0
    for name, sources in _COLOURFUL.items():
        for source in sources:
            with Image.open(samples() / source) as opened:
                whole = opened.convert("RGB")
            for view in range(_VIEWS):
                _save(_crop(whole, view), folder / name / f"{source.partition('.')[0]}-{view + 1}.jpg", number)
                number += 1
    for seed in range(_LANDSCAPES):
        _save(_landscape(seed), folder / "Travel" / f"DSC_{4100 + 7 * seed}.jpg", number, _PLACES[seed])
        number += 1
    return folder


def make_track(path: Path) -> Path:
    """A GPX track of somebody who walked where, and when, the photos were taken; the cameras' clocks at UTC+02:00."""
    points: list[str] = []
    for day in range(9):
        for minute in range(35 * day - 3, 35 * day + 32):
            when = _FIRST + dt.timedelta(days=11 * day, minutes=minute) - dt.timedelta(hours=2)
            north, east = 46.59 + day * 0.008, 7.91 + day * 0.012 + (minute - 35 * day) * 0.0001
            points.append(f'<trkpt lat="{north:.4f}" lon="{east:.4f}"><time>{when:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>')
    track = f"<trk><trkseg>{''.join(points)}</trkseg></trk>"
    path.write_text(f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{track}</gpx>', "utf-8")
    return path


def _crop(whole: Image.Image, view: int) -> Image.Image:
    width, height = whole.size
    shares = ((0.0, 0.0, 1.0, 1.0), (0.04, 0.1, 0.8, 0.9), (0.2, 0.0, 0.86, 1.0))[view]
    part = whole.crop((shares[0] * width, shares[1] * height, shares[2] * width, shares[3] * height))
    scale = SIZE_PX[0] / max(part.size)
    return part.resize((round(part.width * scale), round(part.height * scale)), Image.Resampling.BICUBIC)


def _landscape(seed: int) -> Image.Image:
    """Sky, sun or stars, ranges of hills one behind the other, sometimes water."""
    random = np.random.default_rng(seed)
    width, height = SIZE_PX if seed % 4 else (SIZE_PX[1], SIZE_PX[0])
    tops = ((28, 44, 84), (70, 120, 190), (12, 16, 34), (96, 134, 168), (58, 52, 96), (120, 166, 206))
    lows = ((244, 148, 82), (206, 226, 238), (40, 52, 88), (250, 222, 180), (236, 120, 110), (246, 240, 226))
    top, low = np.array(tops[seed % 6], np.float32), np.array(lows[seed % 6], np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    share = (y / height)[..., None] ** 1.3
    pixels = top * (1 - share) + low * share
    if seed % 6 == 2:
        pixels += 200.0 * (random.random((height, width, 1)) > 0.9992) * (1 - share)
    else:
        sun = np.hypot(x - width * random.uniform(0.2, 0.8), y - height * random.uniform(0.3, 0.5))
        pixels += (255 - pixels) * np.exp(-((sun / (0.09 * height)) ** 2))[..., None]
    for depth in range(4):
        line = height * (0.5 + 0.12 * depth) + _ridge(random, width, height * 0.09)
        hill = low * (0.62 - 0.15 * depth) + top * 0.12
        if depth == 3 and seed % 3 == 0:
            hill = top * 0.7 + 30 * np.sin(y * 0.35 + 6 * np.sin(x * 0.01))[..., None]
        edge = np.clip((y - line) / 2, 0, 1)[..., None]
        pixels = pixels * (1 - edge) + hill * edge
    grain = random.normal(0, 3, (height, width, 1)).astype(np.float32)
    image = Image.fromarray((pixels + grain).clip(0, 255).astype(np.uint8))
    return image.filter(ImageFilter.GaussianBlur(0.6))


def _ridge(random: np.random.Generator, width: int, height: float) -> Floats:
    x = np.arange(width, dtype=np.float32) / width
    waves = [np.sin(2 * np.pi * (2**n * x + random.random())) / 1.7**n for n in range(7)]
    return (height * np.sum(waves, axis=0) / 2).astype(np.float32)


def _save(photo: Image.Image, path: Path, number: int, place: tuple[float, float] | None = None) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = _CAMERAS[number % len(_CAMERAS)]
    factor, modulus = _SHUFFLE
    number = number * factor % modulus
    taken = _FIRST + dt.timedelta(days=11 * (number // 5), minutes=number * 7)
    exif.get_ifd(0x8769).update(
        {0x9003: f"{taken:%Y:%m:%d %H:%M:%S}", 0x829A: 1 / 250, 0x829D: 4.0, 0x8827: 200, 0x920A: 35.0}
    )
    if place is not None:
        latitude, longitude = place
        exif.get_ifd(0x8825).update(
            {
                1: "N" if latitude >= 0 else "S",
                2: (abs(latitude), 0.0, 0.0),
                3: "E" if longitude >= 0 else "W",
                4: (abs(longitude), 0.0, 0.0),
            }
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    photo.save(path, quality=90, exif=exif)
