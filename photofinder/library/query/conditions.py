"""From a field, as it was typed, to a condition of the catalogue."""

from datetime import date
from typing import Protocol

from photofinder.catalogue.filters import (
    Any,
    Around,
    Between,
    Condition,
    Every,
    FileNamed,
    HasFile,
    InFolder,
    Inside,
    IsCopy,
    Named,
    OfRoots,
    Outlined,
    Wide,
    Without,
)
from photofinder.core.errors import QueryProblem
from photofinder.core.place import Place, PlaceKind
from photofinder.library.query import amounts, dates
from photofinder.library.query.fields import corners, metres, outline
from photofinder.library.query.tree import Field

DAY_MS = 86_400_000
NEAR_M = 20_000.0
"""How far `near:` reaches without `within`: a long walk around a town."""

_FARTHEST = 2**61
_SCALES = {
    "iso": ("iso", 1),
    "f": ("f_e4", 10_000),
    "focal": ("focal_um", 1_000),
    "shutter": ("exposure_ns", 1_000_000_000),
    "rating": ("rating", 1),
}
_FORMATS = {"heic": "HEIF"}
_DATED = Between("taken_ms", -_FARTHEST, _FARTHEST)
"""A file's own date says nothing of when the photo was taken: the catalogue keeps it elsewhere."""

_HAS: dict[str, Condition] = {
    "gps": Between("latitude_e7", -_FARTHEST, _FARTHEST),
    "date": _DATED,
    "rating": Between("rating", 1, 5),
    "title": Between("title", 1, 1),
    "caption": Between("caption", 1, 1),
    "keywords": Between("keywords", 1, 1),
    "raw": Any((Named("format", ("RAW",)), HasFile("raw"))),
    "video": HasFile("video"),
    "label": Named("label", ("red", "yellow", "green", "blue")),
}
_IS: dict[str, Condition] = {
    "undated": Without(_DATED),
    "copy": IsCopy(),
    "picked": Between("pick", 1, 1),
    "rejected": Between("pick", -1, -1),
    "portrait": Wide(0, 0.98),
    "square": Wide(0.98, 1.02),
    "landscape": Wide(1.02, 1e9),
    "panorama": Any((Wide(0, 0.45), Wide(2.2, 1e9))),
}


class Places(Protocol):
    """Knows where places are by name: the gazetteer."""

    def find(self, name: str, limit: int = 20) -> list[Place]:
        """Places of this name, the most likely first."""
        ...


def condition_of(field: Field, today: date, away_roots: tuple[int, ...], gazetteer: Places) -> Condition:
    """The condition that a field means. `like:` has none. Raises QueryProblem for a place that nobody knows."""
    name, value = field.name, field.value
    if name in _SCALES:
        return _number(name, value)
    match name:
        case "date":
            days = dates.days(value, today)
            return Between("taken_ms", days.start * DAY_MS, days.stop * DAY_MS - 1)
        case "near":
            latitude, longitude = _position(value, gazetteer)
            return Around(latitude, longitude, metres(field.within) if field.within else NEAR_M)
        case "in":
            return _within(value, gazetteer)
        case "box":
            return Inside(*corners(value))
        case "area":
            return Outlined(outline(value))
        case "has":
            return _HAS[value]
        case "is":
            return OfRoots(away_roots) if value == "offline" else _IS[value]
        case "type":
            return _HAS["raw"] if value == "raw" else Named("format", (_FORMATS.get(value, value),))
        case "camera" | "lens":
            return Named(name, (value,), part=True)
        case "label":
            return Named("label", (value,))
        case "folder":
            return InFolder(value)
        case "file":
            return FileNamed(value)
        case _:
            raise KeyError(name)


def _number(name: str, value: str) -> Condition:
    column, scale = _SCALES[name]
    low, high = amounts.interval(name, value)
    found = Between(column, _scaled(low, scale, up=True), _scaled(high, scale, up=False))
    # Nobody who says "less than three stars" means to leave out what has none.
    return Any((found, Without(Between(column, -1, 5)))) if name == "rating" and low <= 0 else found


def _scaled(number: float, scale: int, *, up: bool) -> int:
    if abs(number) * scale >= _FARTHEST:
        return _FARTHEST if number > 0 else -_FARTHEST
    exact = number * scale
    return -int(-exact // 1) if up else int(exact // 1)


def _position(value: str, gazetteer: Places) -> tuple[float, float]:
    first, comma, second = value.partition(",")
    if comma:
        try:
            latitude, longitude = float(first), float(second)
        except ValueError:
            pass
        else:
            if abs(latitude) <= 90 and abs(longitude) <= 180:
                return latitude, longitude
            raise QueryProblem(f"near:{value} is nowhere on Earth.", "Latitude first: near:27.8,86.7")
    found = gazetteer.find(value)
    if not found:
        raise QueryProblem(
            f'No place called "{value}" is known.', "Try a larger place near it, or its position: near:27.8,86.7"
        )
    return found[0].latitude, found[0].longitude


def _within(value: str, gazetteer: Places) -> Condition:
    """In the country, the region or the town that is most likely meant; also in others of the very same name."""
    found = gazetteer.find(value)
    if not found:
        raise QueryProblem(f'No place called "{value}" is known.', "Name a country, a region or a town.")
    if found[0].kind is PlaceKind.COUNTRY:
        return Named("country", (found[0].country_code,))
    alike = [place for place in found if place.name.casefold() == found[0].name.casefold()]
    return Any(
        tuple(
            Every(
                (
                    Named("country", (place.country_code,)),
                    Named("region", (place.region or place.name,))
                    if place.kind is PlaceKind.REGION
                    else Named("place", (place.name,)),
                )
            )
            for place in alike
        )
    )
