"""What the user said of photos: rating, flag, colour label."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from photofinder.catalogue import rows
from photofinder.core.types import Marks, Pick

CHUNK = 10_000
"""Ids in one statement: SQLite's variables are limited to 32,766."""


def of_photos(connection: sqlite3.Connection, photo_ids: Iterable[int]) -> dict[int, Marks]:
    """The marks of these photos, empty ones too; ids that are not known are left out."""
    found: dict[int, Marks] = {}
    for chunk in _chunks(photo_ids):
        for photo_id, rating, pick, label in connection.execute(
            f"""SELECT photos.id, marks.rating, pick, label FROM {rows.PHOTOS_MARKED}
            WHERE photos.id IN ({",".join("?" * len(chunk))})""",
            chunk,
        ):
            found[photo_id] = Marks(rating, None if pick is None else Pick(pick), rows.label_from(label))
    return found


def put(connection: sqlite3.Connection, marks: Mapping[int, Marks]) -> dict[int, Marks]:
    """Give photos these marks, within the caller's transaction. Returns what those had before that have changed."""
    former = of_photos(connection, marks)
    changed = {photo_id: before for photo_id, before in former.items() if marks[photo_id] != before}
    connection.executemany(
        "INSERT OR REPLACE INTO marks (photo_id, rating, pick, label) VALUES (?, ?, ?, ?)",
        [(photo_id, *_values(marks[photo_id])) for photo_id in changed if marks[photo_id] != Marks()],
    )
    connection.executemany(
        "DELETE FROM marks WHERE photo_id = ?", [(photo_id,) for photo_id in changed if marks[photo_id] == Marks()]
    )
    return changed


def _values(marks: Marks) -> tuple[Any, ...]:
    return marks.rating, None if marks.pick is None else int(marks.pick), marks.label and marks.label.value


def _chunks(photo_ids: Iterable[int]) -> Iterator[list[int]]:
    ids = list(photo_ids)
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
