"""What a photo's place says while there is no photo to see, or less than all of it."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from photofinder.ui import theme

_WIDTH_PX = 420
_MARGIN_PX = 24


class PictureNotice(QFrame):
    """A title and a text over a photo's place: in its middle, or at its lower edge. Window's thread."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._within = parent
        self.setObjectName("notice")
        self._title = QLabel(self)
        self._text = QLabel(self)
        for label in (self._title, self._text):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 14)
        layout.setSpacing(6)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        self._in_middle = True
        self._dress()
        self.hide()

    @property
    def words(self) -> str:
        """What is said, empty if nothing is."""
        return "" if self.isHidden() else f"{self._title.text()} {self._text.text()}".strip()

    def say(self, title: str, text: str = "", *, in_middle: bool) -> None:
        """Show it; `in_middle` where there is nothing else to see."""
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.setAccessibleName(f"{title} {text}".strip())
        self._in_middle = in_middle
        self.settle()
        self.show()
        self.raise_()

    def settle(self) -> None:
        """Find its place in the parent anew."""
        parent = self._within
        width = min(_WIDTH_PX, max(80, parent.width() - 2 * _MARGIN_PX))
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        y = (parent.height() - height) // 2 if self._in_middle else parent.height() - height - _MARGIN_PX
        self.setGeometry((parent.width() - width) // 2, max(0, y), width, height)

    def changeEvent(self, event: QEvent) -> None:
        """Qt's: follow the theme."""
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        now = theme.current()
        sheet = (
            f"#notice {{ background: {now.panel.name()}; border: 1px solid {now.line.name()}; border-radius: 8px; }}"
        )
        if self.styleSheet() != sheet:  # setting one changes the palette again
            self.setStyleSheet(sheet)
        self._title.setStyleSheet(f"color: {now.text.name()}; font-weight: 600;")
        self._text.setStyleSheet(f"color: {now.text_dim.name()};")
