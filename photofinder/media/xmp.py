"""XMP: what Lightroom, darktable, digiKam and Windows write about a photo, in it or in a file beside it.

Parsed by defusedxml only (no entities, no DTDs) and capped in size. Source of the names: the XMP
specification, part 2.
"""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree

from photofinder.core.types import Gps, Metadata, Taken, TakenSource
from photofinder.media import dates
from photofinder.media.exif import place
from photofinder.media.guard import reading

_log = logging.getLogger(__name__)

_MAX_BYTES: Final = 1 << 20
_RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_XMP: Final = "{http://ns.adobe.com/xap/1.0/}"
_EXIF: Final = "{http://ns.adobe.com/exif/1.0/}"
_TIFF: Final = "{http://ns.adobe.com/tiff/1.0/}"
_AUX: Final = "{http://ns.adobe.com/exif/1.0/aux/}"
_PHOTOSHOP: Final = "{http://ns.adobe.com/photoshop/1.0/}"
_MICROSOFT: Final = "{http://ns.microsoft.com/photo/1.0/}"
_MICROSOFT_OLD: Final = "{http://ns.microsoft.com/photo/1.0}"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_DATES: Final = (f"{_EXIF}DateTimeOriginal", f"{_PHOTOSHOP}DateCreated", f"{_XMP}CreateDate")
# "48,12.5N" or "48,12,30N"
_COORDINATE: Final = re.compile(r"\s*(\d{1,3})[,\s](\d{1,2}(?:\.\d+)?)(?:[,\s](\d{1,2}(?:\.\d+)?))?\s*([NSEWnsew])")


def read(packet: bytes) -> Metadata:
    """Rating, keywords, title, caption, date, place and camera of an XMP packet; never raises."""
    root = _parsed(packet)
    if root is None:
        return Metadata()
    found = dict(_properties(root))
    when = next((w for name in _DATES if (w := dates.parse(_one(found.get(name))))), None)
    return Metadata(
        taken=Taken(*when, TakenSource.XMP) if when else None,
        gps=_position(found),
        make=_one(found.get(f"{_TIFF}Make")),
        model=_one(found.get(f"{_TIFF}Model")),
        lens=_one(found.get(f"{_AUX}Lens")),
        rating=_rating(found),
        title=_one(found.get(f"{_DC}title")),
        caption=_one(found.get(f"{_DC}description")),
        keywords=tuple(dict.fromkeys(found.get(f"{_DC}subject") or found.get(f"{_MICROSOFT}LastKeywordXMP", ()))),
    )


def read_sidecar(path: Path) -> Metadata:
    """`read` a file beside a photo; what is not XMP says nothing. Raises: `MediaProblem` of the disk."""
    with reading(), path.open("rb") as file:
        return read(file.read(_MAX_BYTES + 1))


def _parsed(packet: bytes) -> Element | None:
    if len(packet) > _MAX_BYTES:
        _log.debug("XMP packet of more than %d bytes ignored", _MAX_BYTES)
        return None
    try:
        return ElementTree.fromstring(packet.strip(b"\x00 \t\r\n"))
    except (
        ParseError,
        ValueError,
        LookupError,
    ) as error:  # defusedxml's are ValueErrors; LookupError: encodings
        _log.debug("XMP ignored: %r", error)
        return None


def _properties(root: Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every property with its values, written as attribute, element, or list; the first of each name wins."""
    seen: set[str] = set()
    for description in root.iter(f"{_RDF}Description"):
        attributes = [(name, (value.strip(),)) for name, value in description.attrib.items()]
        children = [(child.tag, _values(child)) for child in description]
        for name, values in (*attributes, *children):
            kept = tuple(value for value in values if value)
            if name not in seen and kept:
                seen.add(name)
                yield name, kept


def _values(element: Element) -> tuple[str, ...]:
    items = element.findall(f"./*/{_RDF}li")
    if not items:
        return ((element.text or "").strip(),)
    items.sort(key=lambda item: item.get(_LANG) != "x-default")  # of alternatives in languages, the default one
    return tuple((item.text or "").strip() for item in items)


def _one(values: tuple[str, ...] | None) -> str | None:
    return values[0] if values else None


def _number(text: str | None) -> float | None:
    """A number or an XMP fraction ("8848/1")."""
    match = re.fullmatch(r"\s*([+-]?\d{1,12}(?:\.\d{1,12})?)(?:/(\d{1,12}))?\s*", text or "")
    if match is None:
        return None
    divisor = int(match[2] or 1)
    return float(match[1]) / divisor if divisor else None


def _rating(found: dict[str, tuple[str, ...]]) -> int | None:
    """Stars; -1 is "rejected". Windows writes per cent (1, 25, 50, 75, 99) where xmp:Rating is missing."""
    stars = _number(_one(found.get(f"{_XMP}Rating")))
    if stars is not None:
        return int(stars) if -1 <= stars <= 5 else None
    for namespace in (_MICROSOFT, _MICROSOFT_OLD):
        percent = _number(_one(found.get(f"{namespace}Rating")))
        if percent is not None and 0 <= percent <= 100:
            return round(percent / 25) + 1 if 0 < percent < 99 else 5 * (percent >= 99)
    return None


def _position(found: dict[str, tuple[str, ...]]) -> Gps | None:
    altitude = _number(_one(found.get(f"{_EXIF}GPSAltitude")))
    if altitude is not None and _one(found.get(f"{_EXIF}GPSAltitudeRef")) == "1":
        altitude = -altitude
    latitude = _coordinate(_one(found.get(f"{_EXIF}GPSLatitude")), "NS")
    longitude = _coordinate(_one(found.get(f"{_EXIF}GPSLongitude")), "EW")
    return place(latitude, longitude, altitude)


def _coordinate(text: str | None, letters: str) -> float | None:
    match = _COORDINATE.match(text or "")
    if match is None or match[4].upper() not in letters:
        return None
    degrees = int(match[1]) + float(match[2]) / 60 + float(match[3] or 0) / 3600
    return -degrees if match[4].upper() in "SW" else degrees
