"""How bright a photo is, and in which colours: counted on a worker, painted here."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from photofinder.library.pictures import ScreenPixels
from photofinder.ui import theme

_HEIGHT_PX = 96
_COLOURS = (QColor(226, 84, 76), QColor(92, 186, 98), QColor(84, 132, 226))
_CLIPPED_SHARE = 0.005
"""Of all pixels at either end: that much is worth a mark."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many pixels there are of each value: `counts` has shape (4, 256) for red, green, blue, luminance.

    Counted on a preview, so that it tells about the photo as shown (sRGB, 8 bits). Immutable; any thread.
    """

    counts: NDArray[np.int64] = field(repr=False)

    @property
    def clipped(self) -> tuple[float, float]:
        """The shares of pixels whose darkest channel is 0, and whose brightest is 255; the worst channel's."""
        total = max(1, int(self.counts[3].sum()))
        return float(self.counts[:3, 0].max()) / total, float(self.counts[:3, 255].max()) / total


def count(pixels: ScreenPixels) -> Histogram:
    """Count a picture's values. Any thread; about 10 ms for a preview. Luminance is Rec. 709's, of encoded values."""
    blue, green, red = (pixels[:, :, channel].ravel() for channel in range(3))
    luminance = np.zeros(red.shape, np.uint32)
    for channel, weight in ((red, 13933), (green, 46871), (blue, 4732)):  # of 65,536
        luminance += channel.astype(np.uint32) * np.uint32(weight)
    values = (red, green, blue, (luminance + 32768) >> 16)
    return Histogram(np.stack([np.bincount(each, minlength=256)[:256] for each in values]).astype(np.int64))


class HistogramView(QWidget):
    """Paints a histogram; empty without one. Window's thread."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._histogram: Histogram | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Histogram"))

    def sizeHint(self) -> QSize:
        """Qt's: one pixel for each value."""
        return QSize(256, _HEIGHT_PX)

    @property
    def histogram(self) -> Histogram | None:
        """What is painted."""
        return self._histogram

    def show_histogram(self, histogram: Histogram | None) -> None:
        """Paint another; None for nothing yet."""
        self._histogram = histogram
        if histogram is not None:
            dark, bright = histogram.clipped
            self.setToolTip(self.tr("Black: {0} of the pixels, white: {1}").format(f"{dark:.1%}", f"{bright:.1%}"))
        else:
            self.setToolTip("")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's: the colours over one another, luminance as a line."""
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(now.line, 1))
        painter.setBrush(now.ground)
        painter.drawRoundedRect(place, 4, 4)
        if self._histogram is not None:
            self._paint_curves(painter, place.adjusted(1, 4, -1, -1), self._histogram, now)
        painter.end()

    @staticmethod
    def _paint_curves(painter: QPainter, place: QRectF, histogram: Histogram, now: theme.Theme) -> None:
        # The ends may tower over all else (a black background); they must not flatten the rest.
        inner = histogram.counts[:, 1:255]
        top = max(1.0, float(inner.max()))
        heights = np.minimum(np.sqrt(histogram.counts / top), 1.0)
        xs = place.left() + np.arange(256) / 255 * place.width()
        adding = QPainter.CompositionMode.CompositionMode_Screen
        painter.setCompositionMode(adding if now.is_dark else QPainter.CompositionMode.CompositionMode_Multiply)
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, height in zip(_COLOURS, heights[:3], strict=True):
            outline = _points(xs, place.bottom() - height * place.height())
            fill = QColor(colour)
            fill.setAlpha(150)
            painter.setBrush(fill)
            painter.drawPolygon(QPolygonF([place.bottomLeft(), *outline, place.bottomRight()]))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setPen(QPen(now.text, 1))
        painter.drawPolyline(QPolygonF(_points(xs, place.bottom() - heights[3] * place.height())))
        for share, x in zip(histogram.clipped, (place.left() + 5, place.right() - 5), strict=True):
            if share > _CLIPPED_SHARE:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(now.warning)
                painter.drawEllipse(QPointF(x, place.top() + 3), 2.5, 2.5)


def _points(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> list[QPointF]:
    return [QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]
