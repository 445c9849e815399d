"""A decoded photo as it is painted: the picture and halves of it, so that every zoom starts from enough pixels."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtGui import QImage

from photofinder.library.pictures import ScreenPixels

BYTES_PER_PIXEL = 16 / 3
"""Four bytes, and a third more for the halves."""


class Quality(enum.IntEnum):
    """How much of a photo a frame shows."""

    THUMBNAIL = 0
    PREVIEW = 1
    FULL = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """A photo of `width_px` x `height_px`, upright and sRGB, as `levels`: largest first, each half the one before.

    The largest level has all of the photo's pixels only in a full frame, and not always there. Immutable; any thread.
    """

    quality: Quality
    width_px: int
    height_px: int
    levels: Sequence[ScreenPixels] = field(repr=False)

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return sum(level.nbytes for level in self.levels)

    def level(self, width_px: float) -> ScreenPixels:
        """The smallest level that is at least so wide; the largest where none is."""
        return next((level for level in reversed(self.levels) if level.shape[1] >= width_px), self.levels[0])


def as_image(pixels: ScreenPixels) -> QImage:
    """An image of the very same memory: keep `pixels` as long as the image. Any thread; costs nothing."""
    height_px, width_px, _ = pixels.shape
    return QImage(pixels.data, width_px, height_px, 4 * width_px, QImage.Format.Format_RGB32)
