"""The parts of the query as chips below the search field: to be seen at a glance, changed, and taken away."""

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QToolButton, QWidget

from photofinder.library.query.grammar import QuerySyntaxProblem
from photofinder.library.query.parts import Kind, Part, parts, without
from photofinder.ui import icons, theme

HEIGHT_PX = 28
_LONGEST = 48
_FAINT = {Kind.WORDS, Kind.GROUP, Kind.ALTERNATIVE}
"""What is looked for; all else narrows, and has the colour of what is switched on."""


class Chip(QFrame):
    """One part. Window's thread. Enter or a click edits it, Delete or its cross takes it away, arrows go on."""

    edit_wanted = Signal()
    removal_wanted = Signal()
    step_wanted = Signal(int)

    def __init__(self, text: str, part: Part, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text, self.part = text, part
        self.setObjectName("part")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        label = QLabel(shown, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        self.cross = QToolButton(self)
        icons.put_on(self.cross, "close")
        self.cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.cross.setFixedSize(20, 20)
        self.cross.clicked.connect(self.removal_wanted)
        name = _kind_name(part.kind)
        self.setAccessibleName(f"{name}: {text}")
        self.setAccessibleDescription(self.tr("Enter edits it, Delete takes it away"))
        self.setToolTip(f"{name}: {text}")
        self.cross.setAccessibleName(self.tr("Take away {}").format(text))
        self.cross.setToolTip(self.tr("Take away (Delete)"))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 4, 0)
        row.setSpacing(4)
        row.addWidget(label)
        row.addWidget(self.cross)
        self._dress()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Qt's: taken, so that the release comes here."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Qt's: a click edits."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.edit_wanted.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's."""
        key = event.key()
        if key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.removal_wanted.emit()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_F2}:
            self.edit_wanted.emit()
        elif key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            self.step_wanted.emit(1 if key == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Qt's: a chip's keys are its own while it has the focus, whatever they do in the window (Del is the trash)."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            own = {Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}
            if event.key() in own | {Qt.Key.Key_F2, Qt.Key.Key_Left, Qt.Key.Key_Right} and not event.modifiers():
                event.accept()
                return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt's: a ring, and into view."""
        super().focusInEvent(event)
        self._dress()
        area = self.parent()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parent()
        if area is not None:
            area.ensureWidgetVisible(self, 8, 0)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt's."""
        super().focusOutEvent(event)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Qt's: follow the theme."""
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        now = theme.current()
        ground = now.raised if self.part.kind in _FAINT else theme.mixed(now.accent, now.raised, 0.22)
        edge = now.accent if self.hasFocus() else now.line
        round_ = f"border-radius: {HEIGHT_PX // 2}px;"
        sheet = (
            f"#part {{ background: {ground.name()}; border: 1px solid {edge.name()}; {round_} }}"
            "QLabel { background: transparent; } QToolButton { padding: 0; border: none; background: transparent; }"
        )
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)


class ChipRow(QScrollArea):
    """Shows the parts of a query, unless there is nothing but free words. Window's thread."""

    query_changed = Signal(str)
    """The user took a part away: the query is this now."""
    edit_wanted = Signal(int, int)
    """The user wants to change characters from the first to before the second."""

    def __init__(self, after: QWidget, parent: QWidget | None = None) -> None:
        """`after` has the focus before the chips have, as Tab goes on."""
        super().__init__(parent)
        self._after = after
        self._text = ""
        self.chips: list[Chip] = []
        self._inner = QWidget()
        self._row = QHBoxLayout(self._inner)
        self._row.setContentsMargins(0, 0, 0, 6)
        self._row.setSpacing(6)
        self._row.addStretch(1)
        self.setWidget(self._inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(HEIGHT_PX + 6)
        self.setAccessibleName(self.tr("Parts of the search"))
        self.hide()

    def show_query(self, text: str) -> None:
        """The query is this. While it cannot be read its last parts stay, and cannot be used."""
        if text == self._text and self._inner.isEnabled():
            return
        try:
            found = parts(text)
        except QuerySyntaxProblem:
            self._inner.setEnabled(False)
            return
        self._text = text
        self._inner.setEnabled(True)
        if len(found) == 1 and found[0].kind is Kind.WORDS:
            found = []
        self._make([(text[part.start : part.end], part) for part in found])
        self.setVisible(bool(found))

    def _make(self, wanted: list[tuple[str, Part]]) -> None:
        for chip in self.chips:
            self._row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = [Chip(text, part, self._inner) for text, part in wanted]
        before = self._after
        for number, chip in enumerate(self.chips):
            QWidget.setTabOrder(before, chip)
            before = chip
            chip.edit_wanted.connect(lambda part=chip.part: self.edit_wanted.emit(part.start, part.end))
            chip.removal_wanted.connect(lambda number=number: self._remove(number))
            chip.step_wanted.connect(lambda step, number=number: self._step(number + step))
            self._row.insertWidget(number, chip)
            chip.show()

    def _remove(self, number: int) -> None:
        had_focus = self.chips[number].hasFocus()
        left = without(self._text, number)
        self.show_query(left)
        if had_focus and self.chips:
            self._step(min(number, len(self.chips) - 1))
        elif had_focus:
            self.edit_wanted.emit(len(left), len(left))
        self.query_changed.emit(left)

    def _step(self, number: int) -> None:
        if 0 <= number < len(self.chips):
            self.chips[number].setFocus(Qt.FocusReason.TabFocusReason)


def _kind_name(kind: Kind) -> str:
    return QCoreApplication.translate("ChipRow", kind.value[0].upper() + kind.value[1:])
