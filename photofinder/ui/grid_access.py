"""The grid for those who hear it: a list whose items are the photos, made only when asked for.

Qt gives Python no way to offer its selection and table interfaces (they are handed over as bare C++ pointers), so what
is selected is told by each item's state, and by the events that QAbstractItemView sends.
"""

# PySide6's stubs leave out that these methods may answer None.
# pyright: reportIncompatibleMethodOverride=false

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleInterface, QColor, QWindow
from PySide6.QtWidgets import QAccessibleWidget

if TYPE_CHECKING:
    from photofinder.ui.grid_view import GridView

_MOST_ITEMS = 1_000


class _Item(QAccessibleInterface):
    """One photo, by its row. Lives on the window's thread."""

    def __init__(self, grid: "GridView", row: int) -> None:
        super().__init__()
        self.grid, self.row = grid, row

    def isValid(self) -> bool:
        return self.row < self.grid.photos.rowCount()

    def object(self) -> QObject | None:
        return None

    def parent(self) -> QAccessibleInterface | None:
        return QAccessible.queryAccessibleInterface(self.grid)

    def child(self, index: int) -> QAccessibleInterface | None:
        return None

    def childCount(self) -> int:
        return 0

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def window(self) -> QWindow | None:
        return self.grid.window().windowHandle()

    def backgroundColor(self) -> QColor:
        return QColor()

    def foregroundColor(self) -> QColor:
        return QColor()

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        grid, index = self.grid, self.grid.photos.index(self.row, 0)
        state.selectable = state.focusable = state.multiSelectable = True
        state.selected = grid.selectionModel().isSelected(index)
        state.active = state.focused = grid.hasFocus() and grid.currentIndex().row() == self.row
        state.offscreen = not grid.viewport().rect().intersects(grid.visualRect(index))
        return state

    def text(self, kind: QAccessible.Text) -> str:
        return self.grid.photos.described(self.row) if kind is QAccessible.Text.Name and self.isValid() else ""

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Photos are not renamed from here."""

    def rect(self) -> QRect:
        place = self.grid.visualRect(self.grid.photos.index(self.row, 0))
        return QRect(self.grid.viewport().mapToGlobal(place.topLeft()), place.size())


class _List(QAccessibleWidget):
    """The grid itself. Lives on the window's thread."""

    def __init__(self, grid: "GridView") -> None:
        super().__init__(grid, QAccessible.Role.List)
        self.grid = grid
        self._items: dict[int, _Item] = {}

    def childCount(self) -> int:
        return self.grid.photos.rowCount()

    def child(self, index: int) -> QAccessibleInterface | None:
        if not 0 <= index < self.childCount():
            return None
        if index not in self._items:
            if len(self._items) >= _MOST_ITEMS:  # a reader wandering through a large library
                oldest = next(iter(self._items))
                QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(self._items.pop(oldest)))
            self._items[index] = _Item(self.grid, index)
        return self._items[index]

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:
        index = self.grid.indexAt(self.grid.viewport().mapFromGlobal(QPoint(x, y)))
        return self.child(index.row()) if index.isValid() else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.row if isinstance(child, _Item) else -1

    def focusChild(self) -> QAccessibleInterface | None:
        current = self.grid.currentIndex()
        return self.child(current.row()) if current.isValid() else None


_lists: dict[int, _List] = {}
_installed: list[bool] = []


def install() -> None:
    """Have Qt ask here for the interfaces of grids. Once is enough; more does no harm."""
    if not _installed:
        _installed.append(True)
        QAccessible.installFactory(_made)


def _made(_name: str, thing: QObject) -> QAccessibleInterface | None:
    from photofinder.ui.grid_view import GridView  # noqa: PLC0415 - which installs us

    if not isinstance(thing, GridView):
        return None
    key = id(thing)
    _lists[key] = _List(thing)  # Qt does not keep a Python object alive
    thing.destroyed.connect(lambda: _lists.pop(key, None))
    return _lists[key]
