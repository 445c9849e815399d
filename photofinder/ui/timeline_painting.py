"""Paints the timeline. Window's thread; what it costs depends on the bars in view, not on the photos."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from photofinder.library.browse import UNDATED
from photofinder.ui import theme, timeline_words, wording
from photofinder.ui.theme import mixed
from photofinder.ui.timeline_counts import Counts
from photofinder.ui.timeline_scale import Scale
from photofinder.ui.timeline_words import Label

HEIGHT = 104
SIDE, UNDATED_WIDE = 12, 64
_CAPTION, _TICKS, _ERAS = 26, 15, 17
_LEAST_BAR = 2.0
_GAP_FROM = 4
"""Bars so wide have a gap between them."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where what is, in points. `undated` is empty where no photo is undated."""

    whole: QRectF
    bars: QRectF
    undated: QRectF

    @property
    def caption(self) -> QRectF:
        """The row above the bars."""
        return QRectF(SIDE, 0, self.whole.width() - 2 * SIDE, _CAPTION)


def places(size: QSize, *, undated: bool) -> Places:
    """Divide the widget up."""
    whole = QRectF(0, 0, size.width(), size.height())
    beside = SIDE + UNDATED_WIDE if undated else 0
    tall = max(1.0, size.height() - _CAPTION - _TICKS - _ERAS)
    bars = QRectF(SIDE, _CAPTION, max(1.0, size.width() - 2 * SIDE - beside), tall)
    box = QRectF(bars.right() + SIDE, _CAPTION, UNDATED_WIDE, tall + _TICKS + _ERAS) if undated else QRectF()
    return Places(whole, bars, box)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be seen. `shown` are the grid's photos, `around` those that it would show without the time asked for.

    `brush` are the days that are asked for; `undated_chosen`, that those without a date are. `pointed` and `cursor` are
    bars under the pointer and for the keys; UNDATED is a bar too.
    """

    scale: Scale
    shown: Counts
    around: Counts
    brush: range | None
    undated_chosen: bool
    pointed: range | None
    cursor: range | None
    caption: str


def paint(painter: QPainter, where: Places, scene: Scene, base: QFont) -> None:
    """Paint everything."""
    now = theme.current()
    painter.fillRect(where.whole, now.panel)
    painter.fillRect(QRectF(0, 0, where.whole.width(), 1), now.line)
    small = QFont(base)
    small.setPixelSize(11)
    painter.setFont(small)
    painter.save()
    painter.setClipRect(QRectF(where.bars.left(), 0, where.bars.width(), where.whole.height()))
    painter.translate(where.bars.left(), 0)
    _paint_labels(painter, where, scene.scale, small)
    _paint_bars(painter, where.bars, scene)
    painter.restore()
    painter.fillRect(QRectF(where.bars.left(), where.bars.bottom(), where.bars.width(), 1), now.line)
    if not where.undated.isEmpty():
        _paint_undated(painter, where.undated, where.bars, scene)
    _paint_caption(painter, where, scene, base)


def _paint_bars(painter: QPainter, bars: QRectF, scene: Scene) -> None:
    now, scale = theme.current(), scene.scale
    edges = scale.bins()
    x = np.round((edges - scale.left) * scale.day_px)
    around, shown = scene.around.between(edges), scene.shown.between(edges)
    peak = max(1, int(around.max(initial=0)), int(shown.max(initial=0)))
    for span, alpha in ((scene.pointed, 22), (scene.brush, 40)):
        if span is not None and span != UNDATED:
            left, right = round(scale.x_of(span.start)), round(scale.x_of(span.stop))
            colour = QColor(now.accent if span is scene.brush else now.text)
            colour.setAlpha(alpha)
            painter.fillRect(QRectF(left, bars.top() - 4, max(1, right - left), bars.height() + 4), colour)
    asked = scene.brush is not None or scene.undated_chosen
    strong = now.accent if scene.brush is not None else mixed(now.text, now.panel, 0.62)
    weak = mixed(now.text, now.panel, 0.2)
    for counts, colour in ((around, weak), (shown, strong)) if asked else ((shown, strong),):
        some = np.flatnonzero(counts)
        tall = np.maximum(_LEAST_BAR, np.round(np.sqrt(counts[some] / peak) * bars.height()))
        wide = x[some + 1] - x[some]
        wide = np.maximum(1, wide - (wide >= _GAP_FROM))
        for left, width, height in zip(x[some].tolist(), wide.tolist(), tall.tolist(), strict=True):
            painter.fillRect(QRectF(left, bars.bottom() - height, width, height), colour)
    if scene.brush is not None:
        for day in (scene.brush.start, scene.brush.stop):
            painter.fillRect(QRectF(round(scale.x_of(day)) - 1, bars.top() - 4, 2, bars.height() + 4), now.accent)
    if scene.cursor is not None and scene.cursor != UNDATED:
        left, right = round(scale.x_of(scene.cursor.start)), round(scale.x_of(scene.cursor.stop))
        _frame(painter, QRectF(left, bars.top() - 4, max(3, right - left), bars.height() + 4))


def _paint_labels(painter: QPainter, where: Places, scale: Scale, font: QFont) -> None:
    now, metrics, bars = theme.current(), QFontMetricsF(font), where.bars
    bottom = bars.bottom()
    for label in timeline_words.eras(scale):
        x = round(scale.x_of(label.start))
        painter.fillRect(QRectF(x, bars.top() - 4, 1, where.whole.height() - bars.top() + 2), now.line)
        painter.setPen(now.text)
        _write(painter, label, scale, QRectF(0, bottom + _TICKS - 1, bars.width(), _ERAS), metrics, sticky=True)
    painter.setPen(now.text_dim)
    for label in timeline_words.ticks(scale):
        _write(painter, label, scale, QRectF(0, bottom + 1, bars.width(), _TICKS), metrics, sticky=False)


def _write(painter: QPainter, label: Label, scale: Scale, row: QRectF, metrics: QFontMetricsF, *, sticky: bool) -> None:
    """A label over its days: `sticky` ones at their beginning, as long as that is in view; others in the middle."""
    left, right = scale.x_of(label.start), scale.x_of(label.stop)
    wide = metrics.horizontalAdvance(label.text)
    if sticky:
        at = max(left + 4, 2.0)
        if at > left + 4 and at + wide > right - 4:  # it is leaving: the next one needs the room
            return
    else:
        at = (left + right - wide) / 2
    if at < 0 or at + wide > row.width():
        return
    painter.drawText(QRectF(at, row.top(), wide + 2, row.height()), Qt.AlignmentFlag.AlignVCenter, label.text)


def _paint_undated(painter: QPainter, box: QRectF, bars: QRectF, scene: Scene) -> None:
    now = theme.current()
    shown, around = scene.shown.undated, scene.around.undated
    if scene.pointed == UNDATED or scene.undated_chosen:
        colour = QColor(now.accent if scene.undated_chosen else now.text)
        colour.setAlpha(40 if scene.undated_chosen else 22)
        painter.fillRect(QRectF(box.left(), bars.top() - 4, box.width(), bars.height() + 4), colour)
    edges = scene.scale.bins()
    peak = max(1, int(scene.around.between(edges).max(initial=0)))
    bar = QRectF(box.center().x() - 9, bars.top(), 18, bars.height())
    strong = now.accent if scene.undated_chosen else mixed(now.text, now.panel, 0.62)
    for count, colour in ((around, mixed(now.text, now.panel, 0.2)), (shown, strong)):
        if count:
            tall = max(_LEAST_BAR, min(1.0, (count / peak) ** 0.5) * bars.height())
            painter.fillRect(QRectF(bar.left(), bar.bottom() - tall, bar.width(), tall), colour)
    painter.fillRect(QRectF(box.left(), bars.bottom(), box.width(), 1), now.line)
    painter.setPen(now.text_dim)
    middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
    rows = (wording.count(around), QCoreApplication.translate("Timeline", "Undated"))
    painter.drawText(QRectF(box.left(), bars.bottom() + 1, box.width(), _TICKS), middle, rows[0])
    painter.setPen(now.text)
    painter.drawText(QRectF(box.left(), bars.bottom() + _TICKS - 1, box.width(), _ERAS), middle, rows[1])
    if scene.cursor == UNDATED:
        _frame(painter, QRectF(box.left(), bars.top() - 4, box.width(), bars.height() + 4))


def _paint_caption(painter: QPainter, where: Places, scene: Scene, base: QFont) -> None:
    now = theme.current()
    font = QFont(base)
    font.setPixelSize(12)
    painter.setFont(font)
    painter.setPen(now.text)
    painter.drawText(where.caption, Qt.AlignmentFlag.AlignVCenter, scene.caption)
    said = QFontMetricsF(font).horizontalAdvance(scene.caption)
    beyond = _beyond(scene)
    painter.setPen(now.text_dim)
    painter.drawText(where.caption.adjusted(said + 14, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, beyond)


def _beyond(scene: Scene) -> str:
    """Photos that are earlier or later than what is in view."""
    counts, edges = scene.shown, scene.scale.bins()
    extent = counts.extent
    if extent is None:
        return ""
    found: list[str] = []
    first, last = int(edges[0]), int(edges[-1])
    for count, words in (
        (
            counts.within(range(extent.start, first)) if first > extent.start else 0,
            "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK} {} earlier",
        ),
        (
            counts.within(range(last, extent.stop)) if last < extent.stop else 0,
            "{} later \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
        ),
    ):
        if count:
            found.append(QCoreApplication.translate("Timeline", words).format(wording.count(count)))
    return "  ·  ".join(found)


def _frame(painter: QPainter, box: QRectF) -> None:
    painter.setPen(QPen(theme.current().accent, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
