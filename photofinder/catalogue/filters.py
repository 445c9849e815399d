"""Which photos answer a condition, as a mask over photo ids.

Numbers are compared in memory (`columns`); words are looked up in SQLite's full-text index; folders, names and copies
are asked of SQLite, which has indexes for them.
"""

import functools
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue.columns import UNKNOWN, Mask, PhotoColumns
from photofinder.catalogue.listing import parsed
from photofinder.catalogue.reader import CatalogueReader
from photofinder.core.outline import enclosed

EARTH_M: Final = 6_371_008.8
"""Mean radius."""


@dataclass(frozen=True, slots=True)
class Between:
    """A number of GROUPS from `low` to `high`, both included, in the column's units."""

    column: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Around:
    """Not farther than `metres` from a position, in degrees."""

    latitude: float
    longitude: float
    metres: float


@dataclass(frozen=True, slots=True)
class Inside:
    """Between degrees; west above east goes across the date line."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Outlined:
    """Inside a line along corners (latitude, longitude, in degrees), as `core.outline.enclosed` has it."""

    corners: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A column of NAMES has one of these texts, or (`part`) one that has all words of one of them; case aside."""

    column: str
    texts: tuple[str, ...]
    part: bool = False


@dataclass(frozen=True, slots=True)
class Worded:
    """Words that follow each other in name, folder, title, caption, keywords or place; or in these columns of them."""

    text: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InFolder:
    """In a folder with this name, or below it; "2023/Nepal" names folders in folders. Case aside."""

    name: str


@dataclass(frozen=True, slots=True)
class OfRoots:
    """In one of these roots."""

    root_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FileNamed:
    """A file of the photo has a name of this pattern (* and ?), case aside."""

    pattern: str


@dataclass(frozen=True, slots=True)
class HasFile:
    """It has a file of this role."""

    role: str


@dataclass(frozen=True, slots=True)
class IsCopy:
    """Another photo that is present has the very same content."""


@dataclass(frozen=True, slots=True)
class Wide:
    """Width : height from `low` to below `high`."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Without:
    """What does not answer the condition."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Every:
    """What answers all; all photos, if there is none."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """What answers one at least."""

    conditions: tuple["Condition", ...]


Condition = (
    Between
    | Around
    | Inside
    | Outlined
    | Named
    | Worded
    | InFolder
    | OfRoots
    | FileNamed
    | HasFile
    | IsCopy
    | Wide
    | Without
    | Every
    | Any
)


class Filters:
    """Answers conditions on one catalogue. Any thread. Raises EnvironmentProblem."""

    def __init__(self, reader: CatalogueReader) -> None:
        self._reader = reader
        self.columns = PhotoColumns(reader)

    def present(self) -> Mask:
        """The photos that are there (which includes those whose drive is away)."""
        return self.columns.numbers("present") == 1

    def mask(self, condition: Condition) -> Mask:
        """The photos that answer a condition, whether present or not. Call `columns.refresh` first."""
        match condition:
            case Between(column, low, high):
                values = self.columns.numbers(column)
                return (values >= max(low, UNKNOWN + 1)) & (values <= high)
            case Around(latitude, longitude, metres):
                return self._around(latitude, longitude, metres)
            case Outlined(corners):
                return self._outlined(corners)
            case Inside(west, south, east, north):
                return self._inside(west, south, east, north)
            case Named(column, texts, part):
                return self._named(column, texts, part)
            case Wide(low, high):
                width, height = self.columns.numbers("width_px"), self.columns.numbers("height_px")
                return (height > 0) & (width >= low * height) & (width < high * height)
            case Without(inner):
                return ~self.mask(inner)
            case Every(inner):
                return functools.reduce(np.logical_and, map(self.mask, inner), np.ones(self.columns.size, np.bool_))
            case Any(inner):
                return functools.reduce(np.logical_or, map(self.mask, inner), np.zeros(self.columns.size, np.bool_))
            case _:
                return self._asked(condition)

    def known_names(self, column: str) -> list[str]:
        """The different texts of a column of NAMES, the most frequent first."""
        codes, words = self.columns.codes(column)
        counts = np.bincount(codes[codes != UNKNOWN], minlength=len(words))
        return sorted((word.strip() for word in words if word.strip()), key=lambda word: -counts[words.get(word, 0)])

    def exact_names(self, name: str) -> list[int]:
        """Ids of the photos with a file of this name, with or without its suffix; case aside."""
        return [
            photo_id
            for photo_id, found in self._reader.select(
                "SELECT rowid, name FROM words WHERE words MATCH ? LIMIT 1000", (f"name : {phrase(name)}",)
            )
            if photo_id < self.columns.size
            and name.casefold() in (str(found).casefold(), os.path.splitext(str(found))[0].casefold())  # noqa: PTH122
        ]

    def with_words(self, words: Sequence[str], most: int) -> list[int]:
        """Ids of the photos that have words with all these beginnings; none if they are more than `most`."""
        asked = " ".join(f"{phrase(word)}*" for word in words)
        found = self._reader.select("SELECT rowid FROM words WHERE words MATCH ? LIMIT ?", (asked, most + 1))
        return [photo_id for (photo_id,) in found if photo_id < self.columns.size] if len(found) <= most else []

    def _asked(self, condition: Condition) -> Mask:
        match condition:
            case Worded(text, columns):
                scope = f"{{{' '.join(columns)}}} : " if columns else ""
                return self._ids("SELECT rowid AS id FROM words WHERE words MATCH ?", (scope + phrase(text),))
            case InFolder(name):
                return self._in_folders(self._folders_named(name))
            case OfRoots(root_ids):
                found = self._reader.select("SELECT id, root_id FROM folders")
                return self._in_folders([folder_id for folder_id, root_id in found if root_id in root_ids])
            case FileNamed(pattern):
                asked = _sayable(pattern.lower())
                start = re.split(r"[*?]", asked, maxsplit=1)[0]  # as far as the index helps
                return self._ids(
                    """SELECT photo_id AS id FROM files WHERE lower(CAST(name AS TEXT)) BETWEEN ? AND ?
                    AND lower(CAST(name AS TEXT)) GLOB ?""",
                    (start, start + "\U0010ffff", asked.replace("[", "[[]")),
                )
            case HasFile(role):
                return self._ids("SELECT photo_id AS id FROM files WHERE role = ?", (role,))
            case IsCopy():
                return self._ids(
                    """SELECT id FROM photos WHERE missing_since_ms IS NULL AND fingerprint IN (SELECT fingerprint
                    FROM photos WHERE missing_since_ms IS NULL GROUP BY fingerprint HAVING count(*) > 1)"""
                )
            case _:
                raise TypeError(condition)

    def _ids(self, query: str, values: Sequence[str | int] = ()) -> Mask:
        ((text,),) = self._reader.select(f"SELECT group_concat(id) FROM ({query})", values)
        return self.of_ids(parsed(text))

    def of_ids(self, ids: NDArray[np.int64]) -> Mask:
        """The mask of these photos."""
        mask = np.zeros(self.columns.size, np.bool_)
        mask[ids[ids < len(mask)]] = True
        return mask

    def _around(self, latitude: float, longitude: float, metres: float) -> Mask:
        """By the chord between two points of a sphere; first a box, which leaves few of them."""
        reach = np.degrees(metres / EARTH_M)
        across = reach / max(np.cos(np.radians(min(89.9, abs(latitude) + reach))), 1e-9)
        if across >= 180 or abs(latitude) + reach >= 90:
            box = self._inside(-180, max(-90, latitude - reach), 180, min(90, latitude + reach))
        else:
            west, east = (longitude - across + 180) % 360 - 180, (longitude + across + 180) % 360 - 180
            box = self._inside(west, latitude - reach, east, latitude + reach)
        ids = np.flatnonzero(box)
        phi, lam = (np.radians(self.columns.numbers(c)[ids] / 1e7) for c in ("latitude_e7", "longitude_e7"))
        here, there = np.radians(latitude), np.radians(longitude)
        haversine = np.sin((phi - here) / 2) ** 2 + np.cos(phi) * np.cos(here) * np.sin((lam - there) / 2) ** 2
        box[ids] = 2 * EARTH_M * np.arcsin(np.sqrt(np.clip(haversine, 0, 1))) <= metres
        return box

    def _inside(self, west: float, south: float, east: float, north: float) -> Mask:
        left, low, right, high = (round(degrees * 1e7) for degrees in (west, south, east, north))
        latitude, longitude = self.columns.numbers("latitude_e7"), self.columns.numbers("longitude_e7")
        mask = (latitude >= low) & (latitude <= high)  # UNKNOWN is far below
        return mask & (
            (longitude >= left) & (longitude <= right) if left <= right else (longitude >= left) | (longitude <= right)
        )

    def _outlined(self, corners: Sequence[tuple[float, float]]) -> Mask:
        latitude, longitude = self.columns.numbers("latitude_e7"), self.columns.numbers("longitude_e7")
        known = np.flatnonzero((latitude != UNKNOWN) & (longitude != UNKNOWN))
        mask = np.zeros(len(latitude), np.bool_)
        mask[known] = enclosed(latitude[known] / 1e7, longitude[known] / 1e7, corners)
        return mask

    def _named(self, column: str, texts: Sequence[str], part: bool) -> Mask:
        codes, words = self.columns.codes(column)
        wanted = [text.casefold() for text in texts]
        right = np.zeros(max(1, len(words)), np.bool_)
        for word, code in words.items():
            folded = word.casefold()
            right[code] = (
                any(all(piece in folded for piece in text.split()) for text in wanted) if part else folded in wanted
            )
        found = np.take(right, codes, mode="clip")  # UNKNOWN, which is below 0, like the first
        found &= codes >= 0
        return found

    def _folders_named(self, name: str) -> list[int]:
        wanted = [piece for piece in re.split(r"[/\\]+", name.casefold()) if piece]
        found: list[int] = []
        for folder_id, mount, top, path in self._reader.select(
            "SELECT folders.id, mount, roots.path, folders.path FROM folders JOIN roots ON roots.id = root_id"
        ):
            whole = b"/".join((mount, top, path)).decode(errors="replace").casefold()
            pieces = [piece for piece in whole.split("/") if piece]
            if any(pieces[at : at + len(wanted)] == wanted for at in range(len(pieces) - len(wanted) + 1)):
                found.append(folder_id)
        return found if wanted else []

    def _in_folders(self, folder_ids: Sequence[int]) -> Mask:
        folders = self.columns.numbers("folder")
        highest = max(folder_ids, default=0)
        right = np.zeros(highest + 2, np.bool_)
        right[list(folder_ids)] = True
        return np.take(right, folders, mode="clip")  # 0 is no folder, and stands for UNKNOWN


def phrase(text: str) -> str:
    """Words that follow each other, as the full-text index takes them."""
    return '"{}"'.format(_sayable(text).replace('"', '""').replace("\0", " "))


def _sayable(text: str) -> str:
    """As SQLite takes it: what is not UTF-8 in a name becomes a question mark, which in a pattern stands for it."""
    return text.encode("utf-8", "replace").decode()
