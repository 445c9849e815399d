"""Names on the map: made on the worker for a wide view, placed around the photos, painted. Window's thread."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QFont, QPainter

from photofinder.core.clusters import View
from photofinder.ui import map_labels
from photofinder.ui.map_boxes import holds, meeting, nearest
from photofinder.ui.map_clusters import MapClusters
from photofinder.ui.map_geometry import Camera
from photofinder.ui.map_labels import PaintedLabel
from photofinder.ui.map_tiles import MapTiles

Floats = NDArray[np.float64]


class MapNames:
    """Keeps the names of where the map was last looked at, and where they went around the photos."""

    def __init__(self, tiles: MapTiles) -> None:
        self._tiles = tiles
        self._labels: list[PaintedLabel] = []
        self._labelled: tuple[View, float, bool] | None = None
        self._generation = self._taken = 0
        # Where names are painted: a place on the unit square, and how far from it in points.
        self._around: tuple[float, ...] | None = None
        self._boxes: tuple[Floats, Floats, Floats, Floats] = _nowhere()
        self._x, self._y, self._offsets, self._sizes = _nowhere()
        self._placed: list[PaintedLabel] = []

    def paint(self, painter: QPainter, camera: Camera, clusters: MapClusters, *, exact: bool) -> None:
        """Paint them, but not on photos. Not `exact`, the map glides: they are not placed anew."""
        around = (self._taken, clusters.state, camera.world)
        if exact and around != self._around:
            self._around = around
            self._place(around, camera, clusters)
        if not self._placed:
            return
        view, size = camera.view(), camera.size
        lefts = np.round(nearest(view, self._x) * camera.world) - camera.left + self._offsets[:, 0]
        tops = np.round(self._y * camera.world) - camera.top + self._offsets[:, 1]
        across = (lefts > -self._sizes[:, 0]) & (lefts < size.width())
        seen = np.flatnonzero(across & (tops > -self._sizes[:, 1]) & (tops < size.height()))
        places = (axis[seen].astype(np.int64).tolist() for axis in (lefts, tops))
        for number, left, top in zip(seen.tolist(), *places, strict=True):
            painter.drawPixmap(left, top, self._placed[number].pixmap)

    def _place(self, around: tuple[float, ...], camera: Camera, clusters: MapClusters) -> None:
        """Have it found out, on the worker, where they go around the photos. Until then they stay where they are."""
        labels, marks = self._labels, clusters.edges(camera)
        x, y, offsets, sizes = self._boxes

        def place() -> Callable[[], object]:
            if around != self._around:
                return lambda: None
            at_x, at_y = nearest(camera.view(), x) * camera.world - camera.left, y * camera.world - camera.top
            numbers, free = beside(np.stack([at_x, at_y], axis=1), offsets, sizes, marks)
            chosen = [labels[number] for number in numbers.tolist()]
            return lambda: self._take_places(around, chosen, (x[numbers], y[numbers], np.round(free), sizes[numbers]))

        self._tiles.run(place)

    def _take_places(
        self, around: tuple[float, ...], chosen: list[PaintedLabel], boxes: tuple[Floats, Floats, Floats, Floats]
    ) -> None:
        if around == self._around:
            self._placed = chosen
            self._x, self._y, self._offsets, self._sizes = boxes

    def want(self, camera: Camera, zoom: float, scale: float, font: QFont, *, dark: bool) -> None:
        """Have the names made for what is in view at a zoom (Web Mercator's), if they are not there."""
        known = self._labelled
        if known is not None and known[1:] == (zoom, dark) and holds(known[0], camera.view()):
            return
        wide = camera.view(0.4 * max(camera.size.width(), camera.size.height()))
        self._labelled = (wide, zoom, dark)
        self._generation += 1
        generation = self._generation

        def make() -> Callable[[], object]:
            if generation != self._generation:
                return lambda: None
            labels = map_labels.placed(wide, zoom, scale, font, dark=dark, breathe=self._tiles.breathe)
            return lambda: self._take(generation, labels)

        self._tiles.run(make)

    def _take(self, generation: int, labels: list[map_labels.Label]) -> None:
        if generation == self._generation:
            self._taken = generation
            self._labels = [PaintedLabel.of(label) for label in labels]
            rows = [(each.x, each.y, each.box) for each in self._labels]
            numbers = [(x, y, box.left(), box.top(), box.width(), box.height()) for x, y, box in rows]
            columns = np.array(numbers, np.float64).reshape(-1, 6)
            self._boxes = (columns[:, 0], columns[:, 1], columns[:, 2:4], columns[:, 4:6])


def beside(at: Floats, offsets: Floats, sizes: Floats, marks: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Which names, at points (n, 2) with offsets and sizes of their boxes, do not lie on marks (m, 4); their offsets.

    Of the names under a mark, one goes below or beside it. Pure numbers; any thread.
    """
    edges = np.concatenate([at + offsets, at + offsets + sizes], axis=1)
    on_marks = meeting(edges, marks)
    kept = np.logical_not(on_marks.any(axis=1)).reshape(-1)
    under = np.flatnonzero(~kept)
    edges[under] = np.nan  # what is not painted is in nobody's way
    offsets = offsets.copy()
    mark = on_marks[under].argmax(axis=1) if len(under) else under
    for where in _around(marks[mark], sizes[under]):
        boxes = np.concatenate([where, where + sizes[under]], axis=1)
        free = ~(kept[under] | meeting(boxes, edges).any(axis=1) | meeting(boxes, marks).any(axis=1))
        free &= ~np.isin(mark, mark[kept[under]])  # one for each
        _, first = np.unique(mark[free], return_index=True)
        moved = np.flatnonzero(free)[first]
        moved = moved[~np.tril(meeting(boxes[moved], boxes[moved]), -1).any(axis=1)]
        kept[under[moved]] = True
        edges[under[moved]] = boxes[moved]
        offsets[under[moved]] = where[moved] - at[under[moved]]
    numbers = np.flatnonzero(kept)
    return numbers, offsets[numbers]


def _around(marks: Floats, sizes: Floats) -> list[Floats]:
    """Corners, (n, 2), for boxes of these sizes below, to the right and to the left of marks, (n, 4)."""
    left, top, right, bottom = marks.T
    wide, tall = sizes.T
    below = np.stack([np.round((left + right - wide) / 2), bottom + 1], axis=1)
    middle = np.round((top + bottom - tall) / 2)
    return [below, np.stack([right + 1, middle], axis=1), np.stack([left - 1 - np.ceil(wide), middle], axis=1)]


def _nowhere() -> tuple[Floats, Floats, Floats, Floats]:
    """Of no name: x and y on the unit square, offsets (n, 2) and sizes (n, 2) in points."""
    return np.empty(0), np.empty(0), np.empty((0, 2)), np.empty((0, 2))
