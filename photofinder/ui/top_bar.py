"""The row above the photos: where one has been, what is looked for, how it is shown."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSlider, QToolButton, QVBoxLayout, QWidget

from photofinder.library.browse import Order
from photofinder.ui import icons
from photofinder.ui.chips import ChipRow
from photofinder.ui.search_bar import SearchBar

SEARCH_AT_MOST_PX = 760
ORDER_PX = 140
"""Wide enough for every name, so that the search field stays where it is."""


class TopBar(QWidget):
    """Window's thread. Buttons show the window's own actions, so that keys, menus and buttons agree."""

    order_chosen = Signal(object)
    """An Order."""
    size_chosen = Signal(int)
    """Side of the thumbnails, in device-independent pixels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = SearchBar()
        self.search.setMaximumWidth(SEARCH_AT_MOST_PX)
        self._orders = QActionGroup(self)
        self._order_menu = QMenu(self)
        for order, name in (
            (Order.RELEVANCE, self.tr("Best first")),
            (Order.NEWEST, self.tr("Newest first")),
            (Order.OLDEST, self.tr("Oldest first")),
            (Order.ADDED, self.tr("Last added first")),
            (Order.NAME, self.tr("File name")),
            (Order.FOLDER, self.tr("Folder")),
            (Order.RATING, self.tr("Rating")),
        ):
            action = QAction(name, self._orders, checkable=True)
            action.setData(order)
            self._order_menu.addAction(action)
        self._orders.triggered.connect(self._order_triggered)
        self._order = QToolButton()
        self._order.setObjectName("labelled")
        self._order.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._order.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._order.setMenu(self._order_menu)
        self._order.setToolTip(self.tr("Sort by"))
        self._order.setMinimumWidth(ORDER_PX)
        icons.put_on(self._order, "sort")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setFixedWidth(110)
        self.slider.setToolTip(self.tr("Size of the thumbnails (Ctrl + and -)"))
        self.slider.setAccessibleName(self.tr("Size of the thumbnails"))
        self.slider.valueChanged.connect(self.size_chosen)
        self.chips = ChipRow(self.search.field)
        self.search.words_shown.connect(self.chips.show_query)
        self.chips.query_changed.connect(self.search.change_words)
        self.chips.edit_wanted.connect(self.search.edit_part)
        self._layout = QHBoxLayout()
        self._layout.setContentsMargins(10, 8, 10, 8)
        self._layout.setSpacing(4)
        self._below = QHBoxLayout()
        self._below.addWidget(self.chips)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(self._layout)
        rows.addLayout(self._below)

    def arrange(self, left: list[QAction], right: list[QAction], menu: QMenu) -> None:
        """Put everything in its place: `left` and `right` are shown as buttons around the search field."""
        for action in left:
            self._layout.addWidget(self._button(action))
        self._layout.addStretch(1)
        self._layout.addWidget(self.search, 100)
        self._layout.addStretch(1)
        self._layout.addWidget(self._order)
        self._layout.addWidget(self.slider)
        self._layout.addSpacing(4)
        for action in right:
            self._layout.addWidget(self._button(action))
        more = QToolButton()
        icons.put_on(more, "menu")
        more.setToolTip(self.tr("Menu"))
        more.setAccessibleName(self.tr("Menu"))
        more.setMenu(menu)
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._layout.addWidget(more)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's: what stands below the search field begins where it does."""
        super().resizeEvent(event)
        self._layout.activate()
        self._below.setContentsMargins(self.search.x(), 0, 10, 0)

    def show_order(self, order: Order, *, of_hits: bool) -> None:
        """Which order holds; only hits have a best."""
        for action in self._orders.actions():
            if action.data() is Order.RELEVANCE:
                action.setVisible(of_hits)
            if action.data() is order:
                action.setChecked(True)
                self._order.setText(action.text())

    def show_size(self, side_px: int) -> None:
        """The size that thumbnails have by now."""
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(side_px)
        self.slider.blockSignals(blocked)

    @Slot(QAction)
    def _order_triggered(self, action: QAction) -> None:
        self.order_chosen.emit(action.data())

    @staticmethod
    def _button(action: QAction) -> QToolButton:
        button = QToolButton()
        icons.draw([action])
        button.setDefaultAction(action)
        keys = action.shortcut().toString()
        button.setToolTip(f"{action.text()} ({keys})" if keys else action.text())
        button.setAccessibleName(action.text())
        return button
