"""Pixels as screens take them: four bytes each, blue first; scaled to what is shown.

Here and not in the window, because these run for tens of milliseconds and Qt's own ways hold Python's lock meanwhile:
measured on 48 megapixels, `QImage.scaled` stops every other thread for 120 ms, `convertToFormat` for 200 ms. numpy,
Pillow and simplejpeg let go of it.
"""

from typing import Final, cast

import numpy as np
import simplejpeg  # pyright: ignore[reportMissingTypeStubs]
from numpy.typing import NDArray
from PIL import Image

from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.core.types import Pixels

ScreenPixels = NDArray[np.uint8]
"""H x W x 4: blue, green, red, 255; contiguous."""

_STRIP_ROWS: Final = 64  # stays within a processor's cache
_OPAQUE: Final = np.uint32(0xFF000000)
_DOTS_FROM: Final = 3.0
"""Enlarged so much, a photo is shown as its pixels are, to judge them."""


def from_jpeg(content: bytes) -> ScreenPixels:
    """Decode a thumbnail or preview, which are sRGB and upright. Thread: any. Raises: `MediaProblem`."""
    try:
        pixels = cast("ScreenPixels", simplejpeg.decode_jpeg(content, colorspace="BGRA"))
    except ValueError as error:
        raise MediaProblem(FailureKind.UNREADABLE, "Its thumbnail in the cache is damaged.") from error
    return pixels


def from_pixels(pixels: Pixels) -> ScreenPixels:
    """Reorder decoded pixels; a copy. Thread: any."""
    made = np.empty(pixels.shape[:2], np.uint32)
    for start in range(0, len(pixels), _STRIP_ROWS):  # as whole numbers, twice as quick as channel by channel
        strip = slice(start, start + _STRIP_ROWS)
        red, green, blue = (pixels[strip, :, channel] for channel in range(3))
        words = np.left_shift(red, 16, dtype=np.uint32)
        words |= np.left_shift(green, 8, dtype=np.uint32)
        words |= blue
        np.bitwise_or(words, _OPAQUE, out=made[strip])
    return made.view(np.uint8).reshape(*pixels.shape[:2], 4)  # little-endian, as all systems we run on


def halves(pixels: ScreenPixels, least_long_px: int) -> list[ScreenPixels]:
    """The picture, and halves of it (2 x 2 means) down to a long side of at least `least_long_px`. Thread: any."""
    levels = [pixels]
    while max(levels[-1].shape[:2]) >= 2 * least_long_px and min(levels[-1].shape[:2]) >= 2:
        levels.append(np.asarray(_image(levels[-1]).reduce(2)))
    return levels


def rendered(
    pixels: ScreenPixels, box: tuple[float, float, float, float], size_px: tuple[int, int], turn: int
) -> ScreenPixels:
    """The part of a picture within `box` (left, top, right, bottom; fractions allowed) as `size_px` (width, height).

    Turned `turn` quarters clockwise after that. Reduced with Lanczos' filter, enlarged bicubically, and from three
    times on as plain dots. Thread: any.
    """
    enlarged = size_px[0] / (box[2] - box[0])
    if enlarged >= _DOTS_FROM:
        method = Image.Resampling.NEAREST
    else:
        method = Image.Resampling.BICUBIC if enlarged > 1 else Image.Resampling.LANCZOS
    part = np.asarray(_image(pixels).resize(size_px, method, box))
    return np.ascontiguousarray(np.rot90(part, -turn))


def _image(pixels: ScreenPixels) -> Image.Image:
    # Not copied. Pillow treats the four channels alike, so that their order does not matter.
    return Image.frombuffer("RGBX", (pixels.shape[1], pixels.shape[0]), pixels, "raw", "RGBX", 0, 1)
