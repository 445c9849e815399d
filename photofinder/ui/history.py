"""Where the user has been, as a browser keeps it."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

T = TypeVar("T")

LIMIT = 100
"""Steps kept; the oldest are forgotten first."""


@dataclass(slots=True)
class _Step(Generic[T]):
    place: T
    passing: bool
    memory: dict[str, object] = field(default_factory=dict)


class History(QObject, Generic[T]):
    """Visited places of one window. Window's thread.

    A place that is only passed through (the letters of a query still being typed) is replaced by the next one, so
    that going back never steps through "d", "do", "dog".
    """

    changed = Signal()
    """Back or forward became possible or impossible, or the current place is another."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps: list[_Step[T]] = []
        self._at = -1

    @property
    def current(self) -> T | None:
        """Where the user is; None before the first visit."""
        return self._steps[self._at].place if self._at >= 0 else None

    @property
    def memory(self) -> dict[str, object]:
        """What to remember of the current place (where it was scrolled to), kept as long as the step."""
        return self._steps[self._at].memory if self._at >= 0 else {}

    @property
    def can_go_back(self) -> bool:
        """Whether there is an earlier place."""
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether there is a later place, left by going back."""
        return self._at < len(self._steps) - 1

    def visit(self, place: T, *, passing: bool = False) -> None:
        """Go to a place. What lay ahead is forgotten. Visiting the current place again only settles it."""
        if self._at >= 0 and self._steps[self._at].place == place:
            self._steps[self._at].passing &= passing
            return
        # One that was passed through gives way, unless it is where the user came back to.
        replaced = self._at >= 0 and self._steps[self._at].passing
        del self._steps[self._at + (0 if replaced else 1) :]
        if not (self._steps and self._steps[-1].place == place):
            self._steps.append(_Step(place, passing))
        del self._steps[: max(0, len(self._steps) - LIMIT)]
        self._at = len(self._steps) - 1
        self.changed.emit()

    def settle(self) -> None:
        """The user stays at the current place: the next visit does not replace it."""
        if self._at >= 0:
            self._steps[self._at].passing = False

    def back(self) -> T | None:
        """Step back; the place there, or None if there is none."""
        return self._step(-1) if self.can_go_back else None

    def forward(self) -> T | None:
        """Step forward; the place there, or None if there is none."""
        return self._step(1) if self.can_go_forward else None

    def _step(self, by: int) -> T:
        self.settle()
        self._at += by
        self.changed.emit()
        return self._steps[self._at].place
