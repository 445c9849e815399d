"""The nearest of many points on the sphere, exactly, asked for many points at once.

The known points lie in the leaves of a balanced k-d tree (Bentley 1975) without pointers: a leaf is a range of rows, a
node a power of two of leaves, each with a box around it. All points that are asked for go down the tree together.
Distances are straight ones between points of the unit sphere; the smallest of those is the smallest along the earth.
"""

import numpy as np
from numpy.typing import NDArray

from photofinder.core.mercator import z_keys

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAF = 16
AT_ONCE = 4_096
"""Points asked for together: what they need meanwhile stays within a few megabytes."""


def leaf_bounds(count: int) -> Ints:
    """Where the leaves of `count` rows begin, and the end."""
    leaves = 1 << max(0, int(np.ceil(np.log2(max(count, 1) / LEAF))))
    return (count * np.arange(leaves + 1)) // leaves


def leaf_order(points: Floats) -> Ints:
    """The order in which rows (n, 3) lie in leaves: halved again and again along the widest side."""
    order = np.arange(len(points))
    ranges = [leaf_bounds(len(points))]
    while ranges:
        bounds = ranges.pop()
        if len(bounds) > 2:
            half = len(bounds) // 2
            start, middle, stop = bounds[0], bounds[half], bounds[-1]
            rows = order[start:stop]
            widest = int(np.argmax(np.ptp(points[rows], axis=0)))
            order[start:stop] = rows[np.argpartition(points[rows, widest], middle - start)]
            ranges += [bounds[: half + 1], bounds[half:]]
    return order


class NearestOf:
    """Points (n, 3) on the unit sphere, in the order of `leaf_order`. Immutable; any thread."""

    def __init__(self, points: Floats) -> None:
        self._points = np.ascontiguousarray(points, np.float64)
        self._bounds = leaf_bounds(len(points))
        starts = self._bounds[:-1]
        box = np.concatenate(
            [np.minimum.reduceat(self._points, starts), np.maximum.reduceat(self._points, starts)], axis=1
        )
        self._boxes = [box]  # of the leaves, their parents, and so on to the one around all
        while len(box) > 1:
            box = np.concatenate(
                [np.minimum(box[0::2, :3], box[1::2, :3]), np.maximum(box[0::2, 3:], box[1::2, 3:])], axis=1
            )
            self._boxes.append(box)
        self._boxes.reverse()

    def __call__(self, asked: Floats) -> tuple[Ints, Floats]:
        """For each of the asked points (m, 3): the row of the nearest, and the straight distance to it."""
        rows, chords = np.empty(len(asked), np.int64), np.empty(len(asked))
        longitude = np.arctan2(asked[:, 1], asked[:, 0]) / (2 * np.pi)
        order = np.argsort(z_keys(longitude, (1 - asked[:, 2]) / 2))  # neighbours look into the same leaves
        for start in range(0, len(asked), AT_ONCE):
            part = order[start : start + AT_ONCE]
            rows[part], chords[part] = self._nearest(asked[part])
        return rows, chords

    def _nearest(self, asked: Floats) -> tuple[Ints, Floats]:
        # First straight down to one leaf, for a bound; then level by level to all that may hold something nearer.
        everyone = np.arange(len(asked))
        node = np.zeros(len(asked), np.int64)
        for boxes in self._boxes[1:]:
            node = 2 * node + (_apart(asked, boxes[2 * node + 1]) < _apart(asked, boxes[2 * node]))
        row, best = self._within(asked, everyone, node)
        at, nodes = everyone, np.zeros(len(asked), np.int64)
        for boxes in self._boxes[1:]:
            at, nodes = np.concatenate([at, at]), np.concatenate([2 * nodes, 2 * nodes + 1])
            kept = np.flatnonzero(_apart(asked[at], boxes[nodes]) < best[at])
            at, nodes = at[kept], nodes[kept]
        other, apart = self._within(asked, at, nodes)
        better = apart < best
        return np.where(better, other, row), np.sqrt(np.where(better, apart, best))

    def _within(self, asked: Floats, at: Ints, leaves: Ints) -> tuple[Ints, Floats]:
        """The nearest row in the given leaves for each point, and its squared distance; infinite where no leaf is."""
        row, best = np.zeros(len(asked), np.int64), np.full(len(asked), np.inf)
        most = int(np.max(np.diff(self._bounds)))
        candidates = np.minimum(self._bounds[leaves][:, None] + np.arange(most), self._bounds[leaves + 1][:, None] - 1)
        gap = self._points[candidates] - asked[at][:, None, :]
        apart = np.einsum("ijk,ijk->ij", gap, gap)
        inside = np.argmin(apart, axis=1)
        pair = np.arange(len(at))
        nearest = apart[pair, inside]
        np.minimum.at(best, at, nearest)
        hit = nearest == best[at]
        row[at[hit]] = candidates[pair[hit], inside[hit]]
        return row, best


def _apart(points: Floats, boxes: Floats) -> Floats:
    """Squared distance of each point (n, 3) to its box (n, 6); 0 inside."""
    gap = np.maximum(np.maximum(boxes[:, :3] - points, points - boxes[:, 3:]), 0)
    return np.einsum("ij,ij->i", gap, gap)
