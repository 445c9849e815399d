"""The catalogue's photos in an order, by the hundred thousand: columns of numbers, no Python object per photo.

SQLite puts each column together as one text (`group_concat` over an ordered subquery) and numpy parses it: a third of
the time that fetching rows takes, and nearly all of it without the interpreter lock.
"""

import enum
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue import rows
from photofinder.catalogue.reader import CHUNK, CatalogueReader
from photofinder.core.types import Label, Pick, Role

DAY_MS = 86_400_000
UNDATED_MS = -(2**62)
"""Stands for "no capture time": before every date, so that undated photos come last with the newest first."""

UNDATED_DAY = UNDATED_MS // DAY_MS
"""As a day since 1970, it stands for the photos without a capture time."""

PARSED_CHARACTERS = 500_000
"""Parsing holds the interpreter lock: this much at a time takes about 2 ms."""

_DAY = f"(taken_ms + {DAY_MS} * 100000000) / {DAY_MS} - 100000000"  # rounds down, also before 1970

Column = NDArray[np.int64]


class Sorting(enum.Enum):
    """What photos can be sorted by: the SQL of the key, and of the order, which is always total.

    Photos of the same millisecond stand as their names count (`sequence`).
    """

    TAKEN_NEWEST = ("taken_ms", "taken_ms DESC, sequence DESC, photos.id DESC")
    TAKEN_OLDEST = ("taken_ms", "taken_ms, sequence, photos.id")
    ADDED = ("added_at_ms", "added_at_ms DESC, photos.id DESC")
    RATING = (
        f"ifnull({rows.RATING}, 0)",
        f"ifnull({rows.RATING}, 0) DESC, taken_ms DESC, sequence DESC, photos.id DESC",
    )
    FOLDER = ("folder_id", "root_id, path, lower(CAST(name AS TEXT)), photos.id")
    NAME = ("0", "lower(CAST(name AS TEXT)), photos.id")

    @property
    def needs_files(self) -> bool:
        """Whether the order is one of names or folders."""
        return self in {Sorting.FOLDER, Sorting.NAME}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which photos; all conditions hold together.

    `folder` is root id and path, and means what lies below it too. `days` counts from 1970-01-01; with UNDATED_DAY in
    it, it means the photos without a capture time. `after_id` asks for
    photos that were recorded after that one.
    """

    folder: tuple[int, bytes] | None = None
    days: range | None = None
    only: Sequence[int] | None = None
    after_id: int = 0


@dataclass(frozen=True, slots=True)
class Columns:
    """One listing: photo ids, capture times (`UNDATED_MS` without), sort keys, width : height in percent (0 unknown).

    All int64[n], all in the same order.
    """

    ids: Column
    taken_ms: Column
    keys: Column
    aspect_percent: Column


@dataclass(frozen=True, slots=True)
class TileRow:
    """What a thumbnail in the grid shows besides the picture. `roles` are those of the photo's files."""

    id: int
    root_id: int
    path: str
    fingerprint: bytes | None
    picture_format: str | None
    width_px: int | None
    height_px: int | None
    taken_ms: int | None
    rating: int | None
    pick: Pick
    label: Label | None
    has_gps: bool
    is_live: bool
    failure_kind: str | None
    failure_reason: str | None
    missing: bool
    roles: tuple[Role, ...]


def columns(
    reader: CatalogueReader, sorting: Sorting, narrowing: Narrowing | None = None, limit: int | None = None
) -> Columns:
    """The photos that are present, in order, at most `limit` of them. Any thread. Raises EnvironmentProblem."""
    key, order = sorting.value
    conditions, values = _conditions(narrowing or Narrowing())
    joins = "LEFT JOIN marks ON marks.photo_id = photos.id" if sorting is Sorting.RATING else ""
    if sorting.needs_files:
        joins = "JOIN files ON photo_id = photos.id AND role = 'primary' JOIN folders ON folders.id = folder_id"
    (found,) = reader.select(
        f"""SELECT group_concat(id), group_concat(taken), group_concat(sort_key), group_concat(aspect) FROM (
            SELECT photos.id AS id, ifnull(taken_ms, {UNDATED_MS}) AS taken,
                {"0" if key == "taken_ms" else f"ifnull({key}, {UNDATED_MS})"} AS sort_key,
                ifnull(width_px * 100 / height_px, 0) AS aspect
            FROM photos {joins} WHERE {" AND ".join(conditions)} ORDER BY {order} LIMIT :limit)""",
        values | {"limit": -1 if limit is None else limit},
    )
    ids, taken_ms, keys, aspect_percent = (parsed(text) for text in found)
    return Columns(ids, taken_ms, taken_ms if key == "taken_ms" else keys, aspect_percent)


def tiles(reader: CatalogueReader, photo_ids: Sequence[int]) -> list[TileRow]:
    """What the grid shows of these photos, in no order; ids that are not known are left out. Any thread."""
    found: list[TileRow] = []
    for start in range(0, len(photo_ids), CHUNK):
        chunk = photo_ids[start : start + CHUNK]
        marks = ",".join("?" * len(chunk))
        roles: dict[int, list[Role]] = {}
        paths: dict[int, tuple[int, str]] = {}
        # CROSS JOIN fixes the order: without statistics (before the first `PRAGMA optimize`) SQLite would start from
        # the roots and walk through every file.
        for photo_id, role, root_id, *parts in reader.select(
            f"""SELECT photo_id, role, root_id, mount, roots.path, folders.path, name FROM files
            CROSS JOIN folders ON folders.id = folder_id CROSS JOIN roots ON roots.id = root_id
            WHERE photo_id IN ({marks})""",
            chunk,
        ):
            roles.setdefault(photo_id, []).append(Role(role))
            if role == Role.PRIMARY:
                paths[photo_id] = (root_id, rows.joined(*parts))
        for row in reader.select(
            f"""SELECT id, fingerprint, format, width_px, height_px, taken_ms, {rows.RATING}, {rows.PICK}, label,
            {rows.LATITUDE} IS NOT NULL, failure_kind, failure_reason, missing_since_ms IS NOT NULL, is_live
            FROM {rows.PHOTOS_KNOWN} WHERE id IN ({marks})""",
            chunk,
        ):
            own = roles.get(row[0], [])
            found.append(
                TileRow(
                    row[0],
                    *paths.get(row[0], (0, "")),
                    *row[1:7],
                    pick=Pick(row[7]),
                    label=rows.label_from(row[8]),
                    has_gps=bool(row[9]),
                    failure_kind=row[10],
                    failure_reason=row[11],
                    missing=bool(row[12]),
                    is_live=bool(row[13]),
                    roles=tuple(own),
                )
            )
    return found


def folder_counts(reader: CatalogueReader) -> list[tuple[int, bytes, int, int]]:
    """Root id, path, folder id and number of photos (in the folder itself) of every folder that has any, by path."""
    return reader.select(
        """SELECT root_id, path, folders.id, count(*) FROM files CROSS JOIN photos ON photos.id = photo_id
        JOIN folders ON folders.id = folder_id WHERE role = 'primary' AND missing_since_ms IS NULL
        GROUP BY folder_id ORDER BY root_id, path"""
    )


def day_counts(reader: CatalogueReader) -> list[tuple[int | None, int]]:
    """Day (since 1970-01-01, None for undated photos) and number of photos, newest first."""
    return reader.select(
        f"SELECT {_DAY} AS day, count(*) FROM photos WHERE missing_since_ms IS NULL GROUP BY day ORDER BY day DESC"
    )


def folder_names(reader: CatalogueReader, folder_ids: Sequence[int]) -> dict[int, str]:
    """Folder id → its path below the root; the root's own name for the root itself."""
    found: dict[int, str] = {}
    for start in range(0, len(folder_ids), CHUNK):
        chunk = folder_ids[start : start + CHUNK]
        for folder_id, mount, top, path in reader.select(
            f"""SELECT folders.id, mount, roots.path, folders.path FROM folders JOIN roots ON roots.id = root_id
            WHERE folders.id IN ({",".join("?" * len(chunk))})""",
            chunk,
        ):
            root = rows.joined(mount, top)
            found[folder_id] = os.fsdecode(path) or os.path.basename(root) or root  # noqa: PTH119 - may end in a slash
    return found


def _conditions(narrowing: Narrowing) -> tuple[list[str], dict[str, Any]]:
    conditions, values = ["missing_since_ms IS NULL"], dict[str, Any]()
    if narrowing.after_id:
        conditions.append("photos.id > :after_id")
        values["after_id"] = narrowing.after_id
    if narrowing.days is not None and UNDATED_DAY in narrowing.days:
        conditions.append("taken_ms IS NULL")
    elif narrowing.days is not None:
        conditions.append("taken_ms >= :first_ms AND taken_ms < :until_ms")
        values |= {"first_ms": narrowing.days.start * DAY_MS, "until_ms": narrowing.days.stop * DAY_MS}
    if narrowing.only is not None:
        conditions[0] = "+missing_since_ms IS NULL"  # the plus: by id, not through all photos that are not missing
        conditions.append("photos.id IN (SELECT value FROM json_each(:only))")
        values["only"] = json.dumps([int(photo_id) for photo_id in narrowing.only])
    if narrowing.folder is not None:
        root_id, path = narrowing.folder
        below = "" if not path else "AND (path = :path OR (path >= :below AND path < :beyond))"
        conditions.append(
            f"""photos.id IN (SELECT photo_id FROM files WHERE role = 'primary' AND folder_id IN (
                SELECT id FROM folders WHERE root_id = :root_id {below}))"""
        )
        values |= {"root_id": root_id, "path": path, "below": path + b"/", "beyond": path + b"0"}  # "0" follows "/"
    return conditions, values


def parsed(text: str | None) -> Column:
    """Numbers between commas."""
    if not text:
        return np.empty(0, np.int64)
    pieces: list[Column] = []
    start = 0
    while start < len(text):
        end = text.find(",", start + PARSED_CHARACTERS)
        end = len(text) if end < 0 else end
        pieces.append(np.fromstring(text[start:end], np.int64, sep=","))
        start = end + 1
    return np.concatenate(pieces)
