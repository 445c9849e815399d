"""Pictures of clusters: a thumbnail and how many photos it stands for. Window's thread."""

import time

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

from photofinder.ui.theme import Theme

MANY_SIDE, ONE_SIDE = 46, 36
"""Width of a cluster and of a single photo, in points, with frame."""
BADGE_OUT = 8
"""How far the number may stand out of the frame: the picture is larger by this on every side."""
_KEPT = 3_000
_MAKING_S = 0.002


def short(count: int) -> str:
    """A number in at most four characters: 950, 1.2k, 38k, 1.4M."""
    if count < 1000:
        return str(count)
    for unit, size in (("k", 1_000), ("M", 1_000_000)):
        if count < 9.95 * size:
            return f"{count / size:.1f}{unit}"
        if count < 999.5 * size:
            return f"{round(count / size)}{unit}"
    return "1G+"


class Marks:
    """Makes and keeps the pictures."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, str, int, bool, float], QPixmap] = {}
        self._until = 0.0
        self.late = False

    def clear(self) -> None:
        """The theme changed."""
        self._made.clear()

    def begin(self) -> None:
        """A frame begins: some time may be spent on making pictures."""
        self._until = time.perf_counter() + _MAKING_S
        self.late = False

    def get(
        self, photo_id: int, count: int, thumbnail: QPixmap | None, theme: Theme, scale: float
    ) -> tuple[QPixmap, bool]:
        """The picture of a cluster that shows this photo, its middle the frame's; and whether it is the right one.

        It is an empty frame if it is not made yet and this frame's time for that is over: `late` tells then.
        """
        text = short(count) if count > 1 else ""
        key = (photo_id, text, 0 if thumbnail is None else thumbnail.cacheKey(), theme.is_dark, scale)
        found = self._made.get(key)
        if found is not None:
            return found, True
        is_right = True
        if time.perf_counter() > self._until:
            self.late, is_right = True, False
            key, thumbnail = (0, "…" if text else "", 0, theme.is_dark, scale), None
            text = key[1]
            if (found := self._made.get(key)) is not None:
                return found, False
        if len(self._made) >= _KEPT:
            self._made.clear()
        made = self._made[key] = _mark(text, thumbnail, theme, scale)
        return made, is_right


def _mark(text: str, thumbnail: QPixmap | None, theme: Theme, scale: float) -> QPixmap:
    side = MANY_SIDE if text else ONE_SIDE
    whole = side + 2 * BADGE_OUT
    made = QPixmap(round(whole * scale), round(whole * scale))
    made.setDevicePixelRatio(scale)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    frame = QRectF(BADGE_OUT, BADGE_OUT, side, side)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 70))
    painter.drawRoundedRect(frame.translated(0, 1.5), 6, 6)
    painter.setBrush(QColor("#f2f2f2") if theme.is_dark else QColor("#ffffff"))
    painter.drawRoundedRect(frame, 6, 6)
    inner = frame.adjusted(2, 2, -2, -2)
    clip = QPainterPath()
    clip.addRoundedRect(inner, 4, 4)
    if thumbnail is None:
        painter.fillPath(clip, theme.line)
    else:
        painter.setClipPath(clip)
        painter.drawPixmap(inner, thumbnail, QRectF(thumbnail.rect()))
        painter.setClipping(False)
    if text:
        font = QFont()
        font.setPixelSize(11)
        font.setBold(True)
        metrics = QFontMetricsF(font)
        wide = max(18.0, metrics.horizontalAdvance(text) + 9)
        badge = QRectF(min(frame.right() + BADGE_OUT, whole) - wide, 0.5, wide, 17)
        painter.setPen(QPen(theme.panel, 1.5))
        painter.setBrush(theme.accent)
        painter.drawRoundedRect(badge, 8.5, 8.5)
        painter.setPen(theme.on_accent)
        painter.setFont(font)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return made


def draw_pin(painter: QPainter, at: QPointF, theme: Theme) -> None:
    """Where a chosen photo was taken: a drop with its tip there."""
    drop = QPainterPath(at)
    drop.cubicTo(at + QPointF(-1, -6), at + QPointF(-8, -9), at + QPointF(-8, -16))
    drop.arcTo(QRectF(at.x() - 8, at.y() - 24, 16, 16), 180, -180)
    drop.cubicTo(at + QPointF(8, -9), at + QPointF(1, -6), at)
    painter.setPen(QPen(theme.panel, 1.4))
    painter.setBrush(theme.accent)
    painter.drawPath(drop)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.on_accent)
    painter.drawEllipse(at + QPointF(0, -16), 3, 3)
