"""Many points on a map, kept so that any view of them costs what it shows, not how many there are.

Points are sorted once by Z-order keys (`mercator.z_keys`). All points in a square of a power-of-two grid then follow
each other, so a square's points are found by two binary searches, and their number and middle by differences of running
sums. Immutable; any thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photofinder.core.mercator import KEY_BITS, project, spread, z_keys

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

APART = 0.62
"""Clusters nearer to each other than this part of a square's side become one."""


_COLUMNS = 4096
"""Strips of the earth that are looked at for a gap when the extent of points is sought."""


@dataclass(frozen=True, slots=True)
class View:
    """A part of the unit square: left, top, right, bottom. Left and right may lie outside of it: the world repeats."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Clusters:
    """Clusters in a view: middles on the unit square (x with the world's repetitions), numbers of points, one id each.

    `ranges[i]` are the stretches of sorted points that cluster i is made of: what `Points.ids_in` takes.
    """

    x: Floats
    y: Floats
    counts: Ints
    shown: Ints
    ranges: list[list[tuple[int, int]]]

    def __len__(self) -> int:
        return len(self.x)


class Points:
    """Photos with their places: ids int64[n], degrees float64[n]."""

    def __init__(self, ids: Ints, lat: Floats, lon: Floats) -> None:
        x, y = project(lat, lon)
        x = x % 1
        keys = z_keys(x, y)
        order = np.argsort(keys)
        self._keys = keys[order]
        self.ids = np.asarray(ids, np.int64)[order]
        self.x, self.y = x[order], y[order]
        self._by_id = np.argsort(self.ids)
        self._sum_x = np.concatenate([[0.0], np.cumsum(self.x)])
        self._sum_y = np.concatenate([[0.0], np.cumsum(self.y)])
        self.extent = self._extent()
        """The smallest view of all points, across the 180th meridian if that is shorter; None without points."""

    def __len__(self) -> int:
        return len(self.ids)

    def clusters(self, view: View, level: int) -> Clusters:
        """The clusters of a view: the squares of a grid of 2**level by 2**level, close neighbours joined."""
        columns, rows, low, high = self._squares(view, level)
        here = np.flatnonzero(high > low)
        columns, rows, low, high = columns[here], rows[here], low[here], high[here]
        counts = high - low
        x = (self._sum_x[high] - self._sum_x[low]) / counts + columns // (1 << level)
        y = (self._sum_y[high] - self._sum_y[low]) / counts
        shown = self.ids[low + counts // 2]
        ranges = [[pair] for pair in zip(low.tolist(), high.tolist(), strict=True)]
        kept = np.ones(len(here), np.bool_)
        for larger, smaller in _close_pairs(columns, rows, x, y, counts, APART / (1 << level)):
            if kept[larger] and kept[smaller]:
                total = counts[larger] + counts[smaller]
                share = counts[smaller] / total
                x[larger] += (x[smaller] - x[larger]) * share
                y[larger] += (y[smaller] - y[larger]) * share
                counts[larger] = total
                ranges[larger] += ranges[smaller]
                kept[smaller] = False
        left = np.flatnonzero(kept)
        return Clusters(x[left], y[left], counts[left], shown[left], [ranges[number] for number in left.tolist()])

    def grid(self, view: View, level: int) -> Ints:
        """How many points each square of a view holds, (rows, columns)."""
        columns, rows, low, high = self._squares(view, level)
        counts = np.zeros(
            (int(rows.max()) - int(rows.min()) + 1, int(columns.max()) - int(columns.min()) + 1), np.int64
        )
        counts[rows - rows.min(), columns - columns.min()] = high - low
        return counts

    def ids_in(self, ranges: Sequence[tuple[int, int]], limit: int | None = None) -> Ints:
        """The photos of a cluster, at most `limit` of them."""
        found = np.concatenate([self.ids[low:high] for low, high in ranges])
        return found if limit is None else found[:limit]

    def places_of(self, ids: Ints) -> tuple[Floats, Floats]:
        """Where photos lie on the unit square; those that are not here are left out."""
        if not len(self):
            return self.x, self.y
        wanted = np.asarray(ids, np.int64)
        places = np.minimum(np.searchsorted(self.ids, wanted, sorter=self._by_id), len(self) - 1)
        rows = self._by_id[places]
        rows = rows[self.ids[rows] == wanted]
        return self.x[rows], self.y[rows]

    def _extent(self) -> View | None:
        if not len(self):
            return None
        columns = np.zeros(_COLUMNS, np.bool_)
        columns[np.minimum((self.x * _COLUMNS).astype(np.intp), _COLUMNS - 1)] = True
        occupied = np.flatnonzero(columns)
        gaps = np.diff(np.append(occupied, occupied[0] + _COLUMNS))
        widest = int(np.argmax(gaps))
        start = float(occupied[(widest + 1) % len(occupied)]) / _COLUMNS
        before = self.x < start  # these lie one world further on
        left = float(self.x.min(where=~before, initial=1.0))
        right = 1 + float(self.x.max(where=before, initial=0.0)) if before.any() else float(self.x.max())
        return View(left, float(self.y.min()), right, float(self.y.max()))

    def _squares(self, view: View, level: int) -> tuple[Ints, Ints, Ints, Ints]:
        """Column, row, and the stretch of sorted points of each square that a view touches."""
        side = 1 << level
        across = np.arange(int(np.floor(view.left * side)), int(np.floor(view.right * side)) + 1)
        down = np.arange(max(0, int(np.floor(view.top * side))), min(side - 1, int(np.floor(view.bottom * side))) + 1)
        columns, rows = (axis.ravel() for axis in np.meshgrid(across, down))
        shift = np.uint64(2 * (KEY_BITS - level))
        squares = spread((columns % side).astype(np.uint64)) | spread(rows.astype(np.uint64)) << np.uint64(1)
        order = np.argsort(squares)  # searching for what is sorted stays in the processor's cache
        columns, rows, squares = columns[order], rows[order], squares[order]
        low = np.searchsorted(self._keys, squares << shift)
        high = np.searchsorted(self._keys, (squares + np.uint64(1)) << shift)
        return columns, rows, low.astype(np.int64), high.astype(np.int64)


def _close_pairs(columns: Ints, rows: Ints, x: Floats, y: Floats, counts: Ints, apart: float) -> list[tuple[int, int]]:
    """Neighbouring squares whose middles are close: (larger, smaller), the largest first."""
    if not len(x):
        return []
    column, row = columns - columns.min() + 1, rows - rows.min() + 1
    numbers = np.full((int(row.max()) + 2, int(column.max()) + 2), -1, np.int64)
    numbers[row, column] = np.arange(len(x))
    pairs = list[NDArray[np.int64]]()
    for down, across in ((0, 1), (1, 0), (1, 1), (1, -1)):
        other = numbers[row + down, column + across]
        one = np.flatnonzero(other >= 0)
        two = other[one]
        near = np.hypot(x[one] - x[two], y[one] - y[two]) < apart
        pairs.append(np.stack([one[near], two[near]], axis=1))
    found = np.concatenate(pairs)
    swapped = counts[found[:, 0]] < counts[found[:, 1]]
    found[swapped] = found[swapped][:, ::-1]
    found = found[np.argsort(-counts[found[:, 0]], kind="stable")]
    return [(int(larger), int(smaller)) for larger, smaller in found]
