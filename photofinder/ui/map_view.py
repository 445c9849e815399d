"""The map: a plain widget that paints tiles, names, clusters of photos and pins. Offline; window's thread."""

import enum
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from photofinder.core.clusters import Clusters, Points, View
from photofinder.core.mercator import unproject
from photofinder.library import places
from photofinder.ui import theme
from photofinder.ui.map_geometry import FIRST_STEP, LAST_STEP, SIDES, Camera, world_points
from photofinder.ui.map_marks import BADGE_OUT, MANY_SIDE, ONE_SIDE, Marks
from photofinder.ui.map_names import MapNames
from photofinder.ui.map_overlays import STRIP, paint_drawing, paint_pins, paint_scale, paint_sources, paint_strip
from photofinder.ui.map_paving import paint_tiles
from photofinder.ui.map_tiles import Ground, MapTiles

Ids = NDArray[np.int64]

GLIDE_S = 0.14
"""From one zoom to the next."""
HOVERED_AT_MOST = 60
_SQUARES = 1.6
"""Clusters come from squares of 84 to 169 points."""
_FIT_MARGIN = 60
_KEY_STEP = 90
_DRAG_FROM = 4


class Tool(enum.Enum):
    """What dragging does."""

    MOVE = "move"
    BOX = "box"
    LASSO = "lasso"


class MapView(QWidget):
    """Shows photos on a map. Close it with `close_map`.

    Wheel, plus and minus zoom, dragging and arrows move, Home shows all; shift and dragging draws a box, control and
    dragging a lasso.
    """

    box_drawn = Signal(float, float, float, float)
    """West, south, east, north, in degrees; west is greater than east across the 180th meridian."""
    lasso_drawn = Signal(object)
    """list of (latitude, longitude)."""
    area_chosen = Signal(object)
    """The photos in a box or lasso, int64[n]."""
    cluster_hovered = Signal(object)
    """The first photos of the cluster under the pointer, int64[n]; empty when there is none any more."""
    cluster_chosen = Signal(object)
    """The photos of a cluster that was clicked, int64[n]."""
    photo_activated = Signal(int)
    """A single photo was double-clicked."""
    thumbnails_wanted = Signal(object)
    """list of photo ids, most urgent first, whenever others are seen."""
    problem_met = Signal(object)
    """A PhotoFinderError: the map cannot be read."""

    def __init__(self, thumbnail: Callable[[int], QPixmap | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Map of photos")
        self.setMinimumSize(200, 150)
        self.tiles = MapTiles(self)
        self.tiles.landed.connect(self.update)
        self.tiles.problem_met.connect(self.problem_met)
        self.tool = Tool.MOVE
        self.points = Points(np.empty(0, np.int64), np.empty(0), np.empty(0))
        self.camera = Camera(0.5, 0.4, world_points(FIRST_STEP), QSizeF(self.size()))
        self.step = FIRST_STEP
        self._thumbnail = thumbnail
        self._marks = Marks()
        self._clusters: Clusters | None = None
        self._wanted: list[int] = []
        self._names = MapNames(self.tiles)
        self._pins: tuple[NDArray[np.float64], NDArray[np.float64]] = (np.empty(0), np.empty(0))
        self._hovered: tuple[float, float, int, Ids] | None = None
        self._pressed: QPointF | None = None
        self._dragged_to: QPointF | None = None
        self._drawing = Tool.MOVE
        self._corners: list[QPointF] = []
        self._glide_from: tuple[float, float, QPointF] | None = None  # when, from which world width, around what
        self._glide = QTimer(self, interval=8)
        self._glide.timeout.connect(self._glide_on)
        self._wheel_left = 0.0
        self._moved_by_user = False
        self.attribution = places.ATTRIBUTION

    # --- what is shown

    def show_points(self, ids: Ids, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> None:
        """Show these photos. For many, sort them on another thread and hand them to `show_sorted`."""
        self.show_sorted(Points(ids, lat, lon))

    def show_sorted(self, points: Points) -> None:
        """Show these photos. The first ones, and until the user moves the map, are brought into view."""
        self.points = points
        self._clusters = None
        self._pins = (np.empty(0), np.empty(0))
        self.tiles.show_heat(points)
        self._set_hovered(None)
        if not self._moved_by_user:
            self.fit()
        self.update()

    def select(self, ids: Ids) -> None:
        """Put a pin where each of these photos was taken."""
        self._pins = self.points.places_of(ids)
        self.update()

    def fit(self) -> None:
        """Bring all photos into view."""
        extent = self.points.extent()
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
        self._glide_from = (time.perf_counter(), self.camera.world, around)
        self.step = step
        self._glide.start()

    def thumbnails_changed(self) -> None:
        """Thumbnails came."""
        self.update()

    def use_ground(self, painting: Ground | None, attribution: str = places.ATTRIBUTION) -> None:
        """Paint other ground: the tiles of a file. None: the bundled map."""
        self.attribution = attribution
        self.tiles.use(painting)
        self.update()

    def close_map(self) -> bool:
        """End the worker; whether it ended in time."""
        self._glide.stop()
        return self.tiles.close()

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
        began, world, around = self._glide_from
        part = min(1.0, (time.perf_counter() - began) / GLIDE_S)
        aim = world_points(self.step)
        eased = 1 - (1 - part) ** 2
        self.camera = self.camera.scaled(aim if part >= 1 else world * (aim / world) ** eased, around)
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
        look = theme.current()
        view = self.camera.view()
        exact = self._glide_from is None
        scale = self.devicePixelRatioF()
        paint_tiles(painter, self.tiles, self.camera, self.step, scale, dark=look.is_dark, exact=exact)
        marks = self._paint_clusters(painter, view, look)
        if exact:
            zoom = float(np.log2(world_points(self.step) / 256))
            self._names.want(self.camera, zoom, scale, self.font(), dark=look.is_dark)
        self._names.paint(painter, self.camera, view, marks)
        paint_pins(painter, self.camera, view, self._pins, look)
        if self._drawing is not Tool.MOVE and self._pressed is not None and self._corners:
            paint_drawing(painter, self._pressed, self._corners, look, box=self._drawing is Tool.BOX)
        if self._hovered is not None and self._pressed is None and self._hovered[2] > 1:
            x, y, count, ids = self._hovered
            at, shown = self.camera.on_widget(x, y), ids[:STRIP].tolist()
            paint_strip(painter, at, QSizeF(self.size()), shown, count, self._thumbnail, look)
        paint_sources(painter, QSizeF(self.size()), self.attribution, look)
        paint_scale(painter, self.camera, look)

    def _paint_clusters(self, painter: QPainter, view: View, look: theme.Theme) -> NDArray[np.float64]:
        """Paint them; where they are: left, top, right, bottom of each, (n, 4)."""
        if not len(self.points):
            return np.empty((0, 4))
        level = min(24, max(1, int(self.camera.zoom + _SQUARES)))
        margin = MANY_SIDE / self.camera.world
        wide = View(view.left - margin, view.top - margin, view.right + margin, view.bottom + margin)
        clusters = self._clusters = self.points.clusters(wide, level)
        wanted, scale = list[int](), self.devicePixelRatioF()
        order = np.argsort(clusters.counts, kind="stable")  # the largest last, over the others
        counts = clusters.counts[order]
        x = np.round(clusters.x[order] * self.camera.world - self.camera.left)
        y = np.round(clusters.y[order] * self.camera.world - self.camera.top)
        halves = np.where(counts > 1, MANY_SIDE, ONE_SIDE) / 2
        corners = (axis - halves - BADGE_OUT for axis in (x, y))
        columns = (clusters.shown[order], counts, *corners)
        self._marks.begin()
        for shown, count, left, top in zip(*(column.tolist() for column in columns), strict=True):
            thumbnail = self._thumbnail(shown)
            if thumbnail is None:
                wanted.append(shown)
            painter.drawPixmap(int(left), int(top), self._marks.get(shown, count, thumbnail, look, scale))
        if self._hovered is not None:
            hovered = self._hovered[3][:STRIP].tolist()
            wanted = [*wanted, *(one for one in hovered[::-1] if self._thumbnail(one) is None)]
        if self._marks.late:
            QTimer.singleShot(0, self, self.update)
        wanted.reverse()  # the largest last painted, first loaded
        if wanted and wanted != self._wanted and self._glide_from is None:
            self._wanted = wanted
            self.thumbnails_wanted.emit(wanted)
        return np.stack([x - halves, y - halves, x + halves, y + halves], axis=1)

    # --- the user's hands

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the pointer."""
        self._wheel_left += event.angleDelta().y() / 120 * 2  # half a zoom for each notch; touchpads send parts of one
        steps = int(self._wheel_left)
        self._wheel_left -= steps
        if steps:
            self.zoom_by(steps, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to move or to draw."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        keys = event.modifiers()
        self._drawing = self.tool
        if keys & Qt.KeyboardModifier.ShiftModifier:
            self._drawing = Tool.BOX
        elif keys & Qt.KeyboardModifier.ControlModifier:
            self._drawing = Tool.LASSO
        self._pressed = self._dragged_to = event.position()
        self._corners = []

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move, draw, or look what is under the pointer."""
        at = event.position()
        if self._pressed is None or self._dragged_to is None:
            self._hover(at)
        elif self._drawing is Tool.MOVE:
            if self._corners or (at - self._pressed).manhattanLength() >= _DRAG_FROM:
                self._corners = [at]
                by = at - self._dragged_to
                self._push(by.x(), by.y())
                self._dragged_to = at
        else:
            self._corners.append(at)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose what was clicked or drawn around."""
        if event.button() is not Qt.MouseButton.LeftButton or self._pressed is None:
            return
        pressed, corners, drawing = self._pressed, self._corners, self._drawing
        self._stop_drawing()
        if not corners:
            self._click(pressed)
        elif drawing is Tool.BOX:
            self._finish_box(QRectF(pressed, corners[-1]).normalized())
        elif drawing is Tool.LASSO and len(corners) > 2:
            places_on_world = [self.camera.on_world(corner) for corner in (pressed, *corners)]
            self.lasso_drawn.emit([_degrees(*place) for place in places_on_world])
            self.area_chosen.emit(self.points.in_lasso(places_on_world))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Zoom in, or open a single photo."""
        number = self._cluster_at(event.position())
        if number is None or self._clusters is None:
            self.zoom_by(len(SIDES), event.position())
        elif self._clusters.counts[number] == 1:
            self.photo_activated.emit(int(self._clusters.shown[number]))
        else:
            self.zoom_by(2 * len(SIDES), event.position())

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        self._set_hovered(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, plus, minus, Home, Escape."""
        key = event.key()
        pushes = {
            Qt.Key.Key_Left: (_KEY_STEP, 0),
            Qt.Key.Key_Right: (-_KEY_STEP, 0),
            Qt.Key.Key_Up: (0, _KEY_STEP),
            Qt.Key.Key_Down: (0, -_KEY_STEP),
        }
        if key in pushes:
            self._push(*pushes[Qt.Key(key)])
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self.zoom_by(2)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(-2)
        elif key == Qt.Key.Key_Home:
            self._moved_by_user = False
            self.fit()
        elif key == Qt.Key.Key_Escape and self._pressed is not None:
            self._stop_drawing()
        else:
            super().keyPressEvent(event)

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
            self._marks.clear()
            self.update()
        super().changeEvent(event)

    def _push(self, dx: float, dy: float) -> None:
        self._moved_by_user = True
        if self._glide_from is not None:
            self._look(self.camera.scaled(world_points(self.step), self._glide_from[2]), self.step)
        self.camera = self.camera.moved(dx, dy)
        self.update()

    def _stop_drawing(self) -> None:
        self._pressed = self._dragged_to = None
        self._corners = []
        self.update()

    def _click(self, at: QPointF) -> None:
        number = self._cluster_at(at)
        if number is not None and self._clusters is not None:
            self.cluster_chosen.emit(self.points.ids_in(self._clusters.ranges[number]))

    def _finish_box(self, box: QRectF) -> None:
        left, top = self.camera.on_world(box.topLeft())
        right, bottom = self.camera.on_world(box.bottomRight())
        (north, west), (south, east) = _degrees(left, top), _degrees(right, bottom)
        self.box_drawn.emit(west, south, east, north)
        self.area_chosen.emit(self.points.in_view(View(left, top, right, bottom)))

    def _cluster_at(self, at: QPointF) -> int | None:
        if self._clusters is None or not len(self._clusters):
            return None
        dx = self._clusters.x * self.camera.world - self.camera.left - at.x()
        dy = self._clusters.y * self.camera.world - self.camera.top - at.y()
        apart = np.maximum(np.abs(dx), np.abs(dy))
        nearest = int(np.argmin(apart))
        return nearest if apart[nearest] <= MANY_SIDE / 2 else None

    def _hover(self, at: QPointF) -> None:
        number = self._cluster_at(at)
        self.setCursor(Qt.CursorShape.ArrowCursor if number is None else Qt.CursorShape.PointingHandCursor)
        if number is None or self._clusters is None:
            self._set_hovered(None)
            return
        ids = self.points.ids_in(self._clusters.ranges[number], HOVERED_AT_MOST)
        found = (float(self._clusters.x[number]), float(self._clusters.y[number]))
        self._set_hovered((*found, int(self._clusters.counts[number]), ids))

    def _set_hovered(self, found: tuple[float, float, int, Ids] | None) -> None:
        before, self._hovered = self._hovered, found
        if (before is None) != (found is None) or (before and found and before[:3] != found[:3]):
            self.cluster_hovered.emit(np.empty(0, np.int64) if found is None else found[3])
            self.update()


def _degrees(x: float, y: float) -> tuple[float, float]:
    lat, lon = unproject(np.array(x), np.array(y))
    return float(lat), float(lon)
