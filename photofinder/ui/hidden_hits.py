"""The line below the hits: that more was ranked, and the way to it."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from photofinder.ui import wording


class HiddenHits(QWidget):
    """Window's thread. Hidden while nothing is left out."""

    all_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = QLabel(self)
        self._said.setProperty("dim", True)
        self.button = QPushButton(self)
        self.button.clicked.connect(self.all_wanted)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.addWidget(self._said)
        layout.addStretch(1)
        layout.addWidget(self.button)
        self.hide()

    @Slot(int, int)
    def show_count(self, hidden: int, ranked: int) -> None:
        """How many photos of all that were ranked are not shown."""
        less = self.tr("{} more photos look less like it").format(wording.count(hidden))
        one = self.tr("1 more photo looks less like it")
        self._said.setText(one if hidden == 1 else less)
        self.button.setText(self.tr("Show all {} ranked").format(wording.count(ranked)))
        self.setVisible(hidden > 0)
