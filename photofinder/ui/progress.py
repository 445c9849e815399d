"""The line at the bottom: what is shown and chosen, how the ingest is doing, and what could not be read."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer, Signal, SignalInstance, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QToolButton, QWidget

from photofinder.ui import icons, wording

RATE_OVER_S = 8.0
"""Rates are taken over this long: shorter jumps about, longer is late to notice a slower drive."""


class Rate:
    """Photos a second, from counts at times. Window's thread."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, at_s: float, done: int) -> None:
        """At `at_s`, on a clock that does not jump, `done` photos were done in all."""
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((at_s, done))
        while len(self._seen) > 2 and at_s - self._seen[1][0] >= RATE_OVER_S:
            self._seen.popleft()

    @property
    def per_second(self) -> float | None:
        """None before there is anything to judge by."""
        if len(self._seen) < 2:
            return None
        (first_s, first), (last_s, last) = self._seen[0], self._seen[-1]
        return (last - first) / (last_s - first_s) if last_s - first_s > 0.5 else None


class StatusLine(QWidget):
    """Window's thread."""

    pause_requested = Signal()
    resume_requested = Signal()
    stop_requested = Signal()
    failures_requested = Signal()
    encoder_requested = Signal()
    """Where encoders are chosen and fetched."""
    away_requested = Signal()
    """Which folders are away, and what that means."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rate = Rate()
        self._shown = QLabel()
        self._notice = QLabel()
        self._notice.setProperty("dim", True)
        self._failures = QPushButton()
        self._failures.setProperty("link", True)
        self._failures.setProperty("warning", True)
        self._failures.clicked.connect(self.failures_requested)
        icons.put_on(self._failures, "warning")
        self._failures.hide()
        self._fetching = QPushButton()
        self._fetching.setProperty("link", True)
        self._fetching.clicked.connect(self.encoder_requested)
        self._fetching.hide()
        self._away = QPushButton()
        self._away.setProperty("link", True)
        self._away.clicked.connect(self.away_requested)
        self._away.hide()
        self._doing = QLabel()
        self._doing.setProperty("dim", True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(150)
        self._bar.setAccessibleName(self.tr("Progress of looking at photos"))
        self._pause = self._button("pause", self.tr("Pause"), self.pause_requested)
        self._resume = self._button("resume", self.tr("Go on"), self.resume_requested)
        self._stop = self._button("stop", self.tr("Stop; what is done is kept"), self.stop_requested)
        self._switch = QToolButton()
        for label in (self._notice, self._doing):
            label.setMinimumWidth(1)  # in a narrow window words are cut off rather than the window kept wide
        self._forget_notice = QTimer(self, singleShot=True, interval=6_000)
        self._forget_notice.timeout.connect(self._notice.clear)

        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 6, 0)
        layout.setSpacing(10)
        layout.addWidget(self._shown)
        layout.addWidget(self._notice, 1)
        for widget in (
            self._fetching,
            self._away,
            self._failures,
            self._doing,
            self._bar,
            self._switch,
            self._pause,
            self._resume,
            self._stop,
        ):
            layout.addWidget(widget)
        self.setFixedHeight(34)
        self.show_idle()

    def _button(self, icon: str, name: str, requested: SignalInstance) -> QToolButton:
        button = QToolButton()
        icons.put_on(button, icon)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.clicked.connect(requested)
        return button

    def add_switch(self, action: QAction) -> None:
        """A switch beside the progress, there while an ingest runs."""
        self._switch.setDefaultAction(action)

    def show_photos(self, text: str) -> None:
        """What the grid shows, and how many of it are chosen."""
        self._shown.setText(text)

    def tell(self, text: str, more: str = "") -> None:
        """Something that was just done, for a few seconds; `more` of it is told to who points at it."""
        self._notice.setText(text)
        self._notice.setToolTip(more)
        self._forget_notice.start()

    def show_failures(self, count: int, folders: int = 0) -> None:
        """How many photos and folders could not be read, as a way to the list of them."""
        parts = [wording.photos(count)] if count else []
        if folders:
            parts.append(self.tr("1 folder") if folders == 1 else self.tr("{} folders").format(wording.count(folders)))
        self._failures.setText(self.tr("{} could not be read").format(", ".join(parts)))
        self._failures.setVisible(bool(parts))

    def show_fetching(self, text: str, *, warning: bool = False) -> None:
        """How far an encoder is that is being fetched, as a way to where it can be paused; empty for none."""
        self._fetching.setText(text)
        if bool(self._fetching.property("warning")) is not warning:
            self._fetching.setProperty("warning", warning)
            self._fetching.style().polish(self._fetching)
        self._fetching.setVisible(bool(text))

    def show_away(self, paths: Sequence[str]) -> None:
        """Which watched folders are not there now, as a way to them."""
        name = Path(paths[0]).name or paths[0] if paths else ""
        words = self.tr("{} is away") if len(paths) == 1 else self.tr("{} folders are away")
        self._away.setText(words.format(name if len(paths) == 1 else wording.count(len(paths))))
        why = self.tr("The drive is not plugged in, or the folder was moved. Nothing is forgotten.")
        self._away.setToolTip("\n".join([*paths, why]))
        self._away.setVisible(bool(paths))

    def show_scanning(self, where: str, found: int) -> None:
        """The ingest looks for photos."""
        self._show(self.tr("Looking for photos in {0} · {1} new").format(where, wording.count(found)), 0, 0)

    def show_progress(self, at_s: float, done: int, found: int, where: str) -> None:
        """The ingest looks at photos: `done` of `found`, at `at_s` on a clock that does not jump."""
        self._rate.add(at_s, done)
        parts = [self.tr("{0} of {1} photos").format(wording.count(done), wording.count(found))]
        rate = self._rate.per_second
        if rate is not None and rate > 0:
            parts.append(self.tr("{} a second").format(wording.rate(rate)))
            parts.append(wording.time_left((found - done) / rate))
        self._show(" · ".join(parts), done, max(found, 1))
        self._doing.setToolTip(where)

    def show_paused(self, left: int | None) -> None:
        """The ingest waits for the user."""
        text = self.tr("Paused") if left is None else self.tr("Paused · {} left").format(wording.photos(left))
        self._show(text, 0, 1, running=False)
        self._bar.hide()

    def show_stopping(self) -> None:
        """What is in work is brought to its end."""
        self._doing.setText(self.tr("Finishing…"))
        for button in (self._switch, self._pause, self._resume, self._stop):
            button.hide()

    @Slot()
    def show_idle(self) -> None:
        """Nothing to be told of."""
        self._rate = Rate()
        for widget in (self._doing, self._bar, self._switch, self._pause, self._resume, self._stop):
            widget.hide()

    def _show(self, text: str, done: int, total: int, *, running: bool = True) -> None:
        self._doing.setText(text)
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._doing.show()
        self._bar.show()
        self._stop.show()
        self._switch.show()
        self._pause.setVisible(running)
        self._resume.setVisible(not running)
