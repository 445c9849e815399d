"""The map as it is looked at: ground, photos, names, pins. Glides from zoom to zoom. Offline; window's thread."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from photofinder.core.clusters import Points, View
from photofinder.library import places
from photofinder.ui import theme
from photofinder.ui.map_clusters import MapClusters
from photofinder.ui.map_geometry import FIRST_STEP, LAST_STEP, SIDES, Camera, world_points
from photofinder.ui.map_names import MapNames
from photofinder.ui.map_overlays import paint_pins, paint_scale, paint_sources
from photofinder.ui.map_paving import Paving
from photofinder.ui.map_tiles import Ground, MapTiles

Ids = NDArray[np.int64]

GLIDE_S = 0.14
"""From one zoom to the next."""
_FIT_MARGIN = 40


class MapCanvas(QWidget):
    """Shows photos on a map; close it with `close_map`. What hands do to it is in `MapView`."""

    thumbnails_wanted = Signal(object)
    """list of photo ids, most urgent first, whenever others are seen."""
    problem_met = Signal(object)
    """A PhotoFinderError: the map cannot be read."""

    def __init__(self, thumbnail: Callable[[int], QPixmap | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Map of photos")
        self.setMinimumSize(200, 150)
        self.tiles = MapTiles(self)
        self.tiles.landed.connect(self.update)
        self.tiles.problem_met.connect(self.problem_met)
        self.camera = Camera(0.5, 0.4, world_points(FIRST_STEP), QSizeF(self.size()))
        self.step = FIRST_STEP
        self.clusters = MapClusters(self.tiles, thumbnail)
        self.attribution = places.ATTRIBUTION
        self._thumbnail = thumbnail
        self._paving = Paving(self.tiles)
        self._names = MapNames(self.tiles)
        self._wanted: list[int] = []
        self._pins: tuple[NDArray[np.float64], NDArray[np.float64]] = (np.empty(0), np.empty(0))
        self._glide_from: tuple[float, Camera, QPointF] | None = None  # when, from where, around what
        self._glide = QTimer(self, interval=8)
        self._glide.timeout.connect(self._glide_on)
        self._moved_by_user = False
        self._named = True

    @property
    def points(self) -> Points:
        """The photos that are shown."""
        return self.clusters.points

    # --- what is shown

    def show_points(self, ids: Ids, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> None:
        """Show these photos. For many, sort them on another thread and hand them to `show_sorted`."""
        self.show_sorted(Points(ids, lat, lon))

    def show_sorted(self, points: Points) -> None:
        """Show these photos. The first ones, and until the user moves the map, are brought into view."""
        self.clusters.show(points)
        self._pins = (np.empty(0), np.empty(0))
        self.tiles.show_heat(points)
        if not self._moved_by_user:
            self.fit()
        self.update()

    def select(self, ids: Ids) -> None:
        """Put a pin where each of these photos was taken."""
        self._pins = self.points.places_of(ids)
        self.update()

    def fit(self) -> None:
        """Bring all photos into view."""
        extent = self.points.extent
        if extent is not None:
            self._look(*self.camera.around(extent, _FIT_MARGIN))
        else:
            self._look(Camera(0.5, 0.4, world_points(FIRST_STEP), QSizeF(self.size())).bounded(), FIRST_STEP)

    def show_view(self, view: View) -> None:
        """Bring a part of the world into view."""
        self._look(*self.camera.around(view, _FIT_MARGIN))

    def zoom_by(self, steps: int, around: QPointF | None = None) -> None:
        """Zoom in (out, if negative) by so many quarters of a zoom, gliding, around a point: the middle without one."""
        around = QRectF(self.rect()).center() if around is None else around
        step = min(max(self.step + steps, self._first_step()), LAST_STEP)
        if step == self.step:
            return
        self._moved_by_user = True
        self._glide_from = (time.perf_counter(), self.camera, around)
        self.step = step
        self._glide.start()

    def move_by(self, dx: float, dy: float) -> None:
        """Push the map by so many points."""
        self._moved_by_user = True
        if self._glide_from is not None:
            _, start, around = self._glide_from
            self._look(start.scaled(world_points(self.step), around), self.step)
        self.camera = self.camera.moved(dx, dy)
        self.update()

    def thumbnails_changed(self) -> None:
        """Thumbnails came."""
        self.clusters.thumbnails_changed()
        self.update()

    def use_ground(self, painting: Ground | None, attribution: str = "", *, named: bool = True) -> None:
        """Paint the tiles of a file, by `attribution`, and names over it if `named`; None: the built-in map."""
        self.attribution = " · ".join(part for part in (attribution, places.ATTRIBUTION) if part)
        self._named = named or painting is None
        self.tiles.use(painting)
        self.update()

    def close_map(self) -> bool:
        """End the worker; whether it ended in time."""
        self._glide.stop()
        return self.tiles.close()

    @property
    def gliding(self) -> bool:
        """Whether the map is on its way to another zoom."""
        return self._glide_from is not None

    def _first_step(self) -> int:
        """So far out that the world fills the widget's height or width, whichever comes first."""
        step = FIRST_STEP
        while world_points(step) < min(self.height(), self.width()) and step < 3 * len(SIDES):
            step += 1
        return step

    def _look(self, camera: Camera, step: int) -> None:
        self._glide.stop()
        self._glide_from = None
        first = self._first_step()
        self.step = max(step, first)
        if self.step != step:
            camera = Camera(camera.x, camera.y, world_points(self.step), camera.size).bounded()
        self.camera = camera
        self.update()

    @Slot()
    def _glide_on(self) -> None:
        if self._glide_from is None:
            self._glide.stop()
            return
        began, start, around = self._glide_from
        part = min(1.0, (time.perf_counter() - began) / GLIDE_S)
        aim = world_points(self.step)
        eased = 1 - (1 - part) ** 2
        # From where it began, each time: a camera stands on whole points, and from frame to frame that would add up.
        self.camera = start.scaled(aim if part >= 1 else start.world * (aim / start.world) ** eased, around)
        if part >= 1:
            self._glide.stop()
            self._glide_from = None
        self.update()

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a frame."""
        painter = QPainter(self)
        self.paint(painter)
        painter.end()

    def paint(self, painter: QPainter) -> None:
        """One frame."""
        with self.tiles.standing_aside():
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        look = theme.current()
        exact = self._glide_from is None
        scale = self.devicePixelRatioF()
        self._paving.paint(painter, self.camera, self.step, scale, dark=look.is_dark, exact=exact)
        self.clusters.paint(painter, self.camera, look, scale)
        if exact and self._named:
            zoom = float(np.log2(world_points(self.step) / 256))
            self._names.want(self.camera, zoom, scale, self.font(), dark=look.is_dark)
        if self._named:
            self._names.paint(painter, self.camera, self.clusters, exact=exact)
        paint_pins(painter, self.camera, self._pins, look)
        self._paint_above(painter, look)
        paint_sources(painter, QSizeF(self.size()), self.attribution, look)
        paint_scale(painter, self.camera, look)
        if self.clusters.late:
            QTimer.singleShot(0, self, self.update)
        wanted = [*self._wanted_above(), *self.clusters.wanted]
        if wanted and wanted != self._wanted and exact:
            self._wanted = wanted
            self.thumbnails_wanted.emit(wanted)

    def _paint_above(self, painter: QPainter, look: theme.Theme) -> None:
        """What lies over the map."""

    def _wanted_above(self) -> list[int]:
        """Photos whose thumbnails what lies over the map lacks, the most urgent first."""
        return []

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle, or all photos, in view."""
        self.camera = Camera(self.camera.x, self.camera.y, self.camera.world, QSizeF(event.size())).bounded()
        if self._moved_by_user:
            self._look(self.camera, self.step)
        else:
            self.fit()

    def changeEvent(self, event: QEvent) -> None:
        """Another look."""
        if event.type() is QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)
