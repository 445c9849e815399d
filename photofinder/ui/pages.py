"""What the pages of dialogs are put together from. Window's thread."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QLabel, QLayout, QVBoxLayout, QWidget

MARGIN_PX = 40
"""For what the desktop puts around a window."""


def page_layout(page: QWidget, heading: str, text: str) -> QVBoxLayout:
    """The top of a page, a heading and a sentence; returns where the rest goes."""
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 8, 0)
    layout.setSpacing(12)
    head = QLabel(heading)
    head.setProperty("heading", True)
    layout.addWidget(head)
    layout.addWidget(dim(text))
    return layout


def open_at(dialog: QDialog, width_px: int, height_px: int) -> None:
    """Give a dialog this size, or what there is room for: at 300 % a screen, and the window on it, are small."""
    room = dialog.screen().availableSize() - QSize(MARGIN_PX, MARGIN_PX)
    owner = dialog.parentWidget()
    if owner is not None:
        room = room.expandedTo(owner.window().size())
    dialog.resize(QSize(width_px, height_px).boundedTo(room))


def dim(text: str) -> QLabel:
    """A sentence that need not be read first."""
    label = QLabel(text)
    label.setProperty("dim", True)
    label.setWordWrap(True)
    return label


def clear(layout: QLayout) -> None:
    """Take everything out of a layout, and delete it."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
