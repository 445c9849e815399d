"""What the grid paints besides its photos: headings, the rubber band, and what to do where there is nothing."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from photofinder.ui import theme


def paint_heading(painter: QPainter, place: QRect, title: str, count: str, base: QFont) -> None:
    """A section's title, with the number of its photos at the right edge."""
    colours = theme.current()
    font = QFont(base)
    font.setPixelSize(14)
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(colours.text)
    line = place.adjusted(1, 8, -1, -4)
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
    font.setPixelSize(12)
    font.setWeight(QFont.Weight.Normal)
    painter.setFont(font)
    painter.setPen(colours.text_dim)
    painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)


def paint_empty(painter: QPainter, place: QRect, title: str, hint: str, base: QFont) -> None:
    """An empty grid: what is the matter, and below, what to do."""
    colours = theme.current()
    font = QFont(base)
    font.setPixelSize(18)
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(colours.text)
    inner = place.adjusted(40, 0, -40, 0)
    upper = QRect(inner.x(), inner.center().y() - 44, inner.width(), 36)
    painter.drawText(upper, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, title)
    font.setPixelSize(13)
    font.setWeight(QFont.Weight.Normal)
    painter.setFont(font)
    painter.setPen(colours.text_dim)
    lower = QRect(inner.x(), inner.center().y(), inner.width(), inner.height() // 2)
    painter.drawText(lower, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, hint)


def paint_band(painter: QPainter, place: QRect) -> None:
    """The rubber band."""
    accent = theme.current().accent
    painter.setPen(accent)
    painter.setBrush(QColor(accent.red(), accent.green(), accent.blue(), 36))
    painter.drawRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5))
