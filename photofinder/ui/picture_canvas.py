"""A photo on the screen: fit, zoom at the cursor, pan, turn. The original is never changed."""

import itertools
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QImage,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QSizePolicy, QWidget

from photofinder.library.pictures import ScreenPixels, rendered
from photofinder.ui import theme
from photofinder.ui.latest import LatestWorker
from photofinder.ui.navigator import Navigator
from photofinder.ui.picture_frame import Frame, Quality, as_image
from photofinder.ui.picture_geometry import Point, View
from photofinder.ui.picture_notice import PictureNotice

_STEP = 1.25
_NOTCH = 120  # a wheel's click, as Qt counts
_ARROW_PX = 80
_SETTLE_MS = 40
"""After the last movement; until then the photo is drawn quickly, then as well as can be."""
_LINGER_MS = 150
"""How long the photo before stays while there is nothing of the new one, so that leafing does not flicker."""

_keys = itertools.count()


@dataclass(frozen=True, slots=True)
class _Rendering:
    """The visible part as well as can be; `pixels` is the memory of `image`."""

    frame: Frame
    view: View
    pixels: ScreenPixels
    image: QImage
    at: QPoint


def _render(frame: Frame, view: View) -> _Rendering:
    """On the renderer's thread."""
    shown = view.shown()
    level = frame.level(view.width_px * view.zoom)
    across, down = level.shape[1] / view.width_px, level.shape[0] / view.height_px
    left, top, right, bottom = view.source(shown)
    size = (shown[3], shown[2]) if view.turn % 2 else (shown[2], shown[3])
    pixels = rendered(level, (left * across, top * down, right * across, bottom * down), size, view.turn)
    return _Rendering(frame, view, pixels, as_image(pixels), QPoint(shown[0], shown[1]))


class PictureCanvas(QWidget):
    """Shows one photo. Window's thread; scaling is done by `renderer`, which several canvases may share.

    Signals:
        view_changed(): zoom, place or turn are others now
        moved_by_hand(): the same, but only where the user did it here
    """

    view_changed = Signal()
    moved_by_hand = Signal()

    def __init__(self, renderer: LatestWorker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = next(_keys)
        self._renderer = renderer
        self._frame: Frame | None = None
        self._view: View | None = None
        self._before: View | None = None
        self._rendering: _Rendering | None = None
        self._dragged_from: QPointF | None = None
        self.notice = PictureNotice(self)
        self._navigator = Navigator(self)
        self._navigator.place_chosen.connect(self._go_to)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self._render_now)
        self._linger = QTimer(self, singleShot=True, interval=_LINGER_MS)
        self._linger.timeout.connect(self._drop_rendering)
        renderer.done.connect(self._take_rendering)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.grabGesture(Qt.GestureType.PinchGesture)

    # --- what is shown

    @property
    def view(self) -> View | None:
        """How the photo lies now; None while its size is not known."""
        return self._view

    @property
    def frame(self) -> Frame | None:
        """What is painted from."""
        return self._frame

    @property
    def drawn_well(self) -> bool:
        """Whether the final rendering of this frame and view is there."""
        rendering = self._rendering
        return rendering is not None and rendering.frame is self._frame and rendering.view == self._view

    def show_photo(self, frame: Frame | None) -> None:
        """Show another photo, or its place while nothing of it is there. One of the same size keeps zoom and place."""
        self.notice.hide()
        self._linger.start()
        self._before, self._frame = self._view or self._before, None
        self._view = self._navigator_view(None)
        if frame is not None:
            self.show_frame(frame)
        self._update_cursor()
        self.view_changed.emit()

    def show_frame(self, frame: Frame) -> None:
        """Show a (better) frame of the photo, where it is."""
        first = self._frame is None
        if first:
            self._view = self._first_view(frame)
            self.view_changed.emit()
        self._frame = frame
        self._navigator.show_frame(frame, self._view)
        self._update_cursor()
        if frame.quality is Quality.THUMBNAIL:
            self._settle.start()  # most previews come before that, and spare the work
        else:
            self._render_now()

    def clear(self) -> None:
        """Show nothing, and hold no picture in memory."""
        self.show_photo(None)
        self._settle.stop()
        self._linger.stop()
        self._renderer.forget(self._key)
        self._drop_rendering()

    def show_notice(self, title: str, text: str = "") -> None:
        """Say something about the photo: in its place if there is nothing to see of it, else at its foot."""
        if self._frame is None:
            self._drop_rendering()
        self.notice.say(title, text, in_middle=self._frame is None)

    def _first_view(self, frame: Frame) -> View:
        size = self._device_size()
        before = self._before
        if before is not None and (before.width_px, before.height_px) == (frame.width_px, frame.height_px):
            return before.rotated(-before.turn).resized(size.width(), size.height())
        return View(frame.width_px, frame.height_px, size.width(), size.height()).fitted()

    # --- moving about

    def fit(self) -> None:
        """The whole photo."""
        if self._view is not None:
            self._move(self._view.fitted())

    def zoom_to(self, zoom: float, around: Point | None = None) -> None:
        """Device pixels per photo pixel; `around` is a device point that keeps its place."""
        if self._view is not None:
            self._move(self._view.zoomed(zoom, around))

    def zoom_by(self, factor: float, around: Point | None = None) -> None:
        """Larger (above 1) or smaller."""
        if self._view is not None:
            self.zoom_to(self._view.zoom * factor, around)

    def toggle_zoom(self, around: Point | None = None) -> None:
        """Between the whole photo and 100 %."""
        if self._view is not None:
            self._move(self._view.zoomed(1.0, around) if self._view.is_fit else self._view.fitted())

    def rotate(self, quarters: int = 1) -> None:
        """Turn what is shown, clockwise."""
        if self._view is not None:
            self._move(self._view.rotated(quarters))

    def follow(self, share_x: float, share_y: float, zoom: float) -> None:
        """Show the place at these shares (0 to 1) of the turned photo in the middle. Counts as not by hand."""
        if self._view is not None:
            self._set_view(self._view.centred(share_x, share_y, zoom))

    def _move(self, view: View) -> None:
        if view != self._view:
            self._set_view(view)
            self.moved_by_hand.emit()

    def _set_view(self, view: View) -> None:
        self._view = self._navigator_view(view)
        self._settle.start()
        self._update_cursor()
        self.update()
        self.view_changed.emit()

    def _navigator_view(self, view: View | None) -> View | None:
        self._navigator.show_view(view)
        return view

    @Slot(float, float)
    def _go_to(self, share_x: float, share_y: float) -> None:
        if self._view is not None:
            self._move(self._view.centred(share_x, share_y, self._view.zoom))

    def _device_size(self) -> QSize:
        ratio = self.devicePixelRatioF()
        return QSize(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    def _device(self, position: QPointF) -> Point:
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def _update_cursor(self) -> None:
        movable = self._view is not None and any(self._view.overflows)
        if self._dragged_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            self.setCursor(Qt.CursorShape.OpenHandCursor if movable else Qt.CursorShape.ArrowCursor)

    # --- painting

    @Slot()
    def _render_now(self) -> None:
        self._settle.stop()
        frame, view = self._frame, self._view
        if frame is None or view is None or not all(view.shown()[2:]):
            return
        self._renderer.run(self._key, lambda: _render(frame, view))

    @Slot(object, object)
    def _take_rendering(self, key: object, rendering: object) -> None:
        if key == self._key and isinstance(rendering, _Rendering) and rendering.frame is self._frame:
            self._linger.stop()
            self._rendering = rendering
            self.update()

    @Slot()
    def _drop_rendering(self) -> None:
        self._rendering = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's: the final rendering if it is there, else quickly what there is."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.current().ground)
        ratio = self.devicePixelRatioF()
        painter.scale(1 / ratio, 1 / ratio)
        rendering = self._rendering
        leafing = self._linger.isActive()
        settled = rendering is not None and (rendering.view == self._view or leafing)
        if rendering is not None and settled:
            painter.drawImage(rendering.at, rendering.image)
        elif self._frame is not None and self._view is not None:
            self._draw_quickly(painter, self._frame, self._view)
        painter.end()

    @staticmethod
    def _draw_quickly(painter: QPainter, frame: Frame, view: View) -> None:
        level = frame.level(view.width_px * view.zoom)
        painter.translate(view.viewport_width_px / 2, view.viewport_height_px / 2)
        painter.scale(view.zoom, view.zoom)
        painter.translate(-view.x, -view.y)
        painter.translate(view.turned_width_px / 2, view.turned_height_px / 2)
        painter.rotate(90 * view.turn)
        painter.translate(-view.width_px / 2, -view.height_px / 2)
        painter.drawImage(QRectF(0, 0, view.width_px, view.height_px), as_image(level))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's: keep fitted what was fitted, and in the middle what was there."""
        super().resizeEvent(event)
        self._settle_in()

    def _settle_in(self) -> None:
        self.notice.settle()
        self._navigator.settle()
        if self._view is not None:
            size = self._device_size()
            self._view = self._navigator_view(self._view.resized(size.width(), size.height()))
            self._settle.start()
            self._update_cursor()
            self.view_changed.emit()

    # --- hands

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt's: a wheel zooms where the cursor is, two fingers on a touchpad pan (or zoom with Ctrl)."""
        touchpad = event.device() is not None and event.device().type() is QInputDevice.DeviceType.TouchPad
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if touchpad and not ctrl and self._view is not None and any(self._view.overflows):
            delta = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
            self._move(self._view.panned(*self._device(QPointF(delta))))
        elif event.angleDelta().y():
            self.zoom_by(_STEP ** (event.angleDelta().y() / _NOTCH), self._device(event.position()))
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Qt's: pinching, on touchpads and on screens; and moving to a screen with other pixels."""
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._settle_in()
        if isinstance(event, QNativeGestureEvent) and event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom_by(1 + event.value(), self._device(event.position()))
            return True
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                middle = self.mapFromGlobal(pinch.centerPoint().toPoint())
                self.zoom_by(pinch.scaleFactor(), self._device(QPointF(middle)))
                return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's: take hold of the photo."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._dragged_from = event.position()
            self._update_cursor()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt's: drag it."""
        if self._dragged_from is not None and self._view is not None:
            by = event.position() - self._dragged_from
            self._dragged_from = event.position()
            self._move(self._view.panned(*self._device(by)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt's: let go."""
        self._dragged_from = None
        self._update_cursor()
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt's: between the whole photo and 100 % where the cursor is."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.toggle_zoom(self._device(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's: + and - zoom; arrows pan where the photo is larger than its place, else they are the parent's."""
        view, key = self._view, event.key()
        direction = _ARROWS.get(Qt.Key(key))
        if view is not None and key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self.zoom_by(_STEP)
        elif view is not None and key == Qt.Key.Key_Minus:
            self.zoom_by(1 / _STEP)
        elif view is not None and direction is not None and view.overflows[0 if direction[0] else 1]:
            self._move(view.panned(direction[0] * _ARROW_PX, direction[1] * _ARROW_PX))
        else:
            event.ignore()


_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
