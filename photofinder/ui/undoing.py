"""Undo: the last things the user did to photos, and how to take each back."""

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

MOST = 100


class Step(NamedTuple):
    """Something done, in words, and what takes it back."""

    words: str
    take_back: Callable[[], object]


class Undoing(QObject):
    """Window's thread. `take_back` starts the undoing; what comes of it is told by whoever pushed the step."""

    changed = Signal(str)
    """What would be undone now, in words; empty for nothing."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps: list[Step] = []

    def push(self, words: str, take_back: Callable[[], object]) -> None:
        """Remember how to take back what was just done; the oldest is forgotten when there are too many."""
        self._steps = [*self._steps, Step(words, take_back)][-MOST:]
        self.changed.emit(words)

    @Slot()
    def undo(self) -> None:
        """Take the last step back."""
        if self._steps:
            step = self._steps.pop()
            self.changed.emit(self._steps[-1].words if self._steps else "")
            step.take_back()
