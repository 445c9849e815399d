"""The bundled map as lines and areas on the unit square of Web Mercator, at three levels of detail (Natural Earth)."""

import functools
import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photofinder.core.mercator import project
from photofinder.core.shapes import Shapes
from photofinder.places.tables import PER_DEGREE, Table, load

Floats = NDArray[np.float64]

_TURN = 360 * PER_DEGREE
FILES = ("map-110m", "map-50m", "map-10m")
FINER_FROM_ZOOM = (2, 5)
"""From these zooms on the next finer file is drawn."""


@dataclass(frozen=True, slots=True)
class MapLevel:
    """One level of detail: land as areas, coasts and borders as lines."""

    land: Shapes
    coasts: Shapes
    borders: Shapes


@dataclass(frozen=True, slots=True)
class Waters:
    """Inland waters, and lines between the states of large countries."""

    lakes: Shapes
    rivers: Shapes
    states: Shapes


class Basemap:
    """Loads what it needs when it is first asked; immutable from then on; any thread. Raises EnvironmentProblem."""

    def __init__(self) -> None:
        self._loading = threading.RLock()

    def level(self, zoom: float) -> MapLevel:
        """What to draw at a zoom."""
        return self._level(FILES[sum(zoom >= finer for finer in FINER_FROM_ZOOM)])

    def first_like(self, zoom: float) -> int:
        """The first zoom at which `level` is the one of this zoom."""
        return max(first for first in (0, *FINER_FROM_ZOOM) if first <= zoom)

    @functools.lru_cache(maxsize=3)  # noqa: B019 - a base map lives as long as its process
    def _level(self, name: str) -> MapLevel:
        with self._loading:
            table = load(name)
            lines = _lines(table)
            is_coast = np.any(table["sides"] < 0, axis=1)
            is_border = ~is_coast & (table["sides"][:, 0] != table["sides"][:, 1])
            return MapLevel(
                _shapes(_rings(table, lines)),
                _shapes([lines[number] for number in np.flatnonzero(is_coast)]),
                _shapes([lines[number] for number in np.flatnonzero(is_border)]),
            )

    @functools.cached_property
    def waters(self) -> Waters:
        """Lakes, rivers, states; there is one level of them."""
        with self._loading:
            table = load("map-waters")
            kinds = (
                {key.removeprefix(f"{kind}_"): value for key, value in table.items() if key.startswith(kind)}
                for kind in ("lakes", "rivers", "states")
            )
            return Waters(*(_shapes(_lines(kind)) for kind in kinds))


def _lines(table: Table) -> list[Floats]:
    """The stored lines, (n, 2) steps of longitude and latitude."""
    points = np.stack([np.cumsum(table[key], dtype=np.int64) for key in ("x_steps", "y_steps")], axis=1)
    return np.split(points.astype(np.float64), np.cumsum(table["lengths"])[:-1])


def _rings(table: Table, lines: list[Floats]) -> list[Floats]:
    """Areas, put together from the lines around them; the one around the pole is closed along it."""
    found, at = list[Floats](), 0
    for length in table["ring_lengths"].tolist():
        parts = list[Floats]()
        for arc in map(int, table["ring_arcs"][at : at + length]):
            part: Floats = lines[arc] if arc >= 0 else lines[~arc][::-1]
            if parts:
                part = part + np.array([np.round((parts[-1][-1, 0] - part[0, 0]) / _TURN) * _TURN, 0.0])
            parts.append(part)
        at += length
        ring = np.concatenate(parts)
        if abs(ring[-1, 0] - ring[0, 0]) > _TURN / 2:
            south = -90.0 * PER_DEGREE
            ring = np.concatenate([ring, [[ring[-1, 0], south], [ring[0, 0], south]]])
        found.append(ring)
    return found


def _shapes(lines: list[Floats]) -> Shapes:
    if not lines:
        return Shapes.of([])
    points = np.concatenate(lines) / PER_DEGREE
    x, y = project(points[:, 1], points[:, 0])
    return Shapes.of(np.split(np.stack([x, y], axis=1), np.cumsum([len(line) for line in lines])[:-1]))
