"""The small map of a photo that is zoomed into: which part is in view, and a way to another."""

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from photofinder.ui import theme
from photofinder.ui.picture_frame import Frame, as_image
from photofinder.ui.picture_geometry import View

_LONG_PX = 160
_MARGIN_PX = 16
_SHADE = QColor(0, 0, 0, 130)


class Navigator(QWidget):
    """Lies in its parent's lower right corner while not all of the photo is in view. Window's thread.

    Signals:
        place_chosen(share_x, share_y): the user pointed at this place of the turned photo, 0 to 1
    """

    place_chosen = Signal(float, float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._within = parent
        self._view: View | None = None
        self._small: QImage | None = None
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.hide()

    def show_frame(self, frame: Frame, view: View | None) -> None:
        """Take the picture from a frame."""
        # The smallest level: a millisecond, so the window's thread may do it.
        size = QSize(_LONG_PX, _LONG_PX) * self.devicePixelRatioF()
        kind = Qt.TransformationMode.SmoothTransformation
        self._small = as_image(frame.levels[-1]).scaled(size, Qt.AspectRatioMode.KeepAspectRatio, kind)
        self.show_view(view)
        self.update()

    def show_view(self, view: View | None) -> None:
        """Mark another part; hides where all of the photo is in view. Without a view the picture goes too."""
        self._view = view
        if view is None:
            self._small = None
        if view is None or self._small is None or not any(view.overflows):
            self.hide()
            return
        self.settle()
        self.show()
        self.update()

    def settle(self) -> None:
        """Find size and place in the parent anew."""
        if self._view is None:
            return
        width, height = self._view.turned_width_px, self._view.turned_height_px
        scale = _LONG_PX / max(width, height)
        # A panorama's must not be too thin to be pointed at.
        size = QSize(max(24, round(width * scale)), max(24, round(height * scale)))
        place = QRect(QPoint(), size)
        place.moveBottomRight(self._within.rect().bottomRight() - QPoint(_MARGIN_PX, _MARGIN_PX))
        self.setGeometry(place)

    def _visible_part(self, view: View) -> QRectF:
        corners = (view.at((0, 0)), view.at((view.viewport_width_px, view.viewport_height_px)))
        (left, top), (right, bottom) = (
            (x / view.turned_width_px * self.width(), y / view.turned_height_px * self.height()) for x, y in corners
        )
        return QRectF(QPointF(left, top), QPointF(right, bottom)) & QRectF(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's: the photo, dimmed but for the part in view."""
        view, small = self._view, self._small
        if view is None or small is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.save()
        painter.translate(self.width() / 2, self.height() / 2)
        painter.rotate(90 * view.turn)
        across, down = (self.height(), self.width()) if view.turn % 2 else (self.width(), self.height())
        painter.drawImage(QRectF(-across / 2, -down / 2, across, down), small)
        painter.restore()
        part = self._visible_part(view)
        outside = QRectF(self.rect())
        painter.setClipping(True)
        for rectangle in (
            QRectF(outside.left(), outside.top(), outside.width(), part.top()),
            QRectF(outside.left(), part.bottom(), outside.width(), outside.bottom() - part.bottom()),
            QRectF(outside.left(), part.top(), part.left(), part.height()),
            QRectF(part.right(), part.top(), outside.right() - part.right(), part.height()),
        ):
            painter.fillRect(rectangle, _SHADE)
        painter.setPen(QPen(theme.current().accent, 1.5))
        painter.drawRect(part.adjusted(0.75, 0.75, -0.75, -0.75))
        painter.setPen(QPen(theme.current().line, 1))
        painter.drawRect(outside.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's: go there."""
        self._point_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt's: go there."""
        self._point_at(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt's: not the canvas's affair."""
        self._point_at(event.position())

    def _point_at(self, position: QPointF) -> None:
        self.place_chosen.emit(position.x() / self.width(), position.y() / self.height())
