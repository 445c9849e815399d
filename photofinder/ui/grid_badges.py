"""The small marks in the corners of a thumbnail: readable on any photo, and not louder than it."""

import enum
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from photofinder.core.types import Label

HEIGHT_PX = 17
_ICON_PX = 11
_PAD_PX = 4
SHADE = QColor(12, 12, 12, 178)
_INK = QColor(245, 245, 245)


LABEL_COLOURS = {
    Label.RED: QColor("#d0574f"),
    Label.YELLOW: QColor("#d8b23f"),
    Label.GREEN: QColor("#63a55c"),
    Label.BLUE: QColor("#5a8cc4"),
}
"""Muted: they say which photos belong together, and must not be louder than any of them."""


class Icon(enum.Enum):
    """What a badge can show beside its text."""

    NONE = enum.auto()
    STAR = enum.auto()
    PICKED = enum.auto()
    REJECTED = enum.auto()
    PLACE = enum.auto()
    LIVE = enum.auto()
    LIVE_ALONE = enum.auto()
    STACK = enum.auto()
    AWAY = enum.auto()
    MISSING = enum.auto()


@lru_cache(maxsize=512)
def badge(icon: Icon, text: str, star_rgb: int, ratio: float, family: str) -> QPixmap:
    """A badge as a pixmap for a screen of this pixel ratio. For the window's thread."""
    font = QFont(family)
    font.setPixelSize(10)
    font.setWeight(QFont.Weight.DemiBold)
    icon_px = 0 if icon is Icon.NONE else _ICON_PX
    text_px = QFontMetricsF(font).horizontalAdvance(text) if text else 0.0
    gap_px = 2.0 if icon_px and text else 0.0
    width_px = round(2 * _PAD_PX + icon_px + gap_px + text_px)
    pixmap = QPixmap(round(width_px * ratio), round(HEIGHT_PX * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SHADE)
    painter.drawRoundedRect(QRectF(0, 0, width_px, HEIGHT_PX), 4, 4)
    if icon_px:
        ink = QColor(star_rgb) if icon is Icon.STAR else _INK
        draw_icon(painter, icon, QRectF(_PAD_PX, (HEIGHT_PX - icon_px) / 2, icon_px, icon_px), ink)
    painter.setPen(_INK)
    painter.setFont(font)
    painter.drawText(QRectF(_PAD_PX + icon_px + gap_px, 0, text_px + 2, HEIGHT_PX), Qt.AlignmentFlag.AlignVCenter, text)
    painter.end()
    return pixmap


def draw_icon(painter: QPainter, icon: Icon, place: QRectF, ink: QColor) -> None:
    """Draw an icon, designed on 12 x 12, into a place."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(place.topLeft())
    painter.scale(place.width() / 12, place.height() / 12)
    filled, lines = _shape(icon)
    painter.fillPath(filled, ink)
    pen = QPen(ink, 1.3)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(lines, pen)
    painter.restore()


@lru_cache(maxsize=16)
def _shape(icon: Icon) -> tuple[QPainterPath, QPainterPath]:
    """What is filled and what is stroked."""
    filled, lines = QPainterPath(), QPainterPath()
    filled.setFillRule(Qt.FillRule.OddEvenFill)
    if icon is Icon.STAR:
        points = [(6, 0.4), (7.7, 4.1), (11.7, 4.5), (8.7, 7.2), (9.6, 11.2), (6, 9.1), (2.4, 11.2), (3.3, 7.2)]
        filled.addPolygon(QPolygonF([QPointF(x, y) for x, y in [*points, (0.3, 4.5), (4.3, 4.1)]]))
        filled.closeSubpath()
    elif icon is Icon.PICKED:
        lines.moveTo(2.6, 11.4)
        lines.lineTo(2.6, 1.2)
        filled.addPolygon(QPolygonF([QPointF(x, y) for x, y in ((2.6, 0.9), (11, 0.9), (8.8, 3.9), (11, 6.9))]))
        filled.lineTo(2.6, 6.9)
        filled.closeSubpath()
    elif icon is Icon.REJECTED:
        for start, end in (((2.5, 2.5), (9.5, 9.5)), ((9.5, 2.5), (2.5, 9.5))):
            lines.moveTo(*start)
            lines.lineTo(*end)
    elif icon is Icon.PLACE:
        filled.moveTo(6, 11.8)
        filled.cubicTo(3.6, 8.6, 2.2, 6.6, 2.2, 4.4)
        filled.cubicTo(2.2, -1.0, 9.8, -1.0, 9.8, 4.4)
        filled.cubicTo(9.8, 6.6, 8.4, 8.6, 6, 11.8)
        filled.addEllipse(QPointF(6, 4.4), 1.5, 1.5)
    elif icon in {Icon.LIVE, Icon.LIVE_ALONE}:
        filled.addEllipse(QPointF(6, 6), 1.4, 1.4)
        lines.addEllipse(QPointF(6, 6), 3.2, 3.2)
        lines.addEllipse(QPointF(6, 6), 5.3, 5.3)
        if icon is Icon.LIVE_ALONE:  # struck through: its video is not there
            lines.moveTo(1.2, 10.8)
            lines.lineTo(10.8, 1.2)
    elif icon is Icon.STACK:
        lines.addRoundedRect(QRectF(1, 3.8, 7.2, 7.2), 1.2, 1.2)
        lines.moveTo(4, 1)
        lines.lineTo(9.8, 1)
        lines.quadTo(11, 1, 11, 2.2)
        lines.lineTo(11, 8)
    elif icon is Icon.AWAY:
        filled.addPolygon(QPolygonF([QPointF(6, 1.2), QPointF(10.8, 7), QPointF(1.2, 7)]))
        filled.addRect(QRectF(1.2, 8.8, 9.6, 1.9))
    elif icon is Icon.MISSING:
        lines.moveTo(6, 1.2)
        lines.lineTo(11.2, 10.6)
        lines.lineTo(0.8, 10.6)
        lines.closeSubpath()
        lines.moveTo(6, 4.8)
        lines.lineTo(6, 7.2)
        filled.addEllipse(QPointF(6, 9), 0.75, 0.75)
    return filled, lines
