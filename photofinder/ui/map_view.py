"""The map in the user's hands: moving, drawing a box or lasso, pointing at photos. Window's thread."""

import enum
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPixmap, QWheelEvent
from PySide6.QtWidgets import QWidget

from photofinder.core.clusters import Points
from photofinder.core.mercator import unproject
from photofinder.core.outline import simplified, with_short_sides
from photofinder.ui import theme
from photofinder.ui.map_boxes import nearest
from photofinder.ui.map_canvas import MapCanvas
from photofinder.ui.map_clusters import Hovered
from photofinder.ui.map_geometry import SIDES
from photofinder.ui.map_overlays import STRIP, paint_drawing, paint_strip

_KEY_STEP = 90
_DRAG_FROM = 4
_LASSO_AWAY, _LASSO_CORNERS = 1.5, 40
"""How far what is kept of a lasso may lie from what was drawn, in points; its corners."""


class Tool(enum.Enum):
    """What dragging does."""

    MOVE = "move"
    BOX = "box"
    LASSO = "lasso"


class MapView(MapCanvas):
    """Shows photos on a map. Close it with `close_map`.

    Wheel, plus and minus zoom, dragging and arrows move, Home shows all; shift and dragging draws a box, control and
    dragging a lasso.
    """

    box_drawn = Signal(float, float, float, float)
    """West, south, east, north, in degrees; west is greater than east across the 180th meridian."""
    lasso_drawn = Signal(object)
    """list of (latitude, longitude): few corners, each less than half of the world from the next."""
    cluster_hovered = Signal(object)
    """The first photos of the cluster under the pointer, int64[n]; empty when there is none any more."""
    cluster_chosen = Signal(object)
    """The photos of a cluster that was clicked, int64[n]."""
    photo_activated = Signal(int)
    """A single photo was double-clicked."""

    def __init__(self, thumbnail: Callable[[int], QPixmap | None], parent: QWidget | None = None) -> None:
        super().__init__(thumbnail, parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.tool = Tool.MOVE
        self._hovered: Hovered | None = None
        self._pressed: QPointF | None = None
        self._dragged_to: QPointF | None = None
        self._drawing = Tool.MOVE
        self._corners: list[QPointF] = []
        self._wheel_left = 0.0

    def show_sorted(self, points: Points) -> None:
        """Show these photos. The first ones, and until the user moves the map, are brought into view."""
        super().show_sorted(points)
        self._set_hovered(None)

    # --- painting

    def _paint_above(self, painter: QPainter, look: theme.Theme) -> None:
        """A box or lasso that is being drawn; the photos of the cluster under the pointer."""
        if self._drawing is not Tool.MOVE and self._pressed is not None and self._corners:
            paint_drawing(painter, self._pressed, self._corners, look, box=self._drawing is Tool.BOX)
        hovered = self._hovered
        if hovered is not None and self._pressed is None and hovered.count > 1:
            x = float(nearest(self.camera.view(), np.array(hovered.x)))
            at, shown = self.camera.on_widget(x, hovered.y), hovered.ids[:STRIP].tolist()
            paint_strip(painter, at, QSizeF(self.size()), shown, hovered.count, self._thumbnail, look)

    def _wanted_above(self) -> list[int]:
        """The photos of the cluster under the pointer."""
        hovered = [] if self._hovered is None else self._hovered.ids[:STRIP].tolist()
        return [one for one in hovered if self._thumbnail(one) is None]

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
                self.move_by(by.x(), by.y())
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
            self._finish_lasso([pressed, *corners])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Zoom in, or open a single photo."""
        number = self.clusters.at(self.camera, event.position())
        if number is None:
            self.zoom_by(len(SIDES), event.position())
            return
        hovered = self.clusters.hovered(number)
        if hovered.count == 1:
            self.photo_activated.emit(int(hovered.ids[0]))
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
            self.move_by(*pushes[Qt.Key(key)])
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

    def _stop_drawing(self) -> None:
        self._pressed = self._dragged_to = None
        self._corners = []
        self.update()

    def _click(self, at: QPointF) -> None:
        number = self.clusters.at(self.camera, at)
        if number is not None:
            self.cluster_chosen.emit(self.clusters.ids(number))

    def _finish_box(self, box: QRectF) -> None:
        left, top = self.camera.on_world(box.topLeft())
        right, bottom = self.camera.on_world(box.bottomRight())
        (north, west), (south, east) = _degrees(left, top), _degrees(right, bottom)
        self.box_drawn.emit(west, south, east, north)

    def _finish_lasso(self, points: list[QPointF]) -> None:
        corners = simplified(np.array([(point.x(), point.y()) for point in points]), _LASSO_AWAY, _LASSO_CORNERS)
        on_world = np.array([self.camera.on_world(QPointF(*corner)) for corner in corners.tolist()])
        if len(on_world) > 2:
            self.lasso_drawn.emit([_degrees(*place) for place in with_short_sides(on_world).tolist()])

    def _hover(self, at: QPointF) -> None:
        number = self.clusters.at(self.camera, at)
        self.setCursor(Qt.CursorShape.ArrowCursor if number is None else Qt.CursorShape.PointingHandCursor)
        self._set_hovered(None if number is None else self.clusters.hovered(number))

    def _set_hovered(self, found: Hovered | None) -> None:
        before, self._hovered = self._hovered, found
        if before is None and found is None:
            return
        if before is None or found is None or before.place != found.place:
            self.cluster_hovered.emit(np.empty(0, np.int64) if found is None else found.ids)
            self.update()


def _degrees(x: float, y: float) -> tuple[float, float]:
    lat, lon = unproject(np.array(x), np.array(y))
    return float(lat), float(lon)
