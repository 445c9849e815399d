"""Where the catalogue's photos were taken, by the hundred thousand: columns of numbers, no Python object per photo."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue.listing import parsed
from photofinder.catalogue.reader import CatalogueReader

_STEPS = 10_000_000


@dataclass(frozen=True, slots=True)
class PositionColumns:
    """Photo ids, ascending, int64[n]; degrees, north and east positive, float64[n]."""

    ids: NDArray[np.int64]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]


def positions(reader: CatalogueReader) -> PositionColumns:
    """All photos that are present and say where they were taken. Any thread. Raises EnvironmentProblem.

    Degrees come as whole numbers of 1/10,000,000 (1 cm), because those are put together and parsed fastest.
    """
    (found,) = reader.select(
        f"""SELECT group_concat(id), group_concat(lat), group_concat(lon) FROM (
            SELECT id, CAST(round(latitude * {_STEPS}) AS INTEGER) AS lat,
                CAST(round(longitude * {_STEPS}) AS INTEGER) AS lon
            FROM photos WHERE missing_since_ms IS NULL AND latitude IS NOT NULL AND longitude IS NOT NULL
            ORDER BY id)"""
    )
    ids, lat, lon = (parsed(text) for text in found)
    return PositionColumns(ids, lat / _STEPS, lon / _STEPS)
