"""Which country a point lies in: Natural Earth's borders at 1:10m, asked for many points at once.

Every piece of border knows the country on its right and on its left. A grid of cells knows the country at the middle of
each cell. From a point one goes straight to the middle of its cell: if no border is crossed, it is the middle's
country; else the first border crossed tells, by its side. Cells without borders need no second look.
"""

import numpy as np
from numpy.typing import NDArray

from photofinder.core.mercator import EARTH_KM
from photofinder.places.tables import PER_DEGREE, Table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Countries = NDArray[np.int16]

SEA = -1
CELL = PER_DEGREE // 5
"""Side of a cell, in stored steps: a fifth of a degree, at most 22 km."""
COLUMNS, ROWS = 1800, 900
_WORLD = 360 * PER_DEGREE
AT_ONCE = 100_000


class Borders:
    """Made from one level of the bundled map. Immutable; any thread."""

    def __init__(self, table: Table, southernmost: int) -> None:
        x, y = np.cumsum(table["x_steps"], dtype=np.int64), np.cumsum(table["y_steps"], dtype=np.int64)
        last = np.cumsum(table["lengths"]) - 1
        is_edge = np.ones(len(x), np.bool_)
        is_edge[last] = False
        first = np.flatnonzero(is_edge)
        sides = np.repeat(table["sides"], table["lengths"], axis=0)[first]
        first, sides = first[sides[:, 0] != sides[:, 1]], sides[sides[:, 0] != sides[:, 1]]
        # Edges over the 180th meridian are there twice, once at either end of the map.
        x0, x1 = x[first] + _WORLD // 2, x[first + 1] + _WORLD // 2
        turn = np.minimum(x0, x1) // _WORLD * _WORLD
        x0, x1 = x0 - turn, x1 - turn
        over = np.maximum(x0, x1) >= _WORLD
        self._x0 = np.concatenate([x0, x0[over] - _WORLD]).astype(np.float64)
        self._x1 = np.concatenate([x1, x1[over] - _WORLD]).astype(np.float64)
        first, sides = np.concatenate([first, first[over]]), np.concatenate([sides, sides[over]])
        half = 90 * PER_DEGREE
        self._y0, self._y1 = (y[first] + half).astype(np.float64), (y[first + 1] + half).astype(np.float64)
        self._right, self._left = sides[:, 0], sides[:, 1]
        self.middles = self._at_middles(southernmost)
        self._edges, self._starts = self._by_cell()

    def _at_middles(self, southernmost: int) -> Countries:
        """The country at the middle of each cell, (ROWS, COLUMNS), from south to north and west to east."""
        lowest, highest = np.minimum(self._y0, self._y1), np.maximum(self._y0, self._y1)
        # The middles of rows that an edge passes: lowest <= (row + 1/2) * CELL < highest.
        first = np.ceil(lowest / CELL - 0.5).astype(np.int64)
        passed = np.maximum(0, np.ceil(highest / CELL - 0.5).astype(np.int64) - first)
        edge = np.repeat(np.arange(len(first)), passed)
        row = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(passed) - passed, passed)
        height = (row + 0.5) * CELL
        along = (height - self._y0[edge]) / (self._y1[edge] - self._y0[edge])
        x = self._x0[edge] + along * (self._x1[edge] - self._x0[edge])
        north = self._y1[edge] > self._y0[edge]
        beyond = np.where(north, self._right[edge], self._left[edge])  # east of the edge
        column = np.clip(np.ceil(x / CELL - 0.5).astype(np.int64), 0, COLUMNS)
        order = np.lexsort((x, row))
        place = row[order] * (COLUMNS + 1) + column[order]
        country = beyond[order]
        # From crossing to crossing the country stays; what is west of a row's first crossing is east of its last.
        found = np.full((ROWS, COLUMNS), SEA, np.int16)
        found[:1] = southernmost
        rows, starts = np.unique(row[order], return_index=True)
        stops = np.append(starts[1:], len(order))
        columns = place - row[order] * (COLUMNS + 1)
        for number, start, stop in zip(rows, starts, stops, strict=True):
            edges = np.concatenate([[0], columns[start:stop], [COLUMNS]])
            names = np.concatenate([country[stop - 1 : stop], country[start:stop]])
            found[number] = np.repeat(names, np.diff(edges))
        if len(rows):
            found[: rows[0]] = southernmost
        return found

    def _by_cell(self) -> tuple[NDArray[np.int32], Ints]:
        """The edges that touch each cell's box, cell after cell, and where each cell's begin."""
        corners = [np.clip(v // CELL, 0, top - 1) for v, top in ((self._x0, COLUMNS), (self._x1, COLUMNS))]
        left, right = (np.minimum(*corners).astype(np.int64), np.maximum(*corners).astype(np.int64))
        corners = [np.clip(v // CELL, 0, ROWS - 1) for v in (self._y0, self._y1)]
        low, high = (np.minimum(*corners).astype(np.int64), np.maximum(*corners).astype(np.int64))
        wide, tall = right - left + 1, high - low + 1
        cells = wide * tall
        edge = np.repeat(np.arange(len(cells)), cells)
        number = np.arange(len(edge)) - np.repeat(np.cumsum(cells) - cells, cells)
        cell = (low[edge] + number // wide[edge]) * COLUMNS + left[edge] + number % wide[edge]
        order = np.argsort(cell, kind="stable")
        starts = np.zeros(ROWS * COLUMNS + 1, np.int64)
        np.cumsum(np.bincount(cell, minlength=ROWS * COLUMNS), out=starts[1:])
        return edge[order].astype(np.int32), starts

    def countries(self, lat: Floats, lon: Floats) -> Countries:
        """The country's number at each point (degrees), `SEA` where there is none."""
        found = np.empty(len(lat), np.int16)
        for start in range(0, len(lat), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            found[part] = self._countries(*self._placed(lat[part], lon[part]))
        return found

    def named(self) -> Countries:
        """The numbers of the countries that have land on this map."""
        found = np.unique(np.concatenate([self._right, self._left]))
        return found[found != SEA]

    def has_near(self, lat: Floats, lon: Floats, km: float) -> NDArray[np.bool_]:
        """Whether a border or coast is this near to each point (degrees), looking no further than the point's cell."""
        x, y, cell = self._placed(lat, lon)
        point, edge = self._pairs(cell)
        found = np.zeros(len(x), np.bool_)
        # In kilometres from the point, on a plane, which it nearly is over one cell.
        up = km_per_degree = 2 * np.pi * EARTH_KM / 360 / PER_DEGREE
        wide = km_per_degree * np.cos(np.radians(np.asarray(lat, np.float64)))[point]
        ax, ay = (self._x0[edge] - x[point]) * wide, (self._y0[edge] - y[point]) * up
        ex, ey = (self._x1[edge] - self._x0[edge]) * wide, (self._y1[edge] - self._y0[edge]) * up
        along = np.clip(-(ax * ex + ay * ey) / np.maximum(ex * ex + ey * ey, 1e-12), 0, 1)
        found[point[np.hypot(ax + along * ex, ay + along * ey) <= km]] = True
        return found

    def _placed(self, lat: Floats, lon: Floats) -> tuple[Floats, Floats, Ints]:
        """Points in stored steps from the south-western corner, and the numbers of their cells."""
        x = (np.asarray(lon, np.float64) + 180) % 360 * PER_DEGREE
        y = np.clip(np.asarray(lat, np.float64) + 90, 0, 180) * PER_DEGREE
        column = np.minimum((x // CELL).astype(np.int64), COLUMNS - 1)
        return x, y, np.minimum((y // CELL).astype(np.int64), ROWS - 1) * COLUMNS + column

    def _pairs(self, cell: Ints) -> tuple[Ints, Ints]:
        """Each point's number with each edge of its cell."""
        many = self._starts[cell + 1] - self._starts[cell]
        point = np.repeat(np.arange(len(cell)), many)
        number = np.arange(len(point)) - np.repeat(np.cumsum(many) - many, many)
        return point, self._edges[self._starts[cell[point]] + number].astype(np.int64)

    def _countries(self, x: Floats, y: Floats, cell: Ints) -> Countries:
        row, column = cell // COLUMNS, cell % COLUMNS
        found = self.middles[row, column]
        point, edge = self._pairs(cell)
        # Where the way from the point (t = 0) to the middle of its cell (t = 1) meets the edge (u from 0 to 1).
        px, py = x[point], y[point]
        dx, dy = (column[point] + 0.5) * CELL - px, (row[point] + 0.5) * CELL - py
        ex, ey = self._x1[edge] - self._x0[edge], self._y1[edge] - self._y0[edge]
        ax, ay = self._x0[edge] - px, self._y0[edge] - py
        cross = dx * ey - dy * ex
        with np.errstate(divide="ignore", invalid="ignore"):
            t, u = (ax * ey - ay * ex) / cross, (ax * dy - ay * dx) / cross
        meets = (cross != 0) & (t >= 0) & (t <= 1) & (u >= 0) & (u <= 1)
        point, edge, t, cross = point[meets], edge[meets], t[meets], cross[meets]
        order = np.lexsort((t, point))
        point, edge, cross = point[order], edge[order], cross[order]
        first = np.ones(len(point), np.bool_)
        first[1:] = point[1:] != point[:-1]
        point, edge, cross = point[first], edge[first], cross[first]
        # The way goes from the edge's right to its left where the edge turns left of the way.
        found[point] = np.where(cross > 0, self._left[edge], self._right[edge])
        return found
