"""The values that layers hand to each other. All immutable; safe on any thread."""

import enum
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""H x W x 3, sRGB, upright."""

Vector = NDArray[np.float32]
"""One embedding, unit length, shape (dim,); a batch of them has shape (n, dim)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells, without reading a file, whether it changed."""

    size_bytes: int
    mtime_ns: int
    inode: int


class TakenSource(enum.StrEnum):
    """Where a capture time came from, most trusted first. Stored in the catalogue; values never change."""

    EXIF_ORIGINAL = "exif original"
    EXIF_DIGITIZED = "exif digitized"
    XMP = "xmp"
    IPTC = "iptc"
    EXIF_MODIFIED = "exif modified"
    FILE_NAME = "file name"
    FILE_DATE = "file date"


@dataclass(frozen=True, slots=True)
class Taken:
    """When a photo was taken, as the clock on the wall showed it there.

    `local` has no time zone; `offset_min` is the zone's distance from UTC in minutes where the photo states it.
    """

    local: datetime
    offset_min: int | None
    source: TakenSource


@dataclass(frozen=True, slots=True)
class Gps:
    """WGS 84 degrees (north and east positive) and metres above sea level."""

    latitude: float
    longitude: float
    altitude_m: float | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a photo says about itself. None means that it does not say."""

    taken: Taken | None = None
    gps: Gps | None = None
    make: str | None = None
    model: str | None = None
    lens: str | None = None
    exposure_s: float | None = None
    f_number: float | None = None
    iso: int | None = None
    focal_mm: float | None = None
    rating: int | None = None  # 0 to 5; -1 is "rejected", as XMP has it
    title: str | None = None
    caption: str | None = None
    keywords: tuple[str, ...] = ()

    @property
    def camera(self) -> str | None:
        """Make and model as one name, without saying the make twice ("NIKON", "NIKON D90" → "NIKON D90")."""
        if self.make and self.model:
            first = self.make.split()[0].casefold()
            return self.model if self.model.casefold().startswith(first) else f"{self.make} {self.model}"
        return self.model or self.make


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded photo, reduced: short side at least what was asked for, unless the photo itself is smaller.

    `width_px` and `height_px` are the whole photo's, upright; `format` is what the content is, whatever the name says.
    """

    pixels: Pixels = field(repr=False)
    width_px: int
    height_px: int
    format: str


class Role(enum.StrEnum):
    """What a file is to its photo. Stored in the catalogue; values never change."""

    PRIMARY = "primary"
    RAW = "raw"
    VIDEO = "video"
    EDITS = "edits"
    SIDECAR = "sidecar"
