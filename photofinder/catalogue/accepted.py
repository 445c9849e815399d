"""Positions of photos that state none: proposed, and accepted by the user."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from photofinder.catalogue.listing import parsed
from photofinder.catalogue.reader import CatalogueReader
from photofinder.core.types import Gps, How, Proposal

CHUNK: Final = 10_000
"""Ids in one statement: SQLite's variables are limited to 32,766."""

_COLUMNS: Final = "latitude, longitude, altitude_m, how, source, apart_s, confidence"


def of_photos(connection: sqlite3.Connection, photo_ids: Iterable[int]) -> dict[int, Proposal | None]:
    """What was accepted for these photos, None where nothing was; ids that are not known are left out."""
    found: dict[int, Proposal | None] = {}
    all_ids = list(photo_ids)
    for start in range(0, len(all_ids), CHUNK):
        chunk = all_ids[start : start + CHUNK]
        marks = ",".join("?" * len(chunk))
        known = connection.execute(f"SELECT id FROM photos WHERE id IN ({marks})", chunk)
        found.update(dict.fromkeys(row[0] for row in known))
        for row in connection.execute(
            f"SELECT photo_id, {_COLUMNS} FROM accepted_positions WHERE photo_id IN ({marks})", chunk
        ):
            found[row[0]] = Proposal(Gps(*row[1:4]), How(row[4]), *row[5:8])
    return found


def put(
    connection: sqlite3.Connection, wanted: Mapping[int, Proposal | None], now_ms: int
) -> dict[int, Proposal | None]:
    """Keep these for photos, within the caller's transaction. Returns what those had before that have changed."""
    former = of_photos(connection, wanted)
    changed = {photo_id: before for photo_id, before in former.items() if wanted[photo_id] != before}
    connection.executemany(
        f"INSERT OR REPLACE INTO accepted_positions (photo_id, {_COLUMNS}, accepted_at_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(photo_id, *_values(proposal), now_ms) for photo_id in changed if (proposal := wanted[photo_id]) is not None],
    )
    connection.executemany(
        "DELETE FROM accepted_positions WHERE photo_id = ?",
        [(photo_id,) for photo_id in changed if wanted[photo_id] is None],
    )
    return changed


def ids(reader: CatalogueReader) -> list[int]:
    """The photos that have one, whether their file states another or not. Any thread. Raises EnvironmentProblem."""
    ((text,),) = reader.select("SELECT group_concat(photo_id) FROM accepted_positions")
    return parsed(text).tolist()


def names(reader: CatalogueReader, photo_ids: Sequence[int]) -> dict[int, str]:
    """File names of photos, printable. Any thread. Raises EnvironmentProblem."""
    found: dict[int, str] = {}
    for start in range(0, len(photo_ids), CHUNK):
        chunk = photo_ids[start : start + CHUNK]
        marks = ",".join("?" * len(chunk))
        found.update(
            (photo_id, bytes(name).decode("utf-8", "replace"))
            for photo_id, name in reader.select(
                f"SELECT photo_id, name FROM files WHERE role = 'primary' AND photo_id IN ({marks})", chunk
            )
        )
    return found


def _values(proposal: Proposal) -> tuple[Any, ...]:
    gps = proposal.gps
    return (
        gps.latitude,
        gps.longitude,
        gps.altitude_m,
        proposal.how.value,
        proposal.source,
        proposal.apart_s,
        proposal.confidence,
    )
