"""The map: a plain widget that paints tiles, names, clusters of photos and pins. Offline; window's thread."""

import enum
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from photofinder.core.clusters import Clusters, Points, View
from photofinder.core.mercator import EARTH_KM, unproject
from photofinder.library import places
from photofinder.ui import map_labels, theme
from photofinder.ui.map_geometry import FIRST_STEP, LAST_STEP, SIDES, Camera, tile_side, tile_zoom, world_points
from photofinder.ui.map_ground import DARK, LIGHT, Tile
from photofinder.ui.map_labels import PaintedLabel
from photofinder.ui.map_marks import BADGE_OUT, MANY_SIDE, ONE_SIDE, Marks, draw_pin
from photofinder.ui.map_tiles import Ground, MapTiles

Ids = NDArray[np.int64]

GLIDE_S = 0.14
"""From one zoom to the next."""
HOVERED_AT_MOST = 60
PINS_AT_MOST = 400
_SQUARES = 1.6
"""Clusters come from squares of 84 to 169 points."""
_STRIP, _STRIP_SIDE = 6, 64
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
        self._labels: list[PaintedLabel] = []
        self._labelled: tuple[View, float, bool] | None = None
        self._labels_generation = 0
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
        self._paint_tiles(painter, dark=look.is_dark)
        marks = self._paint_clusters(painter, view, look)
        self._paint_labels(painter, view, marks, dark=look.is_dark)
        self._paint_pins(painter, view, look)
        self._paint_drawing(painter, look)
        self._paint_hovered(painter, look)
        self._paint_attribution(painter, look)

    def _paint_tiles(self, painter: QPainter, *, dark: bool) -> None:
        zoom, scale = tile_zoom(self.step), self.devicePixelRatioF()
        count, side = 1 << zoom, self.camera.world / (1 << zoom)
        first, last = (int((self.camera.left + across) // side) for across in (0, self.width()))
        above = max(0, int(self.camera.top // side))
        below = min(count - 1, int((self.camera.top + self.height()) // side))
        if self.camera.top < 0 or self.camera.top + self.height() > self.camera.world:
            painter.fillRect(self.rect(), (DARK if dark else LIGHT).sea)
        wanted: list[tuple[float, Tile]] = []
        exact = self._glide_from is None
        middle = QRectF(self.rect()).center()
        for row in range(above, below + 1):
            for column in range(first, last + 1):
                at = QPointF(column * side - self.camera.left, row * side - self.camera.top)
                tile = Tile(zoom, column % count, row, round(tile_side(self.step) * scale), scale, dark)
                pixmap = self.tiles.get(tile)
                if pixmap is not None and exact:
                    painter.drawPixmap(at, pixmap)
                else:
                    self._paint_instead(painter, QRectF(at.x(), at.y(), side, side), tile, pixmap)
                away = (at - middle + QPointF(side / 2, side / 2)).manhattanLength()
                wanted.append((away, tile))
        wanted.sort(key=lambda pair: pair[0])
        whole = Tile(0, 0, 0, round(SIDES[0] * scale), scale, dark)  # stands in for all others until they are there
        self.tiles.want(list(dict.fromkeys([whole, *(tile for _, tile in wanted)])))

    def _paint_instead(self, painter: QPainter, target: QRectF, tile: Tile, pixmap: QPixmap | None) -> None:
        """A tile in another size, or part of a coarser one, until the right one is there; at least the sea."""
        if pixmap is not None:
            painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
            return
        for up in range(tile.zoom + 1):
            for side in SIDES:
                zoom, column, row = tile.zoom - up, tile.column >> up, tile.row >> up
                found = self.tiles.get(Tile(zoom, column, row, round(side * tile.scale), tile.scale, tile.dark))
                if found is not None:
                    part = found.width() / (1 << up)
                    x, y = (tile.column & ((1 << up) - 1)) * part, (tile.row & ((1 << up) - 1)) * part
                    painter.drawPixmap(target, found, QRectF(x, y, part, part))
                    return
        painter.fillRect(target, (DARK if tile.dark else LIGHT).sea)

    def _paint_labels(self, painter: QPainter, view: View, marks: NDArray[np.float64], *, dark: bool) -> None:
        self._want_labels(view, dark=dark)
        boxes = list[QRectF]()
        for label in self._labels:
            x = view.left + (label.x - view.left + 0.25) % 1 - 0.25
            boxes.append(label.box.translated(self.camera.on_widget(x, label.y)))
        edges = _edges(boxes)
        named = set[int]()
        for number, (label, box, met) in enumerate(zip(self._labels, boxes, _meeting(edges, marks), strict=True)):
            if met.any():  # a name under photos is written below them, one for each
                mark = int(np.argmax(met))
                if mark in named:
                    continue
                left, _, right, bottom = marks[mark].tolist()
                box.moveTopLeft(QPointF((left + right - box.width()) / 2, bottom + 1))
                others = np.concatenate([marks, np.delete(edges, number, axis=0)])
                if _meeting(_edges([box]), others).any():
                    continue
                named.add(mark)
            painter.drawPixmap(box.topLeft(), label.pixmap)

    def _want_labels(self, view: View, *, dark: bool) -> None:
        zoom = float(np.log2(world_points(self.step) / 256))
        known = self._labelled
        fresh = known is not None and known[1:] == (zoom, dark) and _holds(known[0], view)
        if not fresh and self._glide_from is None:
            wide = self.camera.view(0.4 * max(self.width(), self.height()))
            self._labelled = (wide, zoom, dark)
            self._labels_generation += 1
            generation, font, scale = self._labels_generation, self.font(), self.devicePixelRatioF()

            def make() -> Callable[[], object]:
                if generation != self._labels_generation:
                    return lambda: None
                labels = map_labels.placed(wide, zoom, scale, font, dark=dark)
                return lambda: self._take_labels(generation, labels)

            self.tiles.run(make)

    def _take_labels(self, generation: int, labels: list[map_labels.Label]) -> None:
        if generation == self._labels_generation:
            self._labels = [PaintedLabel.of(label) for label in labels]

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
            hovered = self._hovered[3][:_STRIP].tolist()
            wanted = [*wanted, *(one for one in hovered[::-1] if self._thumbnail(one) is None)]
        if self._marks.late:
            QTimer.singleShot(0, self, self.update)
        wanted.reverse()  # the largest last painted, first loaded
        if wanted and wanted != self._wanted and self._glide_from is None:
            self._wanted = wanted
            self.thumbnails_wanted.emit(wanted)
        return np.stack([x - halves, y - halves, x + halves, y + halves], axis=1)

    def _paint_pins(self, painter: QPainter, view: View, look: theme.Theme) -> None:
        x, y = self._pins
        if not len(x):
            return
        across = view.left + (x - view.left) % 1
        seen = np.flatnonzero((across <= view.right) & (y >= view.top) & (y <= view.bottom))
        spots = np.round(np.stack([across[seen], y[seen]], axis=1) * self.camera.world / 6)
        _, first = np.unique(spots, axis=0, return_index=True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number in seen[first[:PINS_AT_MOST]].tolist():
            draw_pin(painter, self.camera.on_widget(float(across[number]), float(y[number])), look)

    def _paint_drawing(self, painter: QPainter, look: theme.Theme) -> None:
        if self._drawing is Tool.MOVE or self._pressed is None or not self._corners:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inside = QColor(look.accent)
        inside.setAlpha(40)
        painter.setPen(QPen(look.accent, 1.6))
        painter.setBrush(inside)
        if self._drawing is Tool.BOX:
            painter.drawRect(QRectF(self._pressed, self._corners[-1]).normalized())
        else:
            painter.drawPolygon(QPolygonF([self._pressed, *self._corners]))

    def _paint_hovered(self, painter: QPainter, look: theme.Theme) -> None:
        """The first thumbnails of the cluster under the pointer, in a strip above it."""
        if self._hovered is None or self._pressed is not None:
            return
        x, y, count, ids = self._hovered
        if count < 2:
            return
        shown = ids[:_STRIP].tolist()
        wide, tall = len(shown) * (_STRIP_SIDE + 4) + 8, _STRIP_SIDE + 30
        at = self.camera.on_widget(x, y)
        left = min(max(6.0, at.x() - wide / 2), self.width() - wide - 6.0)
        top = at.y() - tall - MANY_SIDE / 2 - 8
        if top < 6:
            top = at.y() + MANY_SIDE / 2 + 8
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(QPen(look.line, 1))
        painter.setBrush(look.panel)
        painter.drawRoundedRect(QRectF(left, top, wide, tall), 7, 7)
        for number, photo_id in enumerate(shown):
            box = QRectF(left + 6 + number * (_STRIP_SIDE + 4), top + 6, _STRIP_SIDE, _STRIP_SIDE)
            thumbnail = self._thumbnail(photo_id)
            if thumbnail is None:
                painter.fillRect(box, look.line)
            else:
                painter.drawPixmap(box, thumbnail, QRectF(thumbnail.rect()))
        painter.setPen(look.text)
        text = QRectF(left + 8, top + _STRIP_SIDE + 8, wide - 16, 18)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, f"{count:,} photos")

    def _paint_attribution(self, painter: QPainter, look: theme.Theme) -> None:
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        wide = painter.fontMetrics().horizontalAdvance(self.attribution) + 10
        box = QRectF(self.width() - wide, self.height() - 16, wide, 16)
        veil = QColor(look.panel)
        veil.setAlpha(170)
        painter.fillRect(box, veil)
        painter.setPen(look.text_dim)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.attribution)
        self._paint_scale(painter, look)

    def _paint_scale(self, painter: QPainter, look: theme.Theme) -> None:
        """How long a kilometre is in the middle of the view."""
        lat, _ = _degrees(self.camera.x, self.camera.y)
        km_per_point = 2 * np.pi * EARTH_KM * np.cos(np.radians(lat)) / self.camera.world
        longest = 110 * km_per_point
        size = 10.0 ** np.floor(np.log10(longest))
        km = float(size * max(step for step in (1, 2, 5) if step * size <= longest))
        text = f"{km:,.0f} km" if km >= 1 else f"{km * 1000:,.0f} m"
        left, right, foot = 12.0, 12.0 + km / km_per_point, self.height() - 10.0
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(QPen(look.text_dim, 1))
        painter.drawPolyline(
            [QPointF(left, foot - 4), QPointF(left, foot), QPointF(right, foot), QPointF(right, foot - 4)]
        )
        painter.drawText(QPointF(left + 4, foot - 4), text)

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


def _holds(outer: View, inner: View) -> bool:
    shift = round(outer.left + (outer.right - outer.left) / 2 - inner.left - (inner.right - inner.left) / 2)
    return (
        outer.left <= inner.left + shift
        and inner.right + shift <= outer.right
        and outer.top <= inner.top
        and inner.bottom <= outer.bottom
    )


def _edges(boxes: list[QRectF]) -> NDArray[np.float64]:
    return np.array([(box.left(), box.top(), box.right(), box.bottom()) for box in boxes]).reshape(-1, 4)


def _meeting(some: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of some boxes (left, top, right, bottom) meet which others, (some, others)."""
    one, two = some[:, None], others[None]
    across = (one[..., 0] < two[..., 2]) & (one[..., 2] > two[..., 0])
    return across & (one[..., 1] < two[..., 3]) & (one[..., 3] > two[..., 1])


def _degrees(x: float, y: float) -> tuple[float, float]:
    lat, lon = unproject(np.array(x), np.array(y))
    return float(lat), float(lon)
