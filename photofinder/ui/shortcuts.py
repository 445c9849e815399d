"""The sheet of all keys, on `?`."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from photofinder.ui import theme
from photofinder.ui.pages import open_at

SPARE_PX = 4
"""So that no scroll bar shows where there is room."""

Keys = Sequence[tuple[str, str]]


def _tr(text: str) -> str:
    return QCoreApplication.translate("shortcuts", text)


def in_grid() -> Keys:
    """What the grid does by itself."""
    return (
        ("Enter, ↓", _tr("From the search field to the photos")),
        ("Enter", _tr("Open in the viewer")),
        ("← ↑ → ↓", _tr("Go to another photo")),
        ("Home, End, PgUp, PgDn", _tr("Go far")),
        ("Shift + ←…", _tr("Select a range")),
        ("Ctrl+A", _tr("Select all")),
        ("Ctrl + and -", _tr("Larger, smaller thumbnails")),
    )


def in_viewer() -> Keys:
    """What the viewer does by itself."""
    return (
        ("← →, Space", _tr("Previous, next photo")),
        ("Z", _tr("Fit, or 100 %")),
        ("+ and -, wheel", _tr("Zoom at the cursor")),
        ("R", _tr("Turn the view")),
        ("F", _tr("Full screen")),
        ("I", _tr("Inspector")),
        ("S", _tr("Find similar")),
        ("Esc", _tr("Back to the grid")),
    )


def of_actions(actions: Sequence[QAction]) -> Keys:
    """What the window's actions are reached by, in the system's own way of writing keys."""
    native = QKeySequence.SequenceFormat.NativeText
    return [
        (", ".join(keys.toString(native) for keys in action.shortcuts()), action.text().replace("&", "").rstrip("…"))
        for action in actions
        if action.shortcuts()
    ]


class ShortcutSheet(QDialog):
    """Window's thread."""

    def __init__(self, groups: Sequence[tuple[str, Keys]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keys"))
        sheet = QWidget()
        columns = QHBoxLayout(sheet)
        columns.setContentsMargins(28, 24, 28, 28)
        columns.setSpacing(44)
        now = theme.current()
        raised, line = now.raised.name(), now.line.name()
        key_style = f"background: {raised}; border: 1px solid {line}; border-radius: 4px; padding: 2px 7px;"
        for name, keys in groups:
            grid = QGridLayout()
            grid.setHorizontalSpacing(14)
            grid.setVerticalSpacing(7)
            heading = QLabel(name.upper())
            heading.setProperty("caps", True)
            grid.addWidget(heading, 0, 0, 1, 2)
            for row, (key, meaning) in enumerate(keys, start=1):
                cap = QLabel(key)
                cap.setStyleSheet(key_style)
                cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
                grid.addWidget(cap, row, 0)
                grid.addWidget(QLabel(meaning), row, 1)
            column = QVBoxLayout()
            column.addLayout(grid)
            column.addStretch()
            columns.addLayout(column)
        scroller = QScrollArea()
        scroller.setFrameShape(QFrame.Shape.NoFrame)
        scroller.setWidgetResizable(True)
        scroller.setWidget(sheet)
        scroller.setAccessibleName(self.windowTitle())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroller)
        size = sheet.sizeHint()
        open_at(self, size.width() + SPARE_PX, size.height() + SPARE_PX)
