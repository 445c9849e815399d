"""IPTC-IIM records: keywords and captions as newsrooms wrote them; Lightroom and Photo Mechanic still do."""

from datetime import datetime
from typing import Final

from photofinder.core.types import Metadata, Taken, TakenSource
from photofinder.media.dates import parse_iptc

_IIM_RESOURCE: Final = 0x0404
_MAX_RECORDS: Final = 5000
_TITLE, _KEYWORD, _DATE, _TIME, _CAPTION = 5, 25, 55, 60, 120


def iim_of_photoshop(block: bytes) -> bytes | None:
    """The IIM records inside Photoshop resources (each `8BIM`, id, Pascal name, size, data, all padded)."""
    at = 0
    while block[at : at + 4] == b"8BIM" and at + 12 <= len(block):
        resource = int.from_bytes(block[at + 4 : at + 6], "big")
        name_bytes = block[at + 6] + 1
        start = at + 6 + name_bytes + name_bytes % 2 + 4
        size = int.from_bytes(block[start - 4 : start], "big")
        if resource == _IIM_RESOURCE:
            return block[start : start + size]
        at = start + size + size % 2
    return None


def _records(block: bytes) -> dict[int, list[bytes]]:
    """Application records (record 2) by data set number."""
    found: dict[int, list[bytes]] = {}
    at = 0
    for _ in range(_MAX_RECORDS):
        if block[at : at + 1] != b"\x1c" or at + 5 > len(block):
            break
        record, dataset = block[at + 1], block[at + 2]
        size = int.from_bytes(block[at + 3 : at + 5], "big")
        if size & 0x8000:  # extended sizes: nothing that we read is that long
            break
        if record == 2:
            found.setdefault(dataset, []).append(block[at + 5 : at + 5 + size])
        at += 5 + size
    return found


def _text(value: bytes) -> str | None:
    """UTF-8 where it is that (nearly always by now), else Latin-1, whatever record 1:90 claims."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return text.replace("\x00", "").strip() or None


def read(block: bytes) -> Metadata:
    """Title, caption, keywords and date created of IIM records; never raises."""
    records = _records(block)

    def first(dataset: int) -> str | None:
        return _text(records[dataset][0]) if dataset in records else None

    keywords = [text for value in records.get(_KEYWORD, ()) if (text := _text(value))]
    date: tuple[datetime, int | None] | None = parse_iptc(first(_DATE), first(_TIME))
    return Metadata(
        taken=Taken(*date, TakenSource.IPTC) if date else None,
        title=first(_TITLE),
        caption=first(_CAPTION),
        keywords=tuple(dict.fromkeys(keywords)),
    )
