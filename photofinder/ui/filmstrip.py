"""A strip of thumbnails under a photo: any number of photos, the current one in the middle."""

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEasingCurve, QEvent, QRect, QRectF, QSize, Qt, QVariantAnimation, Signal, Slot
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from photofinder.core.errors import PhotoFinderError
from photofinder.library.library import Library
from photofinder.ui import theme
from photofinder.ui.picture_frame import Frame, Quality, as_image
from photofinder.ui.picture_loader import PictureLoader

_CELL_PX = 84
_GAP_PX = 6
_PITCH_PX = _CELL_PX + _GAP_PX
_MARGIN_PX = 8
_NEAR = 6
"""Thumbnails loaded beyond each edge."""
_CACHE_BYTES = 48 << 20
_GLIDE_MS = 140
_DIMMED = 0.72


class Filmstrip(QWidget):
    """Paints only what is in view, so that a million photos cost what twenty do. Window's thread.

    Signals:
        photo_chosen(position): the user pointed at the photo at this position of the sequence
    """

    photo_chosen = Signal(int)

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._position = 0
        self._centre = 0.0  # the position, fractions allowed, that is in the middle
        self._loader = PictureLoader(library, self, workers=1, cache_bytes=_CACHE_BYTES)
        self._loader.loaded.connect(self._take_thumbnail)
        self._loader.failed.connect(self._take_problem)
        self._glide = QVariantAnimation(self, duration=_GLIDE_MS, easingCurve=QEasingCurve(QEasingCurve.Type.OutCubic))
        self._glide.valueChanged.connect(self._glided)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Filmstrip"))

    def sizeHint(self) -> QSize:
        """Qt's: as wide as it gets, one thumbnail high."""
        return QSize(10 * _PITCH_PX, _CELL_PX + 2 * _MARGIN_PX)

    @property
    def position(self) -> int:
        """The current photo's place in the sequence."""
        return self._position

    def show_sequence(self, ids: NDArray[np.int64], position: int) -> None:
        """Show another sequence, shape (n,), one of them current. Jumps there."""
        self._ids = ids
        self._glide.stop()
        self._position = position
        self._go(float(position))

    def move_to(self, position: int) -> None:
        """Make another photo of the sequence the current one; near ones are glided to."""
        self._position = position
        if abs(position - self._centre) * _PITCH_PX > self.width() or not self.isVisible():
            self._glide.stop()
            self._go(float(position))
            return
        self._glide.stop()
        self._glide.setStartValue(self._centre)
        self._glide.setEndValue(float(position))
        self._glide.start()
        self._load()

    def thumbnail(self, photo_id: int) -> Frame | None:
        """A photo's thumbnail if it is at hand."""
        return self._loader.frame(photo_id, Quality.THUMBNAIL)

    def close_down(self) -> None:
        """End its thread."""
        self._glide.stop()
        self._loader.close()

    def forget(self) -> None:
        """Drop the thumbnails."""
        self._loader.forget()

    # --- geometry

    def _left(self, position: int) -> float:
        return self.width() / 2 - _CELL_PX / 2 + (position - self._centre) * _PITCH_PX

    def _in_view(self, centre: float, beyond: int = 0) -> range:
        half = self.width() / 2 / _PITCH_PX
        first = math.floor(centre - half - 0.5) - beyond
        last = math.ceil(centre + half + 0.5) + beyond
        return range(max(0, first), min(len(self._ids), last + 1))

    def _position_at(self, x: float) -> int | None:
        position = math.floor((x - self.width() / 2) / _PITCH_PX + self._centre + 0.5)
        return position if 0 <= position < len(self._ids) else None

    def _go(self, centre: float) -> None:
        self._centre = min(max(centre, 0.0), max(0.0, len(self._ids) - 1.0))
        self._load()
        self.update()

    @Slot(object)
    def _glided(self, centre: float) -> None:
        self._centre = centre
        self.update()

    # --- thumbnails

    def _load(self) -> None:
        target = self._glide.endValue() if self._glide.state() is QVariantAnimation.State.Running else self._centre
        outwards = sorted(self._in_view(target, _NEAR), key=lambda position: abs(position - target))
        self._loader.want((int(self._ids[position]), Quality.THUMBNAIL) for position in outwards)

    @Slot(object, object)
    def _take_thumbnail(self, _photo_id: int, _frame: Frame) -> None:
        self.update()

    @Slot(object, object, object)
    def _take_problem(self, _photo_id: int, _quality: Quality, _problem: PhotoFinderError) -> None:
        self.update()

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's: the cells in view."""
        now = theme.current()
        painter = QPainter(self)
        painter.fillRect(event.rect(), now.panel)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        # Few calls into Qt: each may have to wait for a worker to let go of Python's lock.
        painter.setOpacity(_DIMMED)
        for position in self._in_view(self._centre):
            if position != self._position:
                self._paint_cell(painter, position)
        painter.setOpacity(1.0)
        if self._position in self._in_view(self._centre):
            place = self._paint_cell(painter, self._position)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(now.accent, 2))
            painter.drawRoundedRect(place.adjusted(-2, -2, 2, 2), 3, 3)
        painter.fillRect(0, 0, self.width(), 1, now.line)
        painter.end()

    def _paint_cell(self, painter: QPainter, position: int) -> QRectF:
        """Paints one; returns its place."""
        photo_id = int(self._ids[position])
        x, y, size = self._left(position), float(_MARGIN_PX), float(_CELL_PX)
        frame = self._loader.frame(photo_id, Quality.THUMBNAIL)
        if frame is not None:
            scale = size / max(frame.width_px, frame.height_px)
            width, height = frame.width_px * scale, frame.height_px * scale
            place = QRectF(x + (size - width) / 2, y + (size - height) / 2, width, height)
            painter.drawImage(place, as_image(frame.level(width * self.devicePixelRatioF())))
            return place
        place = QRectF(x + 8, y + 8, size - 16, size - 16)
        painter.fillRect(place, theme.current().raised)
        if self._loader.problem(photo_id, Quality.THUMBNAIL) is not None:
            painter.setPen(theme.current().warning)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "!")
        return place

    def showEvent(self, event: QShowEvent) -> None:
        """Qt's: what was dropped meanwhile is wanted again."""
        super().showEvent(event)
        self._load()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's: more or fewer are in view."""
        super().resizeEvent(event)
        self._load()

    # --- hands

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt's: scroll the strip; the current photo stays the current one."""
        delta = event.angleDelta()
        self._glide.stop()
        self._go(self._centre - (delta.x() or delta.y()) / 120 * 2)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's: choose a photo."""
        position = self._position_at(event.position().x())
        if event.button() is Qt.MouseButton.LeftButton and position is not None:
            self.photo_chosen.emit(position)

    def event(self, event: QEvent) -> bool:
        """Qt's: a tip with the place in the sequence."""
        if isinstance(event, QHelpEvent) and (position := self._position_at(event.pos().x())) is not None:
            cell = QRect(round(self._left(position)), 0, _CELL_PX, self.height())
            text = self.tr("{0} of {1}").format(f"{position + 1:,}", f"{len(self._ids):,}")
            QToolTip.showText(event.globalPos(), text, self, cell)
            return True
        return super().event(event)
