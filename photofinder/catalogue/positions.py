"""Where the catalogue's photos were taken, by the hundred thousand: columns of numbers, no Python object per photo."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue.listing import parsed
from photofinder.catalogue.reader import CatalogueReader
from photofinder.core.types import TakenSource

_STEPS = 10_000_000

UNKNOWN: Final = -(2**62)
"""Stands for NULL."""

_DAY_MS: Final = 86_400_000
_BETWEEN: Final = "\x1f"
_NO_MOMENT: Final = (TakenSource.FILE_DATE.value, TakenSource.EXIF_MODIFIED.value)
"""These say when a file was written, not when the photo was taken."""
_MAYBE_A_DAY: Final = (TakenSource.XMP.value, TakenSource.IPTC.value, TakenSource.FILE_NAME.value)
"""These may name a day without a time, which the catalogue has as midnight."""


@dataclass(frozen=True, slots=True)
class PositionColumns:
    """Photo ids, ascending, int64[n]; degrees, north and east positive, float64[n]."""

    ids: NDArray[np.int64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MomentColumns:
    """When photos were taken, in the order of the wall clock.

    Ids and ms of the wall clock int64[n]; its distance from UTC in minutes int64[n], UNKNOWN where the photo does not
    say; the camera as a number, int64[n], UNKNOWN likewise; degrees float64[n], NaN for photos without a position.
    """

    ids: NDArray[np.int64]
    wall_ms: NDArray[np.int64]
    offset_min: NDArray[np.int64]
    camera: NDArray[np.int64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]


def positions(reader: CatalogueReader) -> PositionColumns:
    """All photos that are present and of which is known where they were taken. Any thread. Raises EnvironmentProblem.

    Degrees come as whole numbers of 1/10,000,000 (1 cm), because those are put together and parsed fastest.
    """
    own = _positions(reader, "photos WHERE missing_since_ms IS NULL AND latitude IS NOT NULL", "photos")
    accepted = _positions(
        reader,
        """accepted_positions CROSS JOIN photos ON photos.id = photo_id
        WHERE missing_since_ms IS NULL AND photos.latitude IS NULL""",
        "accepted_positions",
    )
    ids, lat, lon = (np.concatenate(both) for both in zip(own, accepted, strict=True))
    if len(accepted[0]):
        order = np.argsort(ids, kind="stable")
        ids, lat, lon = ids[order], lat[order], lon[order]
    return PositionColumns(ids, lat / _STEPS, lon / _STEPS)


def moments(
    reader: CatalogueReader,
    *,
    positioned: bool,
    only: Sequence[int] | None = None,
    wall_ms: tuple[int, int] | None = None,
) -> MomentColumns:
    """Photos that are present and say at what time they were taken, from and until a time of the wall clock.

    Those whose file states a position, or those of which none is known; of `only` these. Any thread. Raises
    EnvironmentProblem. A camera has the same number in every answer, until the program ends.
    """
    conditions = [
        f"photos.latitude IS {'NOT NULL' if positioned else 'NULL'}",
        "taken_ms IS NOT NULL",
        f"taken_source NOT IN ({_listed(_NO_MOMENT)})",
        f"NOT (taken_ms % {_DAY_MS} = 0 AND taken_source IN ({_listed(_MAYBE_A_DAY)}))",
        "missing_since_ms IS NULL" if only is None else "+missing_since_ms IS NULL",
    ]
    values: dict[str, Any] = {}
    if not positioned:
        conditions.append("NOT EXISTS (SELECT 1 FROM accepted_positions WHERE photo_id = photos.id)")
    if only is not None:
        conditions.append("photos.id IN (SELECT value FROM json_each(:only))")
        values["only"] = json.dumps([int(photo_id) for photo_id in only])
    if wall_ms is not None:
        conditions.append("taken_ms BETWEEN :first_ms AND :last_ms")
        values |= {"first_ms": wall_ms[0], "last_ms": wall_ms[1]}
    (found,) = reader.select(
        f"""SELECT group_concat(id), group_concat(taken_ms), group_concat(zone), group_concat(lat), group_concat(lon),
            group_concat(camera, char(31)) FROM (
            SELECT id, taken_ms, ifnull(taken_offset_min, {UNKNOWN}) AS zone,
                CAST(round(ifnull(latitude, 0) * {_STEPS}) AS INTEGER) AS lat,
                CAST(round(ifnull(longitude, 0) * {_STEPS}) AS INTEGER) AS lon,
                replace(ifnull(make, '') || ' ' || ifnull(model, ''), char(31), ' ') AS camera
            FROM photos WHERE {" AND ".join(conditions)} ORDER BY taken_ms, id)""",
        values,
    )
    ids, taken_ms, zone, lat, lon = (parsed(text) for text in found[:5])
    names = str(found[5]).split(_BETWEEN) if len(ids) else []
    degrees = (lat / _STEPS, lon / _STEPS) if positioned else (np.full(len(ids), np.nan), np.full(len(ids), np.nan))
    return MomentColumns(ids, taken_ms, zone, np.array([_number(name) for name in names], np.int64), *degrees)


def _listed(sources: Sequence[str]) -> str:
    return ",".join(f"'{source}'" for source in sources)


def _number(camera: str) -> int:
    """The same for the same camera, within one run of the program; UNKNOWN for none."""
    return hash(camera) if camera.strip() else UNKNOWN


def _positions(reader: CatalogueReader, source: str, table: str) -> list[NDArray[np.int64]]:
    (found,) = reader.select(
        f"""SELECT group_concat(id), group_concat(lat), group_concat(lon) FROM (
            SELECT photos.id AS id, CAST(round({table}.latitude * {_STEPS}) AS INTEGER) AS lat,
                CAST(round({table}.longitude * {_STEPS}) AS INTEGER) AS lon
            FROM {source} AND {table}.longitude IS NOT NULL ORDER BY photos.id)"""
    )
    return [parsed(text) for text in found]


def without_position(reader: CatalogueReader, only: Sequence[int] | None = None) -> int:
    """How many photos, of `only` these, are present of which is not known where they were taken."""
    some = "" if only is None else "AND id IN (SELECT value FROM json_each(?))"
    ((count,),) = reader.select(
        f"""SELECT count(*) FROM photos WHERE {"+" if some else ""}missing_since_ms IS NULL AND latitude IS NULL
        AND NOT EXISTS (SELECT 1 FROM accepted_positions WHERE photo_id = photos.id) {some}""",
        () if only is None else (json.dumps([int(photo_id) for photo_id in only]),),
    )
    return int(count)


def stated_offsets(reader: CatalogueReader, first_ms: int, last_ms: int) -> dict[int, int]:
    """Distances from UTC, in minutes, that photos of these days state, and how many do."""
    return dict(
        reader.select(
            """SELECT taken_offset_min, count(*) FROM photos WHERE missing_since_ms IS NULL
            AND taken_ms BETWEEN ? AND ? AND taken_offset_min IS NOT NULL GROUP BY taken_offset_min""",
            (first_ms, last_ms),
        )
    )
