"""Names on the map: chosen and painted on the worker thread, so that none lies on another."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPixmap

from photofinder.core.clusters import View
from photofinder.library import places

COUNTRIES_FROM, COUNTRIES_TO = 1.5, 7.0
"""Zooms between which countries are named."""
MOST = 90
_CANDIDATES = 500
_GAP_PX = 5.0
_DOT_PX = 3.0


@dataclass(frozen=True)
class LabelColours:
    """Of names and what sets them off."""

    town: QColor
    country: QColor
    halo: QColor


DARK = LabelColours(QColor("#c9c9c9"), QColor("#8f9397"), QColor("#1c1e20"))
LIGHT = LabelColours(QColor("#3b3b3b"), QColor("#757575"), QColor("#fbfbf9"))


@dataclass(frozen=True, slots=True)
class Label:
    """A name: where its place is on the unit square, and its picture with that place's offset in it (points)."""

    x: float
    y: float
    text: str
    image: QImage
    offset: QPointF


@dataclass(frozen=True, slots=True)
class PaintedLabel:
    """A label ready for the window's thread."""

    x: float
    y: float
    pixmap: QPixmap
    offset: QPointF

    @property
    def box(self) -> QRectF:
        """Where it lies, its place being at 0, 0."""
        return QRectF(self.offset, self.pixmap.deviceIndependentSize())

    @classmethod
    def of(cls, label: Label) -> "PaintedLabel":
        """The label as a pixmap."""
        return cls(label.x, label.y, QPixmap.fromImage(label.image), label.offset)


def people_at_least(zoom: float) -> float:
    """Inhabitants from which on a town is named: 2,500,000 at zoom 4, 1,100 at zoom 10, where villages are sights."""
    return 10 ** (6.4 - 0.56 * (zoom - 4)) if zoom < 13 else 0.0


def placed(
    view: View,
    zoom: float,
    scale: float,
    font: QFont,
    *,
    dark: bool,
    breathe: Callable[[], object] = lambda: None,
) -> list[Label]:
    """The names of a view: countries, then towns, the largest first, each where it meets no other. Any thread.

    `zoom` in Web Mercator's steps of 256 points; `scale` is device pixels per point; `breathe` is called between names.
    """
    colours = DARK if dark else LIGHT
    taken = np.empty((0, 4))
    world = 256 * 2.0**zoom
    found = list[Label]()
    for x, y, text, is_country, is_capital in _candidates(view, zoom):
        breathe()
        shown = QFont(font)
        shown.setPointSizeF(font.pointSizeF() * (1.05 if is_country else 0.95))
        shown.setWeight(QFont.Weight.DemiBold if is_country or is_capital else QFont.Weight.Normal)
        if is_country:
            shown.setCapitalization(QFont.Capitalization.AllUppercase)
            shown.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 112)
        metrics = QFontMetricsF(shown)
        wide, tall = metrics.horizontalAdvance(text) + 6, metrics.height() + 2
        at = QPointF(x * world, y * world)
        corner = QPointF(-wide / 2, -tall / 2) if is_country else QPointF(_DOT_PX + 1, -tall / 2)
        left, top = at.x() + corner.x(), at.y() + corner.y()
        box = np.array([left - _GAP_PX, top - _GAP_PX, left + wide + _GAP_PX, top + tall + _GAP_PX])
        meets = (taken[:, 0] < box[2]) & (taken[:, 2] > box[0]) & (taken[:, 1] < box[3]) & (taken[:, 3] > box[1])
        if meets.any():
            continue
        taken = np.vstack([taken, box])
        image = _painted(text, shown, metrics, is_country, colours, scale)
        found.append(Label(x, y, text, image, QPointF(corner.x() - (0 if is_country else 2 * _DOT_PX + 1), corner.y())))
        if len(found) >= MOST:
            break
    return found


def _candidates(view: View, zoom: float) -> list[tuple[float, float, str, bool, bool]]:
    names = places.names()
    found = list[tuple[float, float, str, bool, bool]]()
    if COUNTRIES_FROM <= zoom < COUNTRIES_TO:
        least = 10 ** (7.6 - 0.55 * zoom)
        for x, y, people, text in names.countries:
            across = view.left + (x - view.left) % 1
            if people >= least and across <= view.right and view.top <= y <= view.bottom:
                found.append((across, y, text, True, False))
    if zoom >= 3.5:
        least = people_at_least(zoom)
        enough = (names.people >= least) | (names.capital & (names.people >= least / 12))
        across = view.left + (names.x - view.left) % 1
        inside = enough & (across <= view.right) & (names.y >= view.top) & (names.y <= view.bottom)
        table = places.gazetteer()
        for number in np.flatnonzero(inside)[:_CANDIDATES].tolist():
            text = table.name(int(names.rows[number]))
            found.append((float(across[number]), float(names.y[number]), text, False, bool(names.capital[number])))
    return found


def _painted(
    text: str, font: QFont, metrics: QFontMetricsF, is_country: bool, colours: LabelColours, scale: float
) -> QImage:
    shift = 0.0 if is_country else 2 * _DOT_PX + 1
    wide, tall = metrics.horizontalAdvance(text) + 6 + shift, metrics.height() + 2
    image = QImage(round(wide * scale), round(tall * scale), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    shown = text.upper() if is_country else text
    path.addText(QPointF(3 + shift, 1 + metrics.ascent()), font, shown)
    colour = colours.country if is_country else colours.town
    painter.setPen(QPen(colours.halo, 2.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
    painter.fillPath(path, colour)
    if not is_country:
        painter.setPen(QPen(colours.halo, 1.2))
        painter.setBrush(colour)
        painter.drawEllipse(QRectF(_DOT_PX / 2, tall / 2 - _DOT_PX / 2 - 0.5, _DOT_PX + 1, _DOT_PX + 1))
    painter.end()
    return image
