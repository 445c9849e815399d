"""Pictures made by rule, with answers that are known: for a smoke test where no photographs are, or beside them.

Coloured blocks, no two alike: most are PNG, some TIFF, which is decoded in a child process. Some have a sidecar that
says they were taken in Namche Bazaar. Only the standard library is used.
"""

import random
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WIDTH_PX: Final = 320
HEIGHT_PX: Final = 240
KEYWORD: Final = "made by rule"
_PNG: Final = 24
_TIFF: Final = 4
_PLACED: Final = 4
"""Each fourth has a place."""
_SIDECAR: Final = f"""\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 exif:GPSLatitude="27,48.32N" exif:GPSLongitude="86,42.84E">
<dc:subject><rdf:Bag><rdf:li>{KEYWORD}</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>
"""


@dataclass(frozen=True, slots=True)
class DrawnPhotos:
    """What was made: all files, those of them in Namche Bazaar (with KEYWORD), and those that are TIFF."""

    folder: Path
    all: frozenset[Path]
    placed: frozenset[Path]
    tiff: frozenset[Path]


def draw(folder: Path) -> DrawnPhotos:
    """Make them in `folder`, which is not there yet."""
    folder.mkdir(parents=True)
    files: list[Path] = []
    for number in range(_PNG + _TIFF):
        dice = random.Random(number)
        colours = [[bytes(dice.randrange(256) for _ in range(3)) for _ in range(8)] for _ in range(6)]
        rows = [
            b"".join(colours[y * 6 // HEIGHT_PX][x * 8 // WIDTH_PX] for x in range(WIDTH_PX)) for y in range(HEIGHT_PX)
        ]
        path = folder / f"drawn-{number:02}.{'png' if number < _PNG else 'tif'}"
        path.write_bytes(_png(rows) if number < _PNG else _tiff(rows))
        if number % _PLACED == 0:
            path.with_suffix(".xmp").write_text(_SIDECAR, encoding="utf-8")
        files.append(path)
    return DrawnPhotos(folder, frozenset(files), frozenset(files[::_PLACED]), frozenset(files[_PNG:]))


def _png(rows: list[bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH_PX, HEIGHT_PX, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _tiff(rows: list[bytes]) -> bytes:
    """Uncompressed RGB in one strip, after the directory and the three depths it points to (TIFF 6.0, section 6)."""
    entries = 10
    depths = 8 + 2 + entries * 12 + 4
    pixels = depths + 6
    short, long = 3, 4
    fields = (
        (256, long, 1, WIDTH_PX),
        (257, long, 1, HEIGHT_PX),
        (258, short, 3, depths),  # bits of each sample
        (259, short, 1, 1),  # no compression
        (262, short, 1, 2),  # RGB
        (273, long, 1, pixels),
        (277, short, 1, 3),  # samples of each pixel
        (278, long, 1, HEIGHT_PX),  # rows of the strip
        (279, long, 1, WIDTH_PX * HEIGHT_PX * 3),
        (284, short, 1, 1),  # samples beside each other
    )
    directory = b"".join(struct.pack("<HHII", *field) for field in fields)  # little-endian: a short fills the low half
    head = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", entries) + directory + struct.pack("<I", 0)
    return head + struct.pack("<HHH", 8, 8, 8) + b"".join(rows)
