"""Clusters of photos on the map: found ahead on the worker for more than is seen, painted where they are.

A frame only copies pictures that are there: while the map moves within what was found, nothing is counted anew, and
while it is at another zoom than what was found, the old clusters stand in until the new ones come. Window's thread.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPixmap

from photofinder.core.clusters import Clusters, Points, View
from photofinder.ui.map_boxes import holds, shift_to
from photofinder.ui.map_geometry import Camera
from photofinder.ui.map_marks import BADGE_OUT, MANY_SIDE, ONE_SIDE, Marks
from photofinder.ui.map_tiles import MapTiles
from photofinder.ui.theme import Theme

Ids = NDArray[np.int64]

HOVERED_AT_MOST = 60
_SQUARES = 1.9
"""Clusters come from squares of 69 to 137 points."""
_AHEAD, _WIDE = 0.1, 0.35
"""Clusters are found for so much of the view's larger side around it, as soon as so much is no longer there."""
_STAND_IN = 2
"""Between old clusters and new ones may be so many doublings of the scale."""


@dataclass(frozen=True, slots=True)
class Hovered:
    """A cluster under the pointer: its middle on the unit square, how many photos, the first of them."""

    x: float
    y: float
    count: int
    ids: Ids

    @property
    def place(self) -> tuple[float, float, int]:
        """What tells it from others."""
        return self.x, self.y, self.count


class _Found:
    """Clusters of a view, the smallest first, and their pictures so far."""

    def __init__(self, view: View, level: int, clusters: Clusters) -> None:
        order = np.argsort(clusters.counts, kind="stable")  # the largest are painted last, over the others
        self.view, self.level, self.clusters = view, level, clusters
        self.order = order
        self.x, self.y, self.counts = clusters.x[order], clusters.y[order], clusters.counts[order]
        self.halves = np.where(self.counts > 1, MANY_SIDE, ONE_SIDE) / 2
        self.shown: list[int] = clusters.shown[order].tolist()
        self.pixmaps: list[QPixmap | None] = [None] * len(order)
        self.is_fresh = np.zeros(len(order), np.bool_)
        self.lacks = np.zeros(len(order), np.bool_)
        """Of which the thumbnail is not there."""

    def on_widget(self, camera: Camera) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where they are in the widget, in whole points."""
        shift = shift_to(self.view, camera.view())
        return np.round((self.x + shift) * camera.world) - camera.left, np.round(self.y * camera.world) - camera.top

    def once(self, camera: Camera) -> NDArray[np.bool_]:
        """Which of them are painted: where the view is wider than the world, each photo is shown once all the same."""
        view = camera.view()
        if view.right - view.left <= 1:
            return np.ones(len(self.x), np.bool_)
        away = self.x + shift_to(self.view, view) - (view.left + view.right) / 2
        return (away > -0.5) & (away <= 0.5)


class MapClusters:
    """Give it points (`show`), then paint. `wanted` and `late` tell of the last frame."""

    def __init__(self, tiles: MapTiles, thumbnail: Callable[[int], QPixmap | None]) -> None:
        self.points = Points(np.empty(0, np.int64), np.empty(0), np.empty(0))
        self.wanted: list[int] = []
        """Photos in view whose thumbnails are not there, the most urgent first."""
        self._tiles = tiles
        self._thumbnail = thumbnail
        self._marks = Marks()
        self._found: _Found | None = None
        self._asked: tuple[View, int] | None = None
        self._generation = self._state = 0
        self._look: tuple[Theme, float] | None = None

    @property
    def late(self) -> bool:
        """Whether the last frame had no time to make all pictures."""
        return self._marks.late

    @property
    def state(self) -> int:
        """Another number when other clusters are shown."""
        return self._state

    def show(self, points: Points) -> None:
        """Other photos."""
        self.points = points
        self._found = self._asked = None
        self._generation += 1
        self._state += 1

    def thumbnails_changed(self) -> None:
        """Thumbnails came, or others took their place."""
        if self._found is not None:
            self._found.is_fresh[:] = False

    def paint(self, painter: QPainter, camera: Camera, look: Theme, scale: float) -> None:
        """Paint those in view."""
        self.wanted = []
        self._marks.begin()
        if self._look != (look, scale):
            self._look = (look, scale)
            self._marks.clear()
            self.thumbnails_changed()
        found = self._for(camera)
        if found is None:
            return
        x, y = found.on_widget(camera)
        reach = MANY_SIDE / 2 + BADGE_OUT
        across = found.once(camera) & (x > -reach) & (x < camera.size.width() + reach)
        seen = np.flatnonzero(across & (y > -reach) & (y < camera.size.height() + reach))
        for number in seen[~found.is_fresh[seen]][::-1].tolist():
            if not self._marks.late or found.pixmaps[number] is None:
                self._picture(found, number, look, scale)
        lefts, tops = ((axis - found.halves - BADGE_OUT)[seen].astype(np.int64).tolist() for axis in (x, y))
        for number, left, top in zip(seen.tolist(), lefts, tops, strict=True):
            pixmap = found.pixmaps[number]
            if pixmap is not None:
                painter.drawPixmap(left, top, pixmap)
        lacking = seen[found.lacks[seen]][::-1]  # the largest last painted, first loaded
        self.wanted = [found.shown[number] for number in lacking.tolist()]

    def edges(self, camera: Camera) -> NDArray[np.float64]:
        """Where they all are in the widget and around it: left, top, right, bottom of each, (n, 4)."""
        if self._found is None:
            return np.empty((0, 4))
        (x, y), halves = self._found.on_widget(camera), self._found.halves
        return np.stack([x - halves, y - halves, x + halves, y + halves], axis=1)[self._found.once(camera)]

    def at(self, camera: Camera, point: QPointF) -> int | None:
        """Which cluster is under a point of the widget; a number for `hovered`, `ids`, `count` and `shown`."""
        if self._found is None or not self._found.shown:
            return None
        x, y = self._found.on_widget(camera)
        apart = np.maximum(np.abs(x - point.x()), np.abs(y - point.y()))
        apart[~self._found.once(camera)] = np.inf
        nearest = int(np.argmin(apart))
        return nearest if apart[nearest] <= MANY_SIDE / 2 else None

    def hovered(self, number: int) -> Hovered:
        """What is to be told of a cluster."""
        assert self._found is not None
        found = self._found
        return Hovered(
            float(found.x[number]), float(found.y[number]), int(found.counts[number]), self.ids(number, HOVERED_AT_MOST)
        )

    def ids(self, number: int, limit: int | None = None) -> Ids:
        """The photos of a cluster, at most `limit`."""
        assert self._found is not None
        return self.points.ids_in(self._found.clusters.ranges[int(self._found.order[number])], limit)

    def _for(self, camera: Camera) -> _Found | None:
        """The clusters to paint. What fits better is asked for; only where nothing can stand in it is waited for."""
        if not len(self.points):
            return None
        level, view = min(24, max(1, int(camera.zoom + _SQUARES))), camera.view(MANY_SIDE)
        found = self._found
        if found is None or abs(found.level - level) > _STAND_IN or not _meets(found.view, view):
            found = self._found = _Found(view, level, self.points.clusters(view, level))
            self._asked = None
            self._generation += 1
            self._state += 1
        longer = max(camera.size.width(), camera.size.height())
        if found.level != level or not holds(found.view, camera.view(_AHEAD * longer)):
            self._ask(camera, level, _WIDE * longer)
        return found

    def _ask(self, camera: Camera, level: int, margin: float) -> None:
        """Have the clusters of more than is in view found on the worker."""
        if self._asked is not None and self._asked[1] == level and holds(self._asked[0], camera.view(MANY_SIDE)):
            return
        wide, points = camera.view(margin), self.points
        self._asked = (wide, level)
        self._generation += 1
        generation = self._generation

        def find() -> Callable[[], object]:
            if generation != self._generation:
                return lambda: None
            found = _Found(wide, level, points.clusters(wide, level))
            return lambda: self._take(generation, found)

        self._tiles.run(find)

    def _take(self, generation: int, found: _Found) -> None:
        if generation == self._generation:
            self._found, self._asked = found, None
            self._state += 1

    def _picture(self, found: _Found, number: int, look: Theme, scale: float) -> None:
        """Make the picture of a cluster, or take an empty frame if this frame's time for that is over."""
        thumbnail = self._thumbnail(found.shown[number])
        count = int(found.counts[number])
        made, is_right = self._marks.get(found.shown[number], count, thumbnail, look, scale)
        found.pixmaps[number] = made if is_right or found.pixmaps[number] is None else found.pixmaps[number]
        found.is_fresh[number] = is_right
        found.lacks[number] = thumbnail is None


def _meets(one: View, other: View) -> bool:
    """Whether two views share anything; the world goes round."""
    shift = shift_to(other, one)
    across = one.left < other.right + shift and other.left + shift < one.right
    return across and one.top < other.bottom and other.top < one.bottom
