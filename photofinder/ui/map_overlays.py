"""What lies over the map: a box or line being drawn, the strip of a cluster, sources and scale. Window's thread."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from photofinder.core.mercator import EARTH_KM, unproject
from photofinder.ui import theme
from photofinder.ui.map_boxes import nearest
from photofinder.ui.map_geometry import Camera
from photofinder.ui.map_marks import MANY_SIDE, draw_pin

PINS_AT_MOST = 400
_PIN_REACH = 24
STRIP, _STRIP_SIDE = 6, 64
"""Thumbnails in the strip of a cluster, and their side."""


def paint_pins(
    painter: QPainter,
    camera: Camera,
    places: tuple[NDArray[np.float64], NDArray[np.float64]],
    look: theme.Theme,
) -> None:
    """Pins at places on the unit square (x, y), one where several would cover each other."""
    x, y = places
    if not len(x):
        return
    view = camera.view(_PIN_REACH)
    across = nearest(view, x)
    seen = np.flatnonzero((across <= view.right) & (y >= view.top) & (y <= view.bottom))
    spots = np.round(np.stack([across[seen], y[seen]], axis=1) * camera.world / 6)
    _, first = np.unique(spots, axis=0, return_index=True)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number in seen[first[:PINS_AT_MOST]].tolist():
        draw_pin(painter, camera.on_widget(float(across[number]), float(y[number])), look)


def paint_drawing(
    painter: QPainter, pressed: QPointF, corners: Sequence[QPointF], look: theme.Theme, *, box: bool
) -> None:
    """A box from where was pressed to the last corner, or a line along all of them."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    inside = QColor(look.accent)
    inside.setAlpha(40)
    painter.setPen(QPen(look.accent, 1.6))
    painter.setBrush(inside)
    if box:
        painter.drawRect(QRectF(pressed, corners[-1]).normalized())
    else:
        painter.drawPolygon(QPolygonF([pressed, *corners]))


def paint_strip(
    painter: QPainter,
    at: QPointF,
    size: QSizeF,
    shown: Sequence[int],
    count: int,
    thumbnail: Callable[[int], QPixmap | None],
    look: theme.Theme,
) -> None:
    """The first thumbnails of the cluster of `count` photos at a point, in a strip above it."""
    wide, tall = len(shown) * (_STRIP_SIDE + 4) + 8, _STRIP_SIDE + 30
    left = min(max(6.0, at.x() - wide / 2), size.width() - wide - 6.0)
    top = at.y() - tall - MANY_SIDE / 2 - 8
    if top < 6:
        top = at.y() + MANY_SIDE / 2 + 8
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.setPen(QPen(look.line, 1))
    painter.setBrush(look.panel)
    painter.drawRoundedRect(QRectF(left, top, wide, tall), 7, 7)
    for number, photo_id in enumerate(shown):
        box = QRectF(left + 6 + number * (_STRIP_SIDE + 4), top + 6, _STRIP_SIDE, _STRIP_SIDE)
        pixmap = thumbnail(photo_id)
        if pixmap is None:
            painter.fillRect(box, look.line)
        else:
            painter.drawPixmap(box, pixmap, QRectF(pixmap.rect()))
    painter.setPen(look.text)
    text = QRectF(left + 8, top + _STRIP_SIDE + 8, wide - 16, 18)
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, f"{count:,} photos")


def paint_sources(painter: QPainter, size: QSizeF, attribution: str, look: theme.Theme) -> None:
    """Whom the map comes from, in the lower right corner. Leaves its small font set."""
    font = painter.font()
    font.setPixelSize(10)
    painter.setFont(font)
    wide = painter.fontMetrics().horizontalAdvance(attribution) + 10
    box = QRectF(size.width() - wide, size.height() - 16, wide, 16)
    veil = QColor(look.panel)
    veil.setAlpha(170)
    painter.fillRect(box, veil)
    painter.setPen(look.text_dim)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, attribution)


def paint_scale(painter: QPainter, camera: Camera, look: theme.Theme) -> None:
    """How long a kilometre is in the middle of the view, in the lower left corner."""
    lat = float(unproject(np.array(camera.x), np.array(camera.y))[0])
    km_per_point = 2 * np.pi * EARTH_KM * np.cos(np.radians(lat)) / camera.world
    longest = 110 * km_per_point
    size = 10.0 ** np.floor(np.log10(longest))
    km = float(size * max(step for step in (1, 2, 5) if step * size <= longest))
    text = f"{km:,.0f} km" if km >= 1 else f"{km * 1000:,.0f} m"
    left, right, foot = 12.0, 12.0 + km / km_per_point, camera.size.height() - 10.0
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setPen(QPen(look.text_dim, 1))
    painter.drawPolyline([QPointF(left, foot - 4), QPointF(left, foot), QPointF(right, foot), QPointF(right, foot - 4)])
    painter.drawText(QPointF(left + 4, foot - 4), text)
