"""The fields of the query language: what may stand behind each name, and what to offer while it is typed."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from photofinder.core.types import Label
from photofinder.library.query import amounts, dates

HAS = ("gps", "date", "rating", "label", "title", "caption", "keywords", "raw", "video")
IS = ("undated", "offline", "copy", "picked", "rejected", "portrait", "landscape", "square", "panorama")
TYPES = ("raw", "jpeg", "heic", "png", "tiff", "webp", "avif", "gif", "bmp", "jpeg2000", "psd")
_WITHIN = re.compile(r"(\d+(?:\.\d+)?)\s*(km|m|miles|mile|mi)", re.IGNORECASE)
_METRES = {"km": 1000.0, "m": 1.0, "mi": 1609.344}


@dataclass(frozen=True, slots=True)
class FieldKind:
    """One field. `canonical` gives the value as it is written down again, or raises ValueError with the reason."""

    meaning: str
    canonical: Callable[[str], str]
    examples: tuple[str, ...]
    closed: bool = False
    """Whether the examples are all the values there are."""


def _text(value: str) -> str:
    return " ".join(value.split())


def _one_of(*known: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        folded = value.lower()
        if folded not in known:
            raise ValueError(f"there is {', '.join(known)}")
        return folded

    return check


def _type(value: str) -> str:
    folded = {"jpg": "jpeg", "heif": "heic", "tif": "tiff", "jp2": "jpeg2000"}.get(value.lower(), value.lower())
    return _one_of(*TYPES)(folded)


def _number(name: str) -> Callable[[str], str]:
    return lambda value: amounts.canonical(name, value)


def corners(value: str) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees; west above east is a box across the date line. Raises ValueError."""
    parts = value.replace(";", ",").split(",")
    try:
        west, south, east, north = (float(part) for part in parts)
    except ValueError:
        raise ValueError("it takes four numbers: west,south,east,north in degrees") from None
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("longitudes go from -180 to 180, latitudes from -90 to 90, south before north")
    return west, south, east, north


def _box(value: str) -> str:
    return ",".join(_short(number) for number in corners(value))


def _short(degrees: float) -> str:
    return f"{degrees:.7f}".rstrip("0").rstrip(".")


def outline(value: str) -> tuple[tuple[float, float], ...]:
    """Corners, latitude and longitude in degrees, of a line around an area. Raises ValueError."""
    try:
        found = [tuple(float(number) for number in corner.split(",")) for corner in value.strip(";").split(";")]
    except ValueError:
        raise ValueError("its corners are latitude,longitude;latitude,longitude;… in degrees") from None
    if len(found) < 3 or any(len(corner) != 2 for corner in found):
        raise ValueError("it takes three corners at least: latitude,longitude;latitude,longitude;…")
    corners = tuple((corner[0], corner[1]) for corner in found)
    if not all(abs(latitude) <= 90 and abs(longitude) <= 180 for latitude, longitude in corners):
        raise ValueError("latitudes go from -90 to 90, longitudes from -180 to 180")
    return corners


def _outline(value: str) -> str:
    return ";".join(f"{_short(latitude)},{_short(longitude)}" for latitude, longitude in outline(value))


def metres(within: str) -> float:
    """A distance, as it stands behind `within`, in metres. Raises ValueError."""
    found = _WITHIN.fullmatch(within.strip())
    if found is None:
        raise ValueError("a distance is a number with km, m or mi")
    return float(found[1]) * _METRES[found[2].lower().removesuffix("les").removesuffix("le")]


def canonical_distance(within: str) -> str:
    """A distance as it is written down again. Raises ValueError."""
    metres(within)
    found = _WITHIN.fullmatch(within.strip())
    assert found is not None
    return f"{float(found[1]):.10g}{found[2].lower().removesuffix('les').removesuffix('le')}"


FIELDS: dict[str, FieldKind] = {
    "date": FieldKind("when it was taken", dates.canonical, dates.EXAMPLES),
    "near": FieldKind("around a place", _text, ('"Namche Bazaar"', "27.8,86.7")),
    "in": FieldKind("in a country, region or town", _text, ("nepal", '"New Zealand"')),
    "box": FieldKind("between degrees: west,south,east,north", _box, ("86.5,27.6,87.1,28.1",)),
    "area": FieldKind("inside a line: latitude,longitude;…", _outline, ("27.7,86.5;28.1,86.8;27.7,87",)),
    "has": FieldKind("what is known of it", _one_of(*HAS), HAS, closed=True),
    "is": FieldKind("what it is", _one_of(*IS), IS, closed=True),
    "type": FieldKind("file format", _type, TYPES, closed=True),
    "camera": FieldKind("make or model", _text, ("canon", '"EOS 6D"')),
    "lens": FieldKind("lens", _text, ("35mm", '"EF 24-70"')),
    "iso": FieldKind("sensitivity", _number("iso"), ("400", ">=1600", "100..400")),
    "f": FieldKind("aperture", _number("f"), ("<2.8", "8", "2..4")),
    "focal": FieldKind("focal length in mm", _number("focal"), ("50", ">=200", "24..70")),
    "shutter": FieldKind("exposure time in s", _number("shutter"), ("<1/1000", "1/60", ">=1")),
    "rating": FieldKind("stars", _number("rating"), (">=4", "5", "0")),
    "label": FieldKind(
        "colour label", _one_of(*(label.value for label in Label)), tuple(label.value for label in Label), closed=True
    ),
    "folder": FieldKind("in a folder of this name, or below it", _text, ("2023", '"Everest Base Camp trek"')),
    "file": FieldKind("file name, with * and ?", _text, ("IMG_*", "*.dng")),
    "like": FieldKind("looks like this photo", lambda value: value, ("/photos/one.jpg",)),
}
