"""The one thing that is read of Apple's maker notes: whether a photo is the still of a Live Photo.

The notes are a small TIFF directory behind "Apple iOS"; its tag 17 names the video that belongs to the photo (ExifTool,
"Apple Tags", calls it ContentIdentifier). exifread's maker notes are not used: they cost more than all the rest.
"""

import re
import struct
from typing import Final

_SIGNATURE: Final = b"Apple iOS\x00"
_CONTENT_IDENTIFIER: Final = 17
_TEXT: Final = 2
_MOST_ENTRIES: Final = 200
_HEAD_BYTES: Final = 64 << 10
_IDENTIFIER: Final = re.compile(rb"[0-9A-Fa-f-]{36}")


def is_live_photo(exif: bytes) -> bool:
    """Whether an EXIF block (its first 64 KiB count) says that a video belongs to its photo. Never raises."""
    start = exif.find(_SIGNATURE, 0, _HEAD_BYTES)
    notes = exif[start : start + _HEAD_BYTES] if start >= 0 else b""
    order = {b"MM": ">", b"II": "<"}.get(notes[12:14])
    if order is None or len(notes) < 16:
        return False
    (count,) = struct.unpack_from(f"{order}H", notes, 14)
    for number in range(min(count, _MOST_ENTRIES)):
        entry = notes[16 + 12 * number : 28 + 12 * number]
        if len(entry) < 12:
            return False
        tag, kind, length, at = struct.unpack(f"{order}HHII", entry)
        if tag == _CONTENT_IDENTIFIER:
            return kind == _TEXT and _IDENTIFIER.match(notes[at : at + length]) is not None
    return False
