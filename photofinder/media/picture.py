"""What codecs hand back, and the arithmetic they share: how small is small enough, which way is up."""

from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np
from PIL import Image

from photofinder.core.types import Picture, Pixels

THUMBNAIL_LONG_PX: Final = 320
"""The long side of a thumbnail; every decoded picture has enough pixels for one."""


@dataclass(frozen=True, slots=True)
class Need:
    """How many pixels the caller needs; codecs may give more, never less (unless the photo has less)."""

    short_px: int
    long_px: int = THUMBNAIL_LONG_PX

    def met_by(self, width_px: int, height_px: int) -> bool:
        """Whether a picture of this size is enough."""
        return min(width_px, height_px) >= self.short_px and max(width_px, height_px) >= self.long_px

    def reduction(self, width_px: int, height_px: int) -> int:
        """The largest whole number that both sides can be divided by and still be enough; 1 if none."""
        short_px, long_px = sorted((width_px, height_px))
        return max(1, min(short_px // self.short_px, long_px // self.long_px))


@dataclass(frozen=True, slots=True)
class Embedded:
    """The metadata blocks that a photo carries, not yet looked into.

    `exif` is a file that begins with a TIFF header; `more_exif` further ones (Canon CR3 has one per
    directory); `xmp` an XML packet; `iptc` IIM records.
    """

    exif: BinaryIO | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    more_exif: tuple[BinaryIO, ...] = ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture, upright and sRGB, and the metadata blocks found on the way."""

    picture: Picture
    embedded: Embedded


def reduced(image: Image.Image, need: Need) -> Image.Image:
    """Shrink by a whole factor (a box filter), so that all later work is on few pixels."""
    factor = need.reduction(image.width, image.height)
    return image.reduce(factor) if factor > 1 else image


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Apply an EXIF orientation (1 to 8; the eight ways to hold a camera or to mirror its picture)."""
    if orientation in {5, 6, 7, 8}:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def finished(pixels: Pixels, width_px: int, height_px: int, orientation: int, content_format: str) -> Picture:
    """Make the `Picture` of sRGB pixels as stored; `width_px`, `height_px`: the whole photo's, as stored."""
    if orientation in {5, 6, 7, 8}:
        width_px, height_px = height_px, width_px
    return Picture(upright(pixels, orientation), width_px, height_px, content_format)
