"""Where the parts of the window lie."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

SIDES_PX = (230, 760, 300)


@dataclass(frozen=True, slots=True)
class Layout:
    """`sides` has the panes at the left and right of `middle`, which has the photos and, below, room for the map.

    `column` has the photos and what belongs right below them.

    `browse` is the page of all these in `pages`; `whole` is everything.
    """

    whole: QWidget
    pages: QStackedWidget
    browse: QWidget
    sides: QSplitter
    middle: QSplitter
    column: QWidget


def laid_out(
    *, top: QWidget, left: QWidget, photos: QWidget, below_photos: QWidget, right: QWidget, status: QWidget
) -> Layout:
    """Put the parts of the window together. Window's thread."""
    middle = QSplitter(Qt.Orientation.Vertical)
    middle.setHandleWidth(1)
    column = _column(photos, below_photos)
    middle.addWidget(column)
    middle.setCollapsible(0, False)
    middle.setStretchFactor(0, 1)
    sides = QSplitter(Qt.Orientation.Horizontal)
    for widget in (left, middle, right):
        sides.addWidget(widget)
        sides.setCollapsible(sides.indexOf(widget), False)
    sides.setStretchFactor(1, 1)
    sides.setHandleWidth(1)
    sides.setSizes(SIDES_PX)
    browse = QWidget()
    layout = _stacked(browse)
    layout.addWidget(top)
    layout.addWidget(sides, 1)
    pages = QStackedWidget()
    pages.addWidget(browse)
    return Layout(_column(pages, status), pages, browse, sides, middle, column)


def _column(large: QWidget, below: QWidget) -> QWidget:
    column = QWidget()
    layout = _stacked(column)
    layout.addWidget(large, 1)
    layout.addWidget(below)
    return column


def _stacked(widget: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    return layout
