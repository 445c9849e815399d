"""A few first-directory tags of a TIFF structure (an EXIF block, a TIFF, most RAW files), read directly.

Orientation is needed before any decoding, and XMP and IPTC blocks are left out by exifread when it is fast;
both cost microseconds here. Everything is bounded; what does not make sense is left out.
"""

import struct
from typing import BinaryIO, Final

ORIENTATION: Final = 0x0112
XMP: Final = 0x02BC
IPTC: Final = 0x83BB
PHOTOSHOP: Final = 0x8649
ICC: Final = 0x8773

_TYPE_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}
_MAX_ENTRIES: Final = 512
_MAX_VALUE_BYTES: Final = 4 << 20


def first_directory(file: BinaryIO, wanted: frozenset[int]) -> dict[int, bytes]:
    """The raw values of the `wanted` tags in the first directory; single short numbers big-endian.

    Values are at most 4 MiB each. BigTIFF and anything damaged give what could be read. Raises: OSError.
    """
    file.seek(0)
    header = file.read(8)
    order = {b"II": "<", b"MM": ">"}.get(header[:2])
    if order is None or len(header) < 8 or header[2:4] in {b"\x2b\x00", b"\x00\x2b"}:
        return {}
    (offset,) = struct.unpack(order + "I", header[4:])
    file.seek(offset)
    count = file.read(2)
    if len(count) < 2:
        return {}
    entries = file.read(12 * min(struct.unpack(order + "H", count)[0], _MAX_ENTRIES))
    found: dict[int, bytes] = {}
    for at in range(0, len(entries) - 11, 12):
        tag, kind, length = struct.unpack_from(order + "HHI", entries, at)
        if tag not in wanted or tag in found or kind not in _TYPE_BYTES:
            continue
        size_bytes = length * _TYPE_BYTES[kind]
        if size_bytes <= 4:
            value = entries[at + 8 : at + 8 + size_bytes]
        elif size_bytes <= _MAX_VALUE_BYTES:
            file.seek(struct.unpack_from(order + "I", entries, at + 8)[0])
            value = file.read(size_bytes)
        else:
            continue
        found[tag] = value[::-1] if order == "<" and kind == 3 and length == 1 else value
    return found


def orientation(file: BinaryIO) -> int:
    """EXIF orientation 1 to 8; 1 where there is none or it makes no sense."""
    value = int.from_bytes(first_directory(file, frozenset({ORIENTATION})).get(ORIENTATION, b""), "big")
    return value if 1 <= value <= 8 else 1
