"""Names on the map: made on the worker for a wide view, painted around the photos. Window's thread."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QPainter

from photofinder.core.clusters import View
from photofinder.ui import map_labels
from photofinder.ui.map_boxes import edges_of, holds, meeting
from photofinder.ui.map_geometry import Camera
from photofinder.ui.map_labels import PaintedLabel
from photofinder.ui.map_tiles import MapTiles


class MapNames:
    """Keeps the names of where the map was last looked at."""

    def __init__(self, tiles: MapTiles) -> None:
        self._tiles = tiles
        self._labels: list[PaintedLabel] = []
        self._labelled: tuple[View, float, bool] | None = None
        self._generation = 0

    def paint(self, painter: QPainter, camera: Camera, view: View, marks: NDArray[np.float64]) -> None:
        """Paint them, but not on photos, whose places are `marks`: left, top, right, bottom of each, (n, 4)."""
        boxes = list[QRectF]()
        for label in self._labels:
            x = view.left + (label.x - view.left + 0.25) % 1 - 0.25
            boxes.append(label.box.translated(camera.on_widget(x, label.y)))
        edges = edges_of(boxes)
        named = set[int]()
        for number, (label, box, met) in enumerate(zip(self._labels, boxes, meeting(edges, marks), strict=True)):
            if met.any():  # a name under photos is written below them, one for each
                mark = int(np.argmax(met))
                if mark in named:
                    continue
                left, _, right, bottom = marks[mark].tolist()
                box.moveTopLeft(QPointF((left + right - box.width()) / 2, bottom + 1))
                others = np.concatenate([marks, np.delete(edges, number, axis=0)])
                if meeting(edges_of([box]), others).any():
                    continue
                named.add(mark)
            painter.drawPixmap(box.topLeft(), label.pixmap)

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
            labels = map_labels.placed(wide, zoom, scale, font, dark=dark)
            return lambda: self._take(generation, labels)

        self._tiles.run(make)

    def _take(self, generation: int, labels: list[map_labels.Label]) -> None:
        if generation == self._generation:
            self._labels = [PaintedLabel.of(label) for label in labels]
