"""The grid as an item view: places, keys, mouse and painting, over a computed geometry."""

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QAbstractItemView, QPushButton, QWidget

from photofinder.ui import grid_access, grid_painting, grid_selection, theme
from photofinder.ui.grid_geometry import Cell, GridGeometry
from photofinder.ui.grid_scroller import GridScroller
from photofinder.ui.photo_delegate import RING_PX, Look, PhotoDelegate
from photofinder.ui.photo_model import PhotoModel

Index = QModelIndex | QPersistentModelIndex
Flag = QItemSelectionModel.SelectionFlag
OFFER_BELOW_PX = 44
"""From the middle: two lines of what an empty grid says."""
_WHOLE_VIEW = 200
"""Selections of more visible photos than this repaint everything: a region of so many rectangles costs more."""


class GridView(QAbstractItemView):
    """Shows `photos` by `geometry`. Lives on the window's thread. `PhotoGrid` says what they look like."""

    photo_activated = Signal(object)
    """Photo id: Enter or double click."""
    selection_changed = Signal(int)
    """How many photos are selected."""
    context_requested = Signal(object, QPoint)
    """Photo id (it is selected) and the place on the screen."""

    offer_taken = Signal()
    """The user wants what an empty grid offers."""

    def __init__(self, geometry: GridGeometry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid_access.install()
        self.photos = PhotoModel(self)
        self.grid = geometry
        self._band_from: QPoint | None = None
        self._on_heading = False
        self._empty = ("", "")
        self.offer = QPushButton(self.viewport())
        self.offer.setCursor(Qt.CursorShape.ArrowCursor)
        self.offer.clicked.connect(self.offer_taken)
        self.offer.hide()
        self.setAccessibleName(self.tr("Photos"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setFrameShape(QAbstractItemView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.scroller = GridScroller(self, self.words_at)
        self.setVerticalScrollBar(self.scroller)
        self.setModel(self.photos)

    # --- for PhotoGrid to say

    def look_of(self, row: int, *, selected: bool, focused: bool) -> Look:
        """How a photo looks now."""
        raise NotImplementedError

    def heading_of(self, section: int) -> str:
        """What stands over a section."""
        raise NotImplementedError

    def count_of(self, section: int) -> str:
        """What stands at the right of a heading."""
        raise NotImplementedError

    def words_at(self, height_px: int) -> str:
        """What the scroller says of a height of the grid."""
        raise NotImplementedError

    def set_empty_text(self, title: str, hint: str, offer: str = "") -> None:
        """What an empty grid says, and what it offers to do (`offer_taken`)."""
        self._empty = (title, hint)
        self.offer.setText(offer)
        self.place_offer()
        self.viewport().update()

    def place_offer(self) -> None:
        """Show the offer of an empty grid below what it says, or hide it."""
        self.offer.adjustSize()
        place = self.viewport().rect().center()
        self.offer.move(place.x() - self.offer.width() // 2, place.y() + OFFER_BELOW_PX)
        self.offer.setVisible(bool(self.offer.text()) and not self.grid.line_count)

    # --- places

    def rows_in_view(self) -> range:
        """Photos of which at least a pixel shows."""
        top = self.scroller.value()
        return self.grid.rows_between(top, top + self.viewport().height())

    def on_screen(self, cell: Cell) -> QRect:
        """A place of the grid in the viewport."""
        return QRect(cell.x, cell.y - self.scroller.value(), cell.width, cell.height)

    def update_row(self, row: int) -> None:
        """Paint a photo again."""
        self.viewport().update(self.on_screen(self.grid.cell(row)).adjusted(-RING_PX, -RING_PX, RING_PX, RING_PX))

    def indexAt(self, point: QPoint) -> QModelIndex:
        """As Qt wants it."""
        row = self.grid.row_at(point.x(), point.y() + self.scroller.value())
        return QModelIndex() if row is None else self.photos.index(row, 0)

    def visualRect(self, index: Index) -> QRect:
        """As Qt wants it."""
        return self.on_screen(self.grid.cell(index.row())) if self._is_laid_out(index) else QRect()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """As Qt wants it. With the first line of a section, its heading comes into view too."""
        if not self._is_laid_out(index):
            return
        cell, page, top = self.grid.cell(index.row()), self.viewport().height(), self.scroller.value()
        gap = self.grid.frame.gap_px
        section = self.grid.sections.of_row(index.row())
        opens = self.grid.line_of(index.row()) == self.grid.line_of(int(self.grid.sections.starts[section]))
        upper = (self.grid.section_top(section) if section else 0) if opens else cell.y - gap
        lower = cell.y + cell.height + gap
        if self.grid.line_of(index.row()) == self.grid.line_count - 1:
            lower = self.grid.height_px
        hints = QAbstractItemView.ScrollHint
        if hint == hints.PositionAtCenter:
            top = cell.y + cell.height // 2 - page // 2
        elif hint == hints.PositionAtTop or (hint == hints.EnsureVisible and upper < top):
            top = upper if lower - upper <= page else cell.y - gap
        elif hint == hints.PositionAtBottom or (hint == hints.EnsureVisible and lower > top + page):
            top = lower - page
        self.scroller.setValue(top)

    def horizontalOffset(self) -> int:
        """As Qt wants it."""
        return 0

    def verticalOffset(self) -> int:
        """As Qt wants it."""
        return self.scroller.value()

    def isIndexHidden(self, index: Index) -> bool:
        """As Qt wants it."""
        return False

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """As Qt wants it."""
        self.viewport().scroll(0, dy)

    def _is_laid_out(self, index: Index) -> bool:
        # While newcomers are told to Qt one by one, it may ask for rows that have no place yet.
        return index.isValid() and index.row() < self.grid.count

    # --- selection

    def setSelection(self, rect: QRect, command: Flag) -> None:
        """As Qt wants it: a rectangle for the rubber band; for keys and clicks, all between the two photos it names."""
        top = self.scroller.value()
        if self._band_from is not None:
            box = rect.normalized().translated(0, top)
            spans = grid_selection.band(self.grid, box.left(), box.top(), box.right(), box.bottom())
        else:
            ends = [self.grid.row_at(p.x(), p.y() + top) for p in (rect.topLeft(), rect.bottomRight())]
            rows = [row for row in ends if row is not None]
            spans = [(min(rows), max(rows))] if rows else []
        self.selectionModel().select(grid_selection.ranges(self.photos, spans), command)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """As Qt wants it."""
        super().selectionChanged(selected, deselected)
        self.selection_changed.emit(grid_selection.selected_count(self.selectionModel().selection()))

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """As Qt wants it; only what shows."""
        rows, region = self._shown_of(selection), QRegion()
        if len(rows) > _WHOLE_VIEW:
            return QRegion(self.viewport().rect())
        for row in rows:
            region += self.on_screen(self.grid.cell(row)).adjusted(-RING_PX, -RING_PX, RING_PX, RING_PX)
        return region

    def _shown_of(self, selection: QItemSelection) -> list[int]:
        shown = self.rows_in_view()
        spans = [(part.top(), part.bottom() + 1) for part in grid_selection.parts(selection)]
        return [row for first, stop in spans for row in range(max(shown.start, first), min(shown.stop, stop))]

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """As Qt wants it."""
        if not self.grid.line_count:
            return QModelIndex()
        current = self.currentIndex()
        if not current.isValid():
            return self.photos.index(self.rows_in_view().start, 0)
        page = self.viewport().height() - self.grid.frame.heading_px
        return self.photos.index(grid_selection.target(self.grid, current.row(), action, page), 0)

    # --- keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """As Qt calls it. Plain characters are left to the window's shortcuts: there is no searching by typing here."""
        current = self.currentIndex()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and current.isValid():
            self.photo_activated.emit(int(self.photos.listing.ids[current.row()]))
            return
        plain = event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier}
        if plain and event.text().isprintable() and event.text().strip():
            event.ignore()
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """As Qt calls it. Beside the photos a rubber band begins; a heading selects its section."""
        place = event.position().toPoint()
        beside = event.button() == Qt.MouseButton.LeftButton and not self.indexAt(place).isValid()
        section = self._heading_at(place) if beside else None
        self._on_heading = section is not None
        self._band_from = place + QPoint(0, self.scroller.value()) if beside and section is None else None
        if section is None:
            super().mousePressEvent(event)
            return
        starts = self.grid.sections.starts
        chosen = grid_selection.ranges(self.photos, [(int(starts[section]), int(starts[section + 1]) - 1)])
        adding = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        self.selectionModel().select(chosen, Flag.Select if adding else Flag.ClearAndSelect)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """As Qt calls it."""
        if self._on_heading:
            return
        super().mouseMoveEvent(event)
        if self._band_from is not None:
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """As Qt calls it."""
        if self._on_heading:
            self._on_heading = False
            return
        super().mouseReleaseEvent(event)
        if self._band_from is not None:
            self._band_from = None
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """As Qt calls it."""
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self.photo_activated.emit(int(self.photos.listing.ids[index.row()]))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """As Qt calls it: by mouse for the photo under it, by key for the current one."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if not index.isValid():
            return
        if not self.selectionModel().isSelected(index):
            self.setCurrentIndex(index)
        place = self.viewport().mapToGlobal(self.visualRect(index).center()) if by_key else event.globalPos()
        self.context_requested.emit(int(self.photos.listing.ids[index.row()]), place)

    def _heading_at(self, point: QPoint) -> int | None:
        y = point.y() + self.scroller.value()
        return next((section for section, _ in self.grid.headings_between(y, y + 1)), None)

    # --- painting

    def changeEvent(self, event: QEvent) -> None:
        """As Qt calls it."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """As Qt calls it. Touches nothing but what the event exposes."""
        painter = QPainter(self.viewport())
        exposed, region, top = event.rect(), event.region(), self.scroller.value()
        painter.fillRect(exposed, theme.current().ground)
        if not self.grid.line_count:
            grid_painting.paint_empty(painter, self.viewport().rect(), *self._empty, self.font())
            return
        first_px, last_px = top + exposed.top() - RING_PX, top + exposed.bottom() + 1 + RING_PX
        for section, place in self.grid.headings_between(first_px, last_px):
            title, count = self.heading_of(section), self.count_of(section)
            grid_painting.paint_heading(painter, self.on_screen(place), title, count, self.font())
        delegate = PhotoDelegate(self.font(), self.devicePixelRatioF())
        chosen = set(self._shown_of(self.selectionModel().selection()))
        focus = self.currentIndex().row() if self.hasFocus() else -1
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for line in self.grid.lines_between(first_px, last_px):
            row, _ = self.grid.line_rows(line)
            for cell in self.grid.cells(line):
                place = self.on_screen(cell)
                if region.intersects(place.adjusted(-RING_PX, -RING_PX, RING_PX, RING_PX)):
                    delegate.paint(painter, place, self.look_of(row, selected=row in chosen, focused=row == focus))
                row += 1
        if self._band_from is not None and self.state() == QAbstractItemView.State.DragSelectingState:
            end = self.viewport().mapFromGlobal(self.cursor().pos())
            grid_painting.paint_band(painter, QRect(self._band_from - QPoint(0, top), end).normalized())
