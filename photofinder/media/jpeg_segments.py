"""What stands in a JPEG before its pixels: size, orientation, metadata blocks, colour profile.

One walk over the marker segments (JPEG, ITU-T T.81 annex B), some microseconds; nothing is decoded.
"""

import io
from dataclasses import dataclass, field
from typing import Final

from photofinder.media.iptc import iim_of_photoshop
from photofinder.media.picture import Embedded

_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_EXIF: Final = b"Exif\x00"
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\x00"
_ICC: Final = b"ICC_PROFILE\x00"
_PHOTOSHOP: Final = b"Photoshop 3.0\x00"
_MAX_SEGMENTS: Final = 2000


@dataclass(slots=True)
class Segments:
    """What was found. Sizes are as stored, not upright; 0 if no frame header came before the scan."""

    width_px: int = 0
    height_px: int = 0
    components: int = 0
    progressive: bool = False
    exif: bytes | None = None
    xmp: bytes | None = None
    photoshop: bytes = b""
    _icc: dict[int, bytes] = field(default_factory=dict[int, bytes])

    @property
    def icc(self) -> bytes | None:
        """The colour profile, put together from its numbered parts."""
        return b"".join(self._icc[n] for n in sorted(self._icc)) or None

    @property
    def embedded(self) -> Embedded:
        """The metadata blocks."""
        return Embedded(
            exif=io.BytesIO(self.exif) if self.exif else None,
            xmp=self.xmp,
            iptc=iim_of_photoshop(self.photoshop) if self.photoshop else None,
        )

    def take(self, marker: int, body: bytes) -> None:
        """Note what one segment says."""
        if marker in _FRAMES and len(body) >= 6:
            self.height_px = int.from_bytes(body[1:3], "big")
            self.width_px = int.from_bytes(body[3:5], "big")
            self.components = body[5]
            self.progressive = marker in {0xC2, 0xC6, 0xCA, 0xCE}
        elif marker == 0xE1 and body.startswith(_EXIF):
            if self.exif is None:  # the first of several wins, as in other readers
                self.exif = body[6:]
        elif marker == 0xE1 and body.startswith(_XMP):
            self.xmp = self.xmp or body[len(_XMP) :]
        elif marker == 0xE2 and body.startswith(_ICC) and len(body) > 14:
            self._icc.setdefault(body[12], body[14:])
        elif marker == 0xED and body.startswith(_PHOTOSHOP):
            self.photoshop += body[len(_PHOTOSHOP) :]


def walk(content: bytes) -> Segments:
    """Walk to the first scan. Damaged content ends the walk early; it never raises."""
    found = Segments()
    at = 2
    for _ in range(_MAX_SEGMENTS):
        at = content.find(b"\xff", at)
        if at < 0:
            break
        marker = content[at + 1] if at + 1 < len(content) else 0xD9
        if marker in {0xDA, 0xD9}:  # start of scan, end of image
            break
        if marker == 0xFF or marker < 0xC0 or 0xD0 <= marker <= 0xD8:  # fill bytes, or markers without a body
            at += 1
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 2:
            at += 2
            continue
        found.take(marker, content[at + 4 : at + 2 + length])
        at += 2 + length
    return found
