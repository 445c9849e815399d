"""The bar over the viewer and over photos compared: the way back, what is shown, what can be done."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from photofinder.ui import icons

_ICON_PX = 20
_HEIGHT_PX = 48


class ElidedLabel(QLabel):
    """A line of text that ends in "…" where there is no room for all. Window's thread."""

    def minimumSizeHint(self) -> QSize:
        """Qt's: it may become as narrow as it must."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's: the text, shortened."""
        painter = QPainter(self)
        place = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, int(self.alignment()), text)
        painter.end()


def flat_button(parent: QWidget, icon: str, tip: str, pressed: Callable[[], None]) -> QToolButton:
    """A button without a frame; `icon` may be empty for one of words. Window's thread."""
    button = QToolButton(parent)
    button.setIconSize(QSize(_ICON_PX, _ICON_PX))
    if icon:
        icons.put_on(button, icon)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(lambda: pressed())  # noqa: PLW0108 - without the button's state
    return button


class PictureBar(QWidget):
    """Back button and two lines of words at the left, buttons at the right. Window's thread.

    Signals:
        left(): the user wants back
    """

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(10, 6, 10, 6)
        self._layout.setSpacing(2)
        self._add("back", self.tr("Back (Esc)"), self.left.emit)
        self._layout.addSpacing(8)
        self._title, self._subtitle = ElidedLabel(self), ElidedLabel(self)
        self._subtitle.setProperty("dim", True)
        bold = self._title.font()
        bold.setBold(True)
        self._title.setFont(bold)
        words = QVBoxLayout()
        words.setSpacing(0)
        for label in (self._title, self._subtitle):
            label.setTextFormat(Qt.TextFormat.PlainText)
            words.addWidget(label)
        self._layout.addLayout(words, 1)
        self.setMinimumHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def title(self) -> str:
        """The first line."""
        return self._title.text()

    def show_words(self, title: str, subtitle: str) -> None:
        """What is shown: its name, and facts of it."""
        self._title.setText(title)
        self._subtitle.setText(subtitle)
        self._subtitle.setVisible(bool(subtitle))
        self._title.setToolTip(title)
        self._subtitle.setToolTip(subtitle)

    def add_button(self, icon: str, tip: str, pressed: Callable[[], None], *, checkable: bool = False) -> QToolButton:
        """A button at the right end. `tip` names its key too."""
        return self._add(icon, tip, pressed, checkable=checkable)

    def add_label(self, width_of: str, tip: str, pressed: Callable[[], None]) -> QToolButton:
        """A button of words, as wide as the widest it will show."""
        button = flat_button(self, "", tip, pressed)
        button.setText(width_of)
        button.setMinimumWidth(button.sizeHint().width())
        self._layout.addWidget(button)
        return button

    def add_space(self) -> None:
        """Set the buttons that follow apart."""
        self._layout.addSpacing(12)

    def _add(self, icon: str, tip: str, pressed: Callable[[], None], *, checkable: bool = False) -> QToolButton:
        button = flat_button(self, icon, tip, pressed)
        button.setCheckable(checkable)
        self._layout.addWidget(button)
        return button
