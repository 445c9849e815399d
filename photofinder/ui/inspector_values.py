"""The inspector's list: headings, names and values that can be copied."""

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QSizePolicy, QWidget

from photofinder.library.details import PROBLEMS, Detail

_NAMES_PX = 92
_BREAK = "\u200b"
"""Lets a long name without spaces be broken over lines; never copied."""


class _Value(QLabel):
    """A value, for reading, selecting and copying."""

    all_wanted = Signal()

    def __init__(self, value: str, parent: QWidget) -> None:
        super().__init__(re.sub(r"([/\\_.\-])(?=\w{6})", rf"\1{_BREAK}", value), parent)
        self._value = value
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)

    def copy(self) -> None:
        """What is selected, or else all of the value, to the clipboard."""
        QGuiApplication.clipboard().setText(self.selectedText().replace(_BREAK, "") or self._value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's: Ctrl-C."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Qt's: copy this, or all."""
        menu = QMenu(self)
        menu.addAction(self.tr("Copy"), self.copy)
        menu.addAction(self.tr("Copy all"), self.all_wanted.emit)
        menu.exec(event.globalPos())
        menu.deleteLater()


class DetailList(QWidget):
    """Details in groups. Made anew for other photos: a few dozen labels, milliseconds. Window's thread."""

    def __init__(self, found: Sequence[Detail], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found = tuple(found)
        self.values: list[_Value] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 4, 14, 14)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(5)
        grid.setColumnMinimumWidth(0, _NAMES_PX)
        grid.setColumnStretch(1, 1)
        row = 0
        group = None
        for each in self._found:
            if each.group != group:
                group = each.group
                grid.addWidget(self._heading(group, first=row == 0), row, 0, 1, 2)
                row += 1
            # What goes wrong is told in sentences, which want the whole width.
            wide = group in PROBLEMS
            value = _Value(each.value, self)
            value.setAccessibleName(f"{self.tr(each.label)}: {each.value}")
            value.all_wanted.connect(self.copy_all)
            self.values.append(value)
            if not wide:
                name = QLabel(self.tr(each.label), self)
                name.setProperty("dim", True)
                name.setAlignment(Qt.AlignmentFlag.AlignTop)
                grid.addWidget(name, row, 0)
            grid.addWidget(value, row, 0 if wide else 1, 1, 2 if wide else 1)
            row += 1
        grid.setRowStretch(row, 1)

    def _heading(self, group: str, *, first: bool) -> QLabel:
        heading = QLabel(self.tr(group), self)
        heading.setProperty("warning" if group in PROBLEMS else "caps", True)
        font = QFont(heading.font())
        font.setCapitalization(QFont.Capitalization.AllUppercase)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.8)
        heading.setFont(font)
        heading.setContentsMargins(0, 4 if first else 14, 0, 2)
        return heading

    @property
    def text(self) -> str:
        """All of it, as lines of text."""
        lines: list[str] = []
        for n, each in enumerate(self._found):
            if n == 0 or self._found[n - 1].group != each.group:
                lines += ["", self.tr(each.group)] if lines else [self.tr(each.group)]
            lines.append(f"{self.tr(each.label)}: {each.value}")
        return "\n".join(lines)

    def copy_all(self) -> None:
        """All of it to the clipboard."""
        QGuiApplication.clipboard().setText(self.text)
