"""Map arithmetic: degrees to the square world of Web Mercator and back, and numbers that keep neighbours together.

The world is the unit square: x from 0 (180° west) to 1 (180° east), y from 0 (85.05° north) to 1 (85.05° south), as
every web map has it (EPSG:3857). At zoom z it is 256 * 2**z pixels wide. Any thread.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

TILE_PX = 256
"""Side of the world at zoom 0."""
LIMIT_DEGREES = math.degrees(2 * math.atan(math.exp(math.pi)) - math.pi / 2)
"""The northernmost and southernmost latitude of the square, 85.0511°."""
EARTH_KM = 6371.0088
"""Mean radius."""
KEY_BITS = 26
"""Steps of a key in each direction: 2**26, 0.6 m at the equator."""


def project(lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
    """Degrees to the unit square. Latitudes beyond the limit are put on the edge; longitudes run on."""
    sine = np.sin(np.radians(np.clip(lat, -LIMIT_DEGREES, LIMIT_DEGREES)))
    return np.asarray(lon) / 360 + 0.5, 0.5 - np.arctanh(sine) / (2 * math.pi)


def unproject(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The unit square to degrees: latitude, longitude (-180 to 180)."""
    lat = np.degrees(np.arctan(np.sinh(math.pi * (1 - 2 * np.asarray(y)))))
    return lat, (np.asarray(x) % 1 - 0.5) * 360


def sphere(lat: Floats, lon: Floats) -> Floats:
    """Degrees to points on the unit sphere, (n, 3)."""
    lat, lon = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def chord_km(chord: Floats) -> Floats:
    """The distance along the earth of two points whose straight distance on the unit sphere is known."""
    return 2 * EARTH_KM * np.arcsin(np.clip(np.asarray(chord) / 2, 0, 1))


def z_keys(x: Floats, y: Floats) -> Keys:
    """Places of the unit square as numbers whose bits alternate between y and x (Morton 1966), x taken modulo 1.

    All places in one square of a grid of 2**l by 2**l have keys that follow each other, for every l.
    """
    steps = 1 << KEY_BITS
    across = (np.asarray(x, np.float64) % 1 * steps).astype(np.uint64)
    down = np.clip(np.asarray(y, np.float64) * steps, 0, steps - 1).astype(np.uint64)
    return spread(np.minimum(across, np.uint64(steps - 1))) | spread(down) << np.uint64(1)


def spread(numbers: Keys) -> Keys:
    """Numbers below 2**32 with a zero bit before every bit."""
    spaced = numbers.astype(np.uint64)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        spaced = (spaced | spaced << np.uint64(shift)) & np.uint64(mask)
    return spaced
