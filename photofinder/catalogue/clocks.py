"""How far the user has moved the clocks that photos were taken by. `photos.taken_ms` has the shift in it already."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from photofinder.core.errors import QueryProblem

CHUNK = 10_000
"""Ids in one statement: SQLite's variables are limited to 32,766."""

EARLIEST_MS, LATEST_MS = -4_544_208_000_000, 7_258_118_400_000
"""From 1826, the year of the first photograph, to before 2200: what photos themselves may say, too."""


def of_photos(connection: sqlite3.Connection, photo_ids: Iterable[int]) -> dict[int, int]:
    """Photo id → shift in milliseconds, of the photos that have a capture time."""
    found: dict[int, int] = {}
    for chunk in _chunks(photo_ids):
        found.update(
            connection.execute(
                f"""SELECT id, clock_shift_ms FROM photos
                WHERE taken_ms IS NOT NULL AND id IN ({",".join("?" * len(chunk))})""",
                chunk,
            )
        )
    return found


def put(connection: sqlite3.Connection, shifts_ms: Mapping[int, int]) -> dict[int, int]:
    """Give photos these shifts, within the caller's transaction. Returns what those had before that have changed.

    Raises QueryProblem where a photo would come to lie before the first photograph, or far in the future.
    """
    former = {
        photo_id: before
        for photo_id, before in of_photos(connection, shifts_ms).items()
        if before != shifts_ms[photo_id]
    }
    connection.executemany(
        """UPDATE photos SET taken_ms = taken_ms - clock_shift_ms + :shift, clock_shift_ms = :shift WHERE id = :id""",
        [{"id": photo_id, "shift": shifts_ms[photo_id]} for photo_id in former],
    )
    for chunk in _chunks(former):
        (outside,) = connection.execute(
            f"""SELECT count(*) FROM photos WHERE id IN ({",".join("?" * len(chunk))})
            AND NOT taken_ms BETWEEN {EARLIEST_MS} AND {LATEST_MS - 1}""",
            chunk,
        ).fetchone()
        if outside:
            raise QueryProblem(
                f"{outside:,} of these photos would have been taken before 1826 or after 2199.",
                "Nothing was changed. Shift by less.",
            )
    return former


def _chunks(photo_ids: Iterable[int]) -> Iterator[list[int]]:
    ids = list(photo_ids)
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
