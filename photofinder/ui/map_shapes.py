"""What of the bundled map is drawn around a tile. Any thread.

A tile of a street would otherwise be cut out of the coast of a continent, corner by corner. So each cell of the world
is cut out of one sixteen times as large, and kept.
"""

import functools
from dataclasses import dataclass
from typing import Final

from photofinder.core.shapes import Shapes
from photofinder.library import places

Box = tuple[float, float, float, float]

_STEP: Final = 2
"""Zooms from one cell to those in it."""
_MARGIN: Final = 0.03
"""How much more than itself a cell knows, of its width: more than a tile in it asks for (`map_ground.MARGIN_PX`)."""
_KEPT: Final = 128


@dataclass(frozen=True, slots=True)
class MapShapes:
    """Of a part of the world: land as areas, lakes as rings, the others as lines."""

    land: Shapes
    coasts: Shapes
    borders: Shapes
    lakes: Shapes
    rivers: Shapes
    states: Shapes


def around(zoom: int, column: int, row: int) -> MapShapes:
    """What may be seen on a tile, and more."""
    cell = max(0, (zoom - 1) // _STEP * _STEP)
    return _of_cell(places.basemap().first_like(zoom), cell, column >> (zoom - cell), row >> (zoom - cell))


@functools.lru_cache(maxsize=_KEPT)
def _of_cell(detail: int, zoom: int, column: int, row: int) -> MapShapes:
    if zoom == 0:
        level, waters = places.basemap().level(detail), places.basemap().waters
        return MapShapes(level.land, level.coasts, level.borders, waters.lakes, waters.rivers, waters.states)
    outer = _of_cell(detail, zoom - _STEP, column >> _STEP, row >> _STEP)
    side = 1.0 / (1 << zoom)
    more = side * _MARGIN
    box = (column * side - more, row * side - more, (column + 1) * side + more, (row + 1) * side + more)
    return MapShapes(
        outer.land.part_of_areas(box),
        outer.coasts.part_of_lines(box),
        outer.borders.part_of_lines(box),
        outer.lakes.part_of_rings(box),
        outer.rivers.part_of_lines(box),
        outer.states.part_of_lines(box),
    )
