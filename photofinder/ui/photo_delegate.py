"""Paints one photo of the grid. The picture itself is never tinted or rounded: it is what is judged.

One whose drive is away is dimmed: it cannot be worked with now.
"""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from photofinder.core.types import Pick
from photofinder.library.browse import Tile
from photofinder.ui import theme
from photofinder.ui.grid_badges import HEIGHT_PX, LABEL_COLOURS, SHADE, Icon, badge, draw_icon
from photofinder.ui.pixmap_cache import Painted

RING_PX = 3
"""Selection and focus are drawn around a photo, this far outside: in the gap."""

_INSET_PX = 5
_STRIPE_PX = 4
_BADGES_FROM_PX = 84
_ALL_BADGES_FROM_PX = 120
_AWAY_OPACITY = 0.45
_DRIVE_NAME = 14  # so many characters of a drive's name are enough to know which
_STAR_RGB = theme.DARK.accent.rgb()  # badges are dark under every theme


@dataclass(frozen=True, slots=True)
class Look:
    """All that decides how a photo looks at the moment. `hopeless` photos have no thumbnail."""

    tile: Tile | None
    painted: Painted | None
    hopeless: bool
    score: float | None
    selected: bool
    focused: bool
    alike: int = 0
    """Near-identical photos that this one stands for."""


class PhotoDelegate:
    """Stateless but for the font. For the window's thread."""

    def __init__(self, font: QFont, ratio: float) -> None:
        self._font = font
        self._ratio = ratio
        self._blank = theme.mixed(theme.current().text, theme.current().ground, 0.06)

    def paint(self, painter: QPainter, cell: QRect, look: Look) -> None:
        """One cell, and up to `RING_PX` around it."""
        if look.painted is not None:
            out_of_reach = look.tile is not None and look.tile.away is not None
            painter.setOpacity(_AWAY_OPACITY if out_of_reach else 1.0)
            self._paint_picture(painter, cell, look.painted)
            painter.setOpacity(1.0)
        elif look.tile is not None and (look.hopeless or look.tile.failure):
            self._paint_failure(painter, cell, look.tile)
        else:
            painter.fillRect(cell, self._blank)
        if look.tile is not None and look.tile.label is not None:
            # Inside the photo and outlined: told from the selection's ring, and seen on a photo of its own colour.
            stripe = QRect(cell.left() + _INSET_PX, cell.bottom() - 2 * _STRIPE_PX, cell.width(), _STRIPE_PX)
            stripe.setWidth(cell.width() - 2 * _INSET_PX)
            painter.fillRect(stripe.adjusted(-1, -1, 1, 1), SHADE)
            painter.fillRect(stripe, LABEL_COLOURS[look.tile.label])
        if look.tile is not None and cell.width() >= _BADGES_FROM_PX:
            self._paint_badges(painter, cell, look.tile, look.score, look.alike)
        self._paint_ring(painter, cell, look)

    def _paint_picture(self, painter: QPainter, cell: QRect, painted: Painted) -> None:
        pixmap = painted.pixmap
        wanted = (round(cell.width() * self._ratio), round(cell.height() * self._ratio))
        if painted.size_px == wanted:
            pixmap.setDevicePixelRatio(self._ratio)
            painter.drawPixmap(cell.topLeft(), pixmap)
            return
        # Made for another size: good enough for the moment until the right one is there.
        width, height = painted.size_px
        shown_width = min(width, round(height * cell.width() / cell.height()))
        shown_height = min(height, round(width * cell.height() / cell.width()))
        source = QRect((width - shown_width) // 2, (height - shown_height) // 2, shown_width, shown_height)
        painter.drawPixmap(cell, pixmap, source)

    def _paint_failure(self, painter: QPainter, cell: QRect, tile: Tile) -> None:
        colours = theme.current()
        painter.fillRect(cell, colours.panel)
        icon_px = 22 if cell.width() >= _BADGES_FROM_PX else 14
        lines = [tile.name, tile.failure or ""] if cell.width() >= _ALL_BADGES_FROM_PX else []
        font = QFont(self._font)
        font.setPixelSize(11)
        metrics = QFontMetrics(font)
        inner = cell.adjusted(8, 0, -8, 0)
        heights = [icon_px, 6 if lines else 0, metrics.height() if lines else 0, 2 * metrics.height() if lines else 0]
        y = cell.center().y() - sum(heights) // 2
        ink = theme.mixed(colours.warning, colours.panel, 0.85)
        draw_icon(painter, Icon.MISSING, QRectF(cell.center().x() - icon_px / 2, y, icon_px, icon_px), ink)
        if not lines:
            return
        y += heights[0] + heights[1]
        painter.setFont(font)
        painter.setPen(colours.text)
        name = metrics.elidedText(lines[0], Qt.TextElideMode.ElideMiddle, inner.width())
        painter.drawText(QRect(inner.x(), y, inner.width(), heights[2]), Qt.AlignmentFlag.AlignHCenter, name)
        painter.setPen(colours.text_dim)
        reason = metrics.elidedText(lines[1], Qt.TextElideMode.ElideRight, int(1.8 * inner.width()))
        painter.drawText(
            QRect(inner.x(), y + heights[2], inner.width(), heights[3] + 2),
            Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap,
            reason,
        )

    def _paint_badges(self, painter: QPainter, cell: QRect, tile: Tile, score: float | None, alike: int) -> None:
        every = cell.width() >= _ALL_BADGES_FROM_PX
        bottom, top = cell.bottom() - HEIGHT_PX - _INSET_PX + 1, cell.top() + _INSET_PX
        if tile.label is not None:
            bottom -= 2 * _STRIPE_PX
        marks: list[tuple[Icon, str]] = []
        if tile.pick is not Pick.NONE:
            marks.append((Icon.PICKED if tile.pick is Pick.PICKED else Icon.REJECTED, ""))
        if tile.rating is not None and tile.rating > 0:
            marks.append((Icon.STAR, str(tile.rating)))
        self._row(painter, cell.left() + _INSET_PX, bottom, marks)
        kinds: list[tuple[Icon, str]] = []
        if tile.has_raw:
            kinds.append((Icon.NONE, "RAW"))
        if every and tile.stack_count > 1:
            kinds.append((Icon.STACK, str(tile.stack_count)))
        if every and (tile.has_video or tile.lacks_video):
            kinds.append((Icon.LIVE if tile.has_video else Icon.LIVE_ALONE, ""))
        if every and tile.has_gps:
            kinds.append((Icon.PLACE, ""))
        self._row(painter, cell.right() + 1 - _INSET_PX, bottom, kinds, to_left=True)
        if score is not None:
            told = [(Icon.NONE, f"{score:.2f}")]
            if alike:
                told.append((Icon.STACK, f"+{alike}"))
            self._row(painter, cell.left() + _INSET_PX, top, told)
        if tile.missing or tile.away or (tile.failure and not tile.fingerprint):
            self._row(
                painter,
                cell.right() + 1 - _INSET_PX,
                top,
                [(Icon.AWAY, tile.away[:_DRIVE_NAME] if every else "") if tile.away else (Icon.MISSING, "")],
                to_left=True,
            )

    def _row(self, painter: QPainter, x: int, y: int, badges: list[tuple[Icon, str]], *, to_left: bool = False) -> None:
        for icon, text in badges:
            pixmap = badge(icon, text, _STAR_RGB, self._ratio, self._font.family())
            width = round(pixmap.width() / self._ratio)
            if to_left:
                x -= width
            painter.drawPixmap(x, y, pixmap)
            x += -3 if to_left else width + 3

    def _paint_ring(self, painter: QPainter, cell: QRect, look: Look) -> None:
        colours = theme.current()
        if look.selected:
            _ring(painter, cell, colours.accent, RING_PX)
        if look.focused:
            # Within the selection's ring, so that both can be told; where nothing is selected, alone.
            _ring(painter, cell, colours.text, 1)


def _ring(painter: QPainter, cell: QRect, colour: QColor, width_px: int) -> None:
    pen = QPen(colour, width_px)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = width_px / 2
    painter.drawRect(QRectF(cell).adjusted(-half, -half, half, half))
