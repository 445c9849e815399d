"""Saved searches, folders and dates, with counts: choosing one says what the grid shows and a search looks through."""

from collections.abc import Hashable, Sequence

from PySide6.QtCore import (
    QCoreApplication,
    QLocale,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QContextMenuEvent, QFont, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from photofinder.library.browse import UNDATED, Node
from photofinder.ui import theme, wording
from photofinder.ui.saved_searches import UNKNOWN, SavedSearch

ROW_PX = 28
HEADING_PX = 36
KEY = Qt.ItemDataRole.UserRole
COUNT = Qt.ItemDataRole.UserRole + 1
ALL = "all photos"
"""The key of the line that narrows nothing."""


class _Delegate(QStyledItemDelegate):
    """Counts stand dim at the right edge; headings are small capitals. Window's thread."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        heading = index.data(KEY) is None
        return QSize(super().sizeHint(option, index).width(), HEADING_PX if heading else ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        now = theme.current()
        if index.data(KEY) is None:
            painter.save()
            font = QFont(option.font)  # pyright: ignore[reportAttributeAccessIssue] - a field of Qt's style options
            font.setPixelSize(11)
            font.setWeight(QFont.Weight.DemiBold)
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.8)
            painter.setFont(font)
            painter.setPen(now.text_dim)
            box = option.rect.adjusted(6, 0, 0, -6)  # pyright: ignore[reportAttributeAccessIssue]
            painter.drawText(box, Qt.AlignmentFlag.AlignBottom, index.data().upper())
            painter.restore()
            return
        count = _counted(index.data(COUNT))
        metrics = option.fontMetrics  # pyright: ignore[reportAttributeAccessIssue]
        width = metrics.horizontalAdvance(count) + 10
        whole = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        super().paint(painter, option, index)
        painter.save()
        painter.setPen(now.text_dim)
        painter.drawText(
            whole.adjusted(whole.width() - width, 0, -8, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            count,
        )
        painter.restore()

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Keep the name clear of the count."""
        super().initStyleOption(option, index)
        count = index.data(COUNT)
        if count is not None:
            metrics = option.fontMetrics  # pyright: ignore[reportAttributeAccessIssue]
            taken_px = metrics.horizontalAdvance(_counted(count)) + 20
            room_px = option.rect.width() - taken_px - 8  # pyright: ignore[reportAttributeAccessIssue]
            text = metrics.elidedText(index.data(), Qt.TextElideMode.ElideMiddle, max(24, room_px))
            option.text = text  # pyright: ignore[reportAttributeAccessIssue]


class Navigation(QTreeWidget):
    """The pane at the left. Window's thread. Refreshing keeps what is open and what is chosen."""

    scope_chosen = Signal(object)
    """A line's key; None for all photos."""
    search_chosen = Signal(object)
    """A SavedSearch."""
    search_menu_wanted = Signal(object, QPoint)
    """A SavedSearch, and where on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("navigation")
        self.setHeaderHidden(True)
        self.setColumnCount(1)
        self.setIndentation(16)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(False)
        self.setAnimated(False)
        self.setMinimumWidth(170)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName(self.tr("Folders and dates"))
        self._everything = QTreeWidgetItem([self.tr("All photos")])
        self._everything.setData(0, KEY, ALL)
        self._everything.setData(0, COUNT, 0)
        self.addTopLevelItem(self._everything)
        self._searches = self._heading(self.tr("Saved searches"))
        self._folders = self._heading(self.tr("Folders"))
        self._dates = self._heading(self.tr("Dates"))
        self.setCurrentItem(self._everything)
        self._below: dict[Hashable, Sequence[Node]] = {}
        self.currentItemChanged.connect(self._chosen)
        self.itemExpanded.connect(self._expanded)

    def set_total(self, count: int) -> None:
        """How many photos there are in all."""
        self._everything.setData(0, COUNT, count)

    @Slot(object)
    def set_searches(self, lines: Sequence[Node]) -> None:
        """Show these saved searches; their keys are SavedSearch."""
        self._merge(self._searches, lines)

    def set_folders(self, lines: Sequence[Node]) -> None:
        """Show these roots with the folders below them."""
        self._merge(self._folders, lines)

    def set_dates(self, years: Sequence[Node]) -> None:
        """Show these years with months (named "01" to "12") and days below them."""
        self._merge(self._dates, [_worded(year) for year in years])

    def choose(self, key: Hashable) -> None:
        """Show a line as chosen without telling of it; `None` is all photos."""
        item = self._everything if key is None else self._find(key)
        blocked = self.blockSignals(True)
        self.setCurrentItem(item if item is not None else self._everything)
        self.blockSignals(blocked)
        self.viewport().update()

    def drawBranches(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        """A small arrow where there is something below, and nothing else."""
        if index.data(KEY) is None or not self.model().hasChildren(index):
            return
        now = theme.current()
        centre = QPointF(rect.right() - self.indentation() / 2 + 1, rect.center().y() + 0.5)
        arrow = QPolygonF([QPointF(-2, -3.5), QPointF(2, 0), QPointF(-2, 3.5)])
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(now.text_dim, 1.4))
        painter.translate(centre)
        if self.isExpanded(index):
            painter.rotate(90)
        painter.drawPolyline(arrow)
        painter.restore()

    def _heading(self, name: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem([name])
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.addTopLevelItem(item)
        item.setExpanded(True)
        item.setHidden(True)
        return item

    def _line(self, line: Node) -> QTreeWidgetItem:
        item = QTreeWidgetItem([line.name])
        item.setData(0, KEY, line.key)
        item.setToolTip(0, line.name)
        return item

    def _merge(self, parent: QTreeWidgetItem, lines: Sequence[Node]) -> None:
        """Make the lines below `parent` these, touching only what is different: what is open stays open."""
        wanted = {line.key for line in lines}
        for item in _children(parent):
            if item.data(0, KEY) not in wanted:
                parent.removeChild(item)
        there = {item.data(0, KEY): item for item in _children(parent)}
        for place, line in enumerate(lines):
            item = there.get(line.key)
            if item is None:
                item = self._line(line)
                parent.insertChild(place, item)
            elif parent.indexOfChild(item) != place:
                opened = item.isExpanded()
                parent.removeChild(item)
                parent.insertChild(place, item)
                item.setExpanded(opened)
            if item.text(0) != line.name:
                item.setText(0, line.name)
            if item.data(0, COUNT) != line.photo_count:
                item.setData(0, COUNT, line.photo_count)
            self._fill(item, line)
        if parent in (self._searches, self._folders, self._dates):
            parent.setHidden(not lines)
            parent.setExpanded(True)

    def _fill(self, item: QTreeWidgetItem, line: Node) -> None:
        """Below a closed line nothing is made: the days of twenty years are eight thousand lines."""
        policy = QTreeWidgetItem.ChildIndicatorPolicy
        item.setChildIndicatorPolicy(policy.ShowIndicator if line.children else policy.DontShowIndicator)
        self._below[line.key] = line.children
        if item.isExpanded():
            self._merge(item, line.children)

    def _find(self, key: Hashable) -> QTreeWidgetItem | None:
        """The line of a key; those above it are made if they are not there yet."""
        for heading in (self._searches, self._folders, self._dates):
            tops = [(item, item.data(0, KEY)) for item in _children(heading)]
            for item, top in tops:
                path = self._path(top, key)
                if path is not None:
                    return self._opened(item, path)
        return None

    def _path(self, top: Hashable, key: Hashable) -> list[Hashable] | None:
        """The keys from below `top` down to `key`; None if it is not there."""
        if top == key:
            return []
        for line in self._below.get(top, ()):
            self._below[line.key] = line.children
            path = self._path(line.key, key)
            if path is not None:
                return [line.key, *path]
        return None

    def _opened(self, item: QTreeWidgetItem, path: Sequence[Hashable]) -> QTreeWidgetItem:
        for key in path:
            self._merge(item, self._below[item.data(0, KEY)])
            item = next(child for child in _children(item) if child.data(0, KEY) == key)
        return item

    @Slot(QTreeWidgetItem)
    def _expanded(self, item: QTreeWidgetItem) -> None:
        if item.data(0, KEY) is not None:  # headings have none, and are filled from outside
            self._merge(item, self._below.get(item.data(0, KEY), ()))

    @Slot(QTreeWidgetItem, QTreeWidgetItem)
    def _chosen(self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        if item is not None and item.data(0, KEY) is not None:
            key = item.data(0, KEY)
            if isinstance(key, SavedSearch):
                self.search_chosen.emit(key)
            else:
                self.scope_chosen.emit(None if key == ALL else key)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Qt's: what can be done with a saved search."""
        item = self.itemAt(event.pos())
        key = None if item is None else item.data(0, KEY)
        if isinstance(key, SavedSearch):
            self.search_menu_wanted.emit(key, event.globalPos())


def _counted(count: int) -> str:
    return "" if count == UNKNOWN else wording.count(count)


def _children(parent: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [child for place in range(parent.childCount()) if (child := parent.child(place)) is not None]


def _worded(year: Node) -> Node:
    if year.key == UNDATED:
        return year._replace(name=QCoreApplication.translate("Navigation", "Undated"))
    months = [
        month._replace(name=QLocale().standaloneMonthName(int(month.name)).capitalize())
        if month.name.isdecimal()
        else month
        for month in year.children
    ]
    return year._replace(children=months)
