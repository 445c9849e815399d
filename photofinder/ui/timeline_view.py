"""The timeline: how many photos were taken when, and a brush to choose some of them. Window's thread."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintDevice,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolTip, QWidget

from photofinder.library.browse import UNDATED
from photofinder.ui import timeline_painting, timeline_words
from photofinder.ui.timeline_brush import Grip, brushed, grip_at
from photofinder.ui.timeline_counts import NOTHING, Counts
from photofinder.ui.timeline_cursor import Cursor, at, stepped
from photofinder.ui.timeline_painting import HEIGHT, Places, Scene
from photofinder.ui.timeline_scale import Scale, Unit, edges, fitted

NOTCH = 1.3
"""How much one notch of the wheel, or one key, zooms."""
_DRAG_FROM_PX = 4
_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class TimelineView(QWidget):
    """Shows counts by day, month or year, and asks for what is chosen.

    The wheel and + and - zoom, shift and dragging (or a sideways wheel) moves, Home shows all; dragging brushes, a
    click takes one bar, a double click looks closer; arrows go from bar to bar (with Ctrl to the next with photos, with
    Shift a range), Enter asks for it, Escape and clicks beside the photos take the brush away.
    """

    days_chosen = Signal(object)
    """A range of days since 1970-01-01."""
    undated_chosen = Signal()
    cleared = Signal()
    """All times again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Timeline"))
        self.scale = fitted(None, 1)
        self.shown, self.around = NOTHING, NOTHING
        self.brush: range | None = None
        """What is asked for; UNDATED for the photos without a date."""
        self._own_view = False
        self._mouse: QPointF | None = None
        self._pointed: range | None = None
        self._cursor: Cursor | None = None
        self._pressed: QPointF | None = None
        self._grip: Grip | None = None
        self._dragged: range | None = None
        self._pushing = False
        self._last_x = 0.0
        self.clear = QPushButton(self.tr("All times"), self)
        self.clear.setProperty("link", True)
        self.clear.clicked.connect(self.cleared)
        self.clear.hide()

    # --- what is shown

    def show_counts(self, shown: Counts, around: Counts, brush: range | None, *, anew: bool) -> None:
        """Show the grid's photos, and around them those of all times; `anew` brings all of these into view."""
        self.shown, self.around, self.brush = shown, around, brush
        self._own_view &= not anew
        if not self._own_view:
            self.fit()
        self.clear.setVisible(brush is not None)
        self._lay_out()
        self._tell()

    def fit(self) -> None:
        """Bring all photos into view, but for a few whose clock was plainly wrong."""
        self._own_view = False
        self._look(fitted(self.around.bulk(), self._places().bars.width()))

    def zoom_by(self, factor: float, x: float | None = None) -> None:
        """Zoom around a place of the bars: the cursor's, or the middle, without one."""
        bars = self._places().bars
        if x is None:
            span = self._cursor.span if self._cursor is not None else UNDATED
            x = self.scale.x_of((span.start + span.stop) / 2)
            x = x if 0 <= x <= bars.width() else bars.width() / 2
        self._own_view = True
        self._look(self.scale.zoomed(factor, x))

    @property
    def caption(self) -> str:
        """What is pointed at, else what is asked for, else all there is."""
        span = self._dragged or self._pointed or self._cursor_span or self.brush
        if span is None:
            extent = self.shown.extent
            return "" if extent is None else timeline_words.said_of(_months(extent), self.shown.dated)
        return self.said(span)

    @property
    def _cursor_span(self) -> range | None:
        return self._cursor.span if self._cursor is not None and self.hasFocus() else None

    def said(self, span: range) -> str:
        """Some days and how many photos they have, in words: "October 2023: 412 photos"."""
        if span == UNDATED:
            return timeline_words.said_undated((self.shown if self.brush == UNDATED else self.around).undated)
        # Where fewer photos are asked, less is needed to be a hit: the grid's own number counts where there is one.
        asked = self._brushed_days
        inside = asked is not None and asked.start <= span.start and span.stop <= asked.stop
        return timeline_words.said_of(span, (self.shown if inside else self.around).within(span))

    def sizeHint(self) -> QSize:
        """Qt's."""
        return QSize(600, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Qt's."""
        return QSize(200, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's."""
        self.paint(self)

    def paint(self, device: QPaintDevice) -> None:
        """Paint it: on itself, or elsewhere."""
        brush = self._dragged or self.brush
        scene = Scene(
            self.scale,
            self.shown,
            self.around,
            None if brush == UNDATED else brush,
            brush == UNDATED,
            self._pointed if self._pressed is None else None,
            self._cursor_span,
            self.caption,
        )
        painter = QPainter(device)
        timeline_painting.paint(painter, self._places(), scene, self.font())
        painter.end()

    # --- the pointer

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt's: zoom at the pointer; sideways, or with shift, move."""
        across, down = event.angleDelta().x(), event.angleDelta().y()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if abs(across) > abs(down) or shift:
            self._push((across or down) / 2)
        elif down:
            self.zoom_by(NOTCH ** (down / 120), event.position().x() - self._places().bars.left())
        self._point_at(event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's: begin to brush, to change the brush, or to move."""
        left, middle = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
        if event.button() in {left, middle}:
            self._stop_dragging()
            self._pressed = event.position()
            self._last_x = event.position().x()
            self._pushing = event.button() is middle or bool(event.modifiers() & _SHIFT)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Qt's: brush; without a button, say what is under the pointer."""
        here = event.position()
        if self._pressed is None:
            self._point_at(here)
        elif self._pushing:
            self._push(here.x() - self._last_x)
            self._last_x = here.x()
        else:
            far = abs(here.x() - self._pressed.x()) >= _DRAG_FROM_PX
            if self._grip is None and far and self._bar_at(self._pressed) not in {None, UNDATED}:
                self._grip = self._grip_at(self._pressed)
            if self._grip is not None:
                start_x, x = self._x_in_bars(self._pressed), self._x_in_bars(here)
                self._dragged = brushed(self.scale, self._brushed_days, self._grip, start_x, x)
                self._tell()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt's: ask for what was brushed or clicked."""
        pressed, dragged, pushing = self._pressed, self._dragged, self._pushing
        self._stop_dragging()
        if pressed is None or pushing:
            return
        clicked = self._bar_at(pressed)
        if dragged is not None:
            self._ask(dragged)
        elif clicked is not None:
            self._ask(None if clicked == self.brush or not self._has_photos(clicked) else clicked)
        self._point_at(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Qt's: have a closer look at a bar."""
        bar = self._bar_at(event.position())
        if bar is not None and bar != UNDATED:
            self._own_view = True
            self._look(fitted(bar, self._places().bars.width()))

    def leaveEvent(self, event: QEvent) -> None:
        """Qt's."""
        self._mouse = self._pointed = None
        self._tell()

    def event(self, event: QEvent) -> bool:
        """Qt's: the tool tip."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            bar = self._bar_at(QPointF(event.pos()))
            if bar is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self.said(bar), self, self._rect_of(bar))
            return True
        return super().event(event)

    # --- the keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's: arrows, plus, minus, Home, Enter, Escape."""
        key, keys = event.key(), event.modifiers()
        shift, control = (bool(keys & each) for each in (_SHIFT, _CONTROL))
        acts: dict[int, Callable[[], object]] = {
            Qt.Key.Key_Left: lambda: self._step(-1, extend=shift, to_photos=control),
            Qt.Key.Key_Right: lambda: self._step(1, extend=shift, to_photos=control),
            Qt.Key.Key_Plus: lambda: self.zoom_by(NOTCH),
            Qt.Key.Key_Equal: lambda: self.zoom_by(NOTCH),
            Qt.Key.Key_Minus: lambda: self.zoom_by(1 / NOTCH),
            Qt.Key.Key_Home: self.fit,
        }
        if key in acts:
            acts[key]()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._cursor is not None:
            self._ask(self._cursor.span)
        elif key == Qt.Key.Key_Escape and self._pressed is not None:
            self._stop_dragging()
        elif key == Qt.Key.Key_Escape and self.brush is not None:
            self._ask(None)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt's: the keys begin where something is."""
        if self._cursor is None and event.reason() is not Qt.FocusReason.MouseFocusReason:
            self._step(0)
        super().focusInEvent(event)
        self._tell()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt's."""
        super().focusOutEvent(event)
        self._tell()

    def _step(self, by: int, *, extend: bool = False, to_photos: bool = False) -> None:
        """From bar to bar."""
        here = self._cursor or (None if self.brush is None else at(self.brush))
        self._cursor = stepped(here, by, self.around, self.scale.unit, extend=extend, to_photos=to_photos)
        if self._cursor is not None and self._cursor.span != UNDATED:
            span = self._cursor.span
            shown = self.scale.showing(span.start if by < 0 or self._cursor.reaches_back else span.stop - 1)
            self._own_view |= shown != self.scale
            self._look(shown)
        self._tell()

    # --- within

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's: the same days over another width."""
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        """Qt's: another look."""
        if event.type() is QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)

    def _lay_out(self) -> None:
        self.scale = self.scale.widened(self._places().bars.width())
        size = self.clear.sizeHint()
        self.clear.setGeometry(QRect(self.width() - size.width() - 8, 1, size.width(), size.height()))
        self.update()

    def _look(self, scale: Scale) -> None:
        self.scale = scale
        self._pointed = None if self._mouse is None else self._bar_at(self._mouse)
        self._tell()

    def _push(self, px: float) -> None:
        self._own_view = True
        self._look(self.scale.moved(px))

    def _places(self) -> Places:
        return timeline_painting.places(self.size(), undated=bool(self.around.undated or self.shown.undated))

    def _x_in_bars(self, at: QPointF) -> float:
        bars = self._places().bars
        return min(max(at.x() - bars.left(), 0.0), bars.width() - 1)

    def _bar_at(self, at: QPointF) -> range | None:
        found = self._places()
        if found.undated.contains(at):
            return UNDATED
        if not found.bars.left() <= at.x() < found.bars.right() or at.y() < found.bars.top() - 4:
            return None
        return self.scale.bin_at(at.x() - found.bars.left())

    def _rect_of(self, bar: range) -> QRect:
        found = self._places()
        if bar == UNDATED:
            return found.undated.toRect()
        left = found.bars.left() + self.scale.x_of(bar.start)
        return QRect(round(left), 0, max(1, round(len(bar) * self.scale.day_px)), self.height())

    @property
    def _brushed_days(self) -> range | None:
        return None if self.brush == UNDATED else self.brush

    def _grip_at(self, place: QPointF) -> Grip:
        return grip_at(self.scale, self._brushed_days, place.x() - self._places().bars.left())

    def _has_photos(self, bar: range) -> bool:
        return bool(self.around.undated if bar == UNDATED else self.around.within(bar))

    def _point_at(self, place: QPointF) -> None:
        self._mouse = place
        bar, shapes = self._bar_at(place), Qt.CursorShape
        if bar is not None and bar != UNDATED and self._grip_at(place) in {Grip.START, Grip.STOP}:
            self.setCursor(shapes.SizeHorCursor)
        else:
            self.setCursor(shapes.PointingHandCursor if bar and self._has_photos(bar) else shapes.ArrowCursor)
        if bar != self._pointed:
            self._pointed = bar
            self._tell()

    def _stop_dragging(self) -> None:
        self._pressed = self._grip = self._dragged = None
        self._pushing = False
        self._tell()

    def _ask(self, span: range | None) -> None:
        if span == self.brush:
            return
        self.brush = span  # at once: the answer follows
        self._cursor = self._cursor if span is None else at(span)
        if span is None:
            self.cleared.emit()
        elif span == UNDATED:
            self.undated_chosen.emit()
        else:
            self.days_chosen.emit(span)
        self._tell()

    def _tell(self) -> None:
        """The caption is another: for those who look, and for those who listen."""
        self.update()
        if self.accessibleDescription() != self.caption:
            self.setAccessibleDescription(self.caption)
            event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            QAccessible.updateAccessibility(event)


def _months(days: range) -> range:
    """Whole months around some days."""
    found = edges(days, Unit.MONTH).tolist()
    return range(found[0], found[-1])
