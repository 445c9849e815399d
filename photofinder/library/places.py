"""The place table and the bundled map, one of each for the whole program. Both load when they are first asked."""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photofinder.places.basemap import Basemap
from photofinder.places.gazetteer import Gazetteer

ATTRIBUTION = "Natural Earth, GeoNames"
"""Shown with the map: what the licence of the place table asks for."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a map may write: places on the unit square, inhabitants, rows for `Gazetteer.name`; and countries."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    people: NDArray[np.int64]
    capital: NDArray[np.bool_]
    rows: NDArray[np.int64]
    countries: list[tuple[float, float, int, str]]


@functools.cache
def gazetteer() -> Gazetteer:
    """Degrees to names and back. Any thread."""
    return Gazetteer()


@functools.cache
def basemap() -> Basemap:
    """Coasts, borders, waters. Any thread."""
    return Basemap()


@functools.cache
def names() -> Names:
    """Towns, the largest first, and countries (x, y, inhabitants, name). Any thread; slow the first time."""
    from photofinder.core.mercator import project

    lat, lon, people, capital = gazetteer().labels()
    rows = np.argsort(-people - capital * 10_000_000, kind="stable")
    x, y = project(lat[rows], lon[rows])
    return Names(x, y, people[rows], capital[rows], rows, gazetteer().country_labels())
