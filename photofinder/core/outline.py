"""Lines drawn around a part of the map: what is inside, and with how few corners. Numbers only; any thread."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photofinder.core.mercator import project

Floats = NDArray[np.float64]

_FARTHEST = 0.4
"""Between two corners lies less than half of the world, else nobody could tell which way the line goes."""


def enclosed(latitude: Floats, longitude: Floats, corners: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    """Which places (degrees) lie inside a line along corners (latitude, longitude), closed and drawn on the map.

    The line is straight in Web Mercator and goes the short way around from each corner to the next, across the 180th
    meridian where that is shorter. By how often the way to the right crosses it (even-odd rule).
    """
    found = np.zeros(len(latitude), np.bool_)
    x0, y0 = project(*np.array(corners, np.float64).T)
    x0 = np.unwrap(x0, period=1.0)
    x, y = project(latitude, longitude)
    left = float(x0.min())
    x = (x - left) % 1 + left
    near = np.flatnonzero((y >= y0.min()) & (y <= y0.max()) & (x <= x0.max()))
    x, y = x[near], y[near]
    inside = np.zeros(len(near), np.bool_)
    for ax, ay, bx, by in zip(x0, y0, np.roll(x0, -1), np.roll(y0, -1), strict=True):
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (x < ax + (y - ay) / (by - ay) * (bx - ax))
    found[near] = inside
    return found


def simplified(corners: Floats, tolerance: float, at_most: int) -> Floats:
    """A line of corners, (n, 2), with fewer of them: none that is left out is farther than `tolerance` from the rest.

    Twice the tolerance, as often as it takes, where more than `at_most` would be left. By Ramer (1972) and Douglas and
    Peucker (1973).
    """
    while True:
        kept = np.zeros(len(corners), np.bool_)
        kept[[0, -1]] = True
        stretches = [(0, len(corners) - 1)]
        while stretches:
            first, last = stretches.pop()
            if last - first < 2:
                continue
            away = _distances(corners[first + 1 : last], corners[first], corners[last])
            farthest = first + 1 + int(np.argmax(away))
            if away.max() > tolerance:
                kept[farthest] = True
                stretches += [(first, farthest), (farthest, last)]
        if kept.sum() <= at_most:
            return corners[kept]
        tolerance *= 2


def with_short_sides(corners: Floats) -> Floats:
    """The same line on the unit square, (n, 2), with corners between those that lie far apart."""
    pieces = list[Floats]()
    for one, other in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        parts = int(abs(other[0] - one[0]) / _FARTHEST) + 1
        pieces.append(one + np.arange(parts)[:, None] / parts * (other - one))
    return np.concatenate(pieces)


def _distances(points: Floats, start: Floats, end: Floats) -> Floats:
    """Of points, (n, 2), from a straight piece."""
    along = end - start
    length = float(along @ along)
    share = np.clip((points - start) @ along / length, 0, 1)[:, None] if length else np.zeros((len(points), 1))
    return np.hypot(*(points - start - share * along).T)
