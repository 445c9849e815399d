"""A few facts from the boxes of ISO base media files (HEIF, AVIF, Canon CR3) that their decoders do not tell.

Source of the layouts: ISO/IEC 14496-12 (boxes), 23008-12 (HEIF items and properties).
"""

from collections.abc import Iterator
from typing import Final

_MAX_BOXES: Final = 5000
_TURNS: Final = frozenset({b"irot", b"imir"})
_CANON: Final = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, body) of the boxes that lie one after another in `data`; stops where it makes no sense."""
    at = 0
    for _ in range(_MAX_BOXES):
        if at + 8 > len(data):
            return
        size, kind, header = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = len(data) - at
        if size < header:
            return
        # A box as large as the photo (mdat) is sliced only by those who ask for it.
        yield kind, data[at + header : at + size] if kind != b"mdat" else b""
        at += size


def _child(data: bytes, *path: bytes) -> bytes | None:
    for wanted in path:
        body = next((body for kind, body in boxes(data) if kind == wanted), None)
        if body is None:
            return None
        data = body[4:] if wanted == b"meta" else body  # a full box: version and flags first
    return data


def largest_extent(content: bytes) -> tuple[int, int] | None:
    """Width and height of the largest picture or tile that the container declares, in pixels."""
    properties = _child(content, b"meta", b"iprp", b"ipco")
    sizes = [
        (int.from_bytes(body[4:8], "big"), int.from_bytes(body[8:12], "big"))
        for kind, body in boxes(properties or b"")
        if kind == b"ispe"
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def same_turn(content: bytes) -> bool:
    """Whether the primary picture of a HEIF and its thumbnails are turned alike, and it is not cropped.

    A thumbnail carries its own rotation; programs that turn a photo by editing the container may forget it.
    False also where the structure is not understood.
    """
    meta = _child(content, b"meta")
    properties = _child(meta or b"", b"iprp", b"ipco")
    association = _child(meta or b"", b"iprp", b"ipma")
    primary = _child(meta or b"", b"pitm")
    references = _child(meta or b"", b"iref")
    if meta is None or properties is None or association is None or primary is None or references is None:
        return False
    primary_id = int.from_bytes(primary[4 : 6 if primary[0] == 0 else 8], "big")
    kinds = [(kind, body) for kind, body in boxes(properties)]
    of_item = {
        item: [kinds[n - 1] for n in indices if 0 < n <= len(kinds)] for item, indices in _associations(association)
    }

    def turns(item: int) -> list[tuple[bytes, bytes]]:
        return [each for each in of_item.get(item, []) if each[0] in _TURNS]

    cropped = any(kind == b"clap" for kind, _ in of_item.get(primary_id, []))
    thumbnails = _thumbnails_of(references, primary_id)
    return bool(thumbnails) and not cropped and all(turns(n) == turns(primary_id) for n in thumbnails)


def _associations(body: bytes) -> Iterator[tuple[int, list[int]]]:
    """Items and the (one-based) property indices of an `ipma` box, in order."""
    id_bytes = 2 if body[:1] == b"\x00" else 4
    wide = bool(body[3:4] and body[3] & 1)
    at = 8
    for _ in range(min(int.from_bytes(body[4:8], "big"), _MAX_BOXES)):
        if at + id_bytes >= len(body):
            return
        item = int.from_bytes(body[at : at + id_bytes], "big")
        count = body[at + id_bytes]
        at += id_bytes + 1
        step = 2 if wide else 1
        mask = 0x7FFF if wide else 0x7F
        yield (
            item,
            [int.from_bytes(body[n : n + step], "big") & mask for n in range(at, at + count * step, step)],
        )
        at += count * step


def _thumbnails_of(references: bytes, item: int) -> list[int]:
    id_bytes = 2 if references[:1] == b"\x00" else 4
    found: list[int] = []
    for kind, body in boxes(references[4:]):
        if kind == b"thmb":
            start = id_bytes + 2
            targets = [int.from_bytes(body[at : at + id_bytes], "big") for at in range(start, len(body), id_bytes)]
            if item in targets:
                found.append(int.from_bytes(body[:id_bytes], "big"))
    return found


def canon_directories(head: bytes) -> list[bytes]:
    """The TIFF structures of a Canon CR3 (IFD0, EXIF, maker notes left out, GPS), from its first bytes."""
    moov = _child(head, b"moov") or b""
    for kind, body in boxes(moov):
        if kind == b"uuid" and body[:16] == _CANON:
            return [data for name, data in boxes(body[16:]) if name in {b"CMT1", b"CMT2", b"CMT4"}]
    return []
