"""The grid's scroll bar: it says the date under the thumb, and marks where the years begin."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QLine, QPoint, QRectF, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QFont, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollBar, QStyle, QStyleOptionSlider, QWidget

from photofinder.ui import theme

_LINGER_MS = 900
_BETWEEN_MARKS_PX = 7


class Bubble(QWidget):
    """A few words beside the scroll bar. Lives on the window's thread; the mouse passes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.room = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        font = QFont(self.font())
        font.setPixelSize(13)
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)
        self.text = ""
        self.hide()

    def say(self, text: str, right_middle: QPoint) -> None:
        """Show words, ending at a point of the parent."""
        self.text = text
        size = self.fontMetrics().size(Qt.TextFlag.TextSingleLine, text)
        width, height = size.width() + 22, size.height() + 12
        y = max(2, min(right_middle.y() - height // 2, self.room.height() - height - 2))
        self.setGeometry(right_middle.x() - width, y, width, height)
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """As Qt calls it."""
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colours.line)
        painter.setBrush(colours.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
        painter.setPen(colours.text)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text)


class GridScroller(QScrollBar):
    """Lives on the window's thread. `words_at` says what is at a height of the grid (pixels)."""

    def __init__(self, parent: QWidget, words_at: Callable[[int], str]) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setMouseTracking(True)
        self.bubble = Bubble(parent)
        self._words_at = words_at
        self._marks: list[tuple[int, str]] = []
        self._drawn_for = (0, 0)
        self._lines: list[QLine] = []
        self._hovered = False
        self._linger = QTimer(self)
        self._linger.setSingleShot(True)
        self._linger.setInterval(_LINGER_MS)
        self._linger.timeout.connect(self.bubble.hide)
        self.sliderMoved.connect(self.tell)

    def set_marks(self, marks: list[tuple[int, str]]) -> None:
        """Heights of the grid (pixels) where something new begins, ascending, with names."""
        self._marks = marks
        self._drawn_for = (0, 0)
        self.update()

    def tell(self) -> None:
        """Say what is at the top of the grid now; for a moment, unless the thumb is held."""
        self._say(self.value(), round(self._slider().center().y()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """As Qt calls it."""
        super().mousePressEvent(event)
        if self.isSliderDown():
            self.tell()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """As Qt calls it: hovering says where a click would lead."""
        super().mouseMoveEvent(event)
        if not self.isSliderDown() and self.maximum() > 0:
            y = event.position().toPoint().y()
            self._say(round(y / max(1, self.height()) * (self.maximum() + self.pageStep())), y)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """As Qt calls it."""
        super().mouseReleaseEvent(event)
        self._linger.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        """As Qt calls it."""
        super().enterEvent(event)
        self._hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """As Qt calls it."""
        super().leaveEvent(event)
        self._hovered = False
        self._linger.start()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """As Qt calls it: the style's scroll bar, with marks on it; nothing where there is nothing to scroll."""
        if self.maximum() <= 0:
            return
        super().paintEvent(event)
        whole = self.maximum() + self.pageStep()
        if self._drawn_for != (self.height(), whole):
            self._drawn_for = (self.height(), whole)
            self._lines = list(self._spaced(whole))
        colours = theme.current()
        painter = QPainter(self)
        painter.setPen(theme.mixed(colours.text, colours.ground, 0.55 if self._hovered else 0.25))
        painter.drawLines(self._lines)

    def _spaced(self, whole: int) -> Iterator[QLine]:
        last = -_BETWEEN_MARKS_PX
        for height_px, _ in self._marks:
            y = round(height_px / whole * self.height())
            if y - last >= _BETWEEN_MARKS_PX:
                yield QLine(self.width() - 4, y, self.width() - 1, y)
                last = y

    def _say(self, height_px: int, y: int) -> None:
        words = self._words_at(height_px)
        if not words:
            self.bubble.hide()
            return
        self.bubble.say(words, self.mapTo(self.bubble.room, QPoint(-8, y)))
        if not self.isSliderDown():
            self._linger.start()
        else:
            self._linger.stop()

    def _slider(self) -> QRectF:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        control = QStyle.ComplexControl.CC_ScrollBar
        found = self.style().subControlRect(control, option, QStyle.SubControl.SC_ScrollBarSlider, self)
        return QRectF(found)
