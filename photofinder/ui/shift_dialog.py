"""How far a camera's clock was off: said as a difference, or by when one photo really was taken."""

from datetime import datetime, timedelta

from PySide6.QtCore import QDate, QDateTime, QLocale, Qt, QTime, QTimeZone, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QButtonGroup,
    QComboBox,
    QDateTimeEdit,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from photofinder.core.errors import QueryProblem
from photofinder.core.types import Photo
from photofinder.library import clocks
from photofinder.library.clocks import Step
from photofinder.library.details import photo_name
from photofinder.ui import wording
from photofinder.ui.pages import dim

_MOST = {"years": 200, "days": 99_999, "hours": 9_999, "minutes": 99_999, "seconds": 99_999}
_FORM = "d MMM yyyy HH:mm:ss"


class ShiftDialog(QDialog):
    """For so many photos, told by one of them, `anchor`, which has a capture time. Window's thread."""

    shift_wanted = Signal(object)
    """A timedelta, or None: as the files say."""

    def __init__(self, anchor: Photo, count: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        taken = clocks.taken_of(anchor)
        assert taken is not None
        assert anchor.metadata.taken is not None
        self._taken: datetime = taken
        self._shift = timedelta(milliseconds=anchor.metadata.taken.shift_ms)
        self.setWindowTitle(self.tr("Shift capture time"))
        heading = QLabel(self.tr("Shift the capture time of {}").format(wording.photos(count)))
        heading.setProperty("heading", True)
        name = QLabel(self.tr("{0} says {1}").format(photo_name(anchor), _said(taken)))
        if self._shift:
            name.setText(self.tr("{0} ({1} of that is your shift)").format(name.text(), clocks.said(self._shift)))
        name.setTextFormat(Qt.TextFormat.PlainText)
        name.setWordWrap(True)
        self.ways = QButtonGroup(self)
        buttons = [
            QRadioButton(words)
            for words in (
                self.tr("Move by"),
                self.tr("It was taken at"),
                self.tr("As the files say, without any shift"),
            )
        ]
        for number, button in enumerate(buttons):
            self.ways.addButton(button, number)
        buttons[0].setChecked(True)
        self.direction = QComboBox()
        self.direction.addItems([self.tr("later"), self.tr("earlier")])
        self.direction.setAccessibleName(self.tr("Direction"))
        self.direction.activated.connect(lambda: buttons[0].setChecked(True))
        self.parts = {part: self._part(part, most, buttons[0]) for part, most in _MOST.items()}
        self.moment = QDateTimeEdit(_qt(taken.replace(microsecond=0)))
        self.moment.setTimeZone(QTimeZone.utc())  # the clock on the wall has none: nothing is converted
        self.moment.setDateTime(_qt(taken.replace(microsecond=0)))
        self.moment.setDisplayFormat(_FORM)
        self.moment.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.moment.setAccessibleName(buttons[1].text())
        self.moment.dateTimeChanged.connect(lambda: buttons[1].setChecked(True))
        for field in (*self.parts.values(), self.moment):
            field.setMinimumHeight(self.direction.sizeHint().height())
        self.result_words = QLabel()
        self.result_words.setWordWrap(True)
        self.go = QPushButton(self.tr("Shift"))
        self.go.setProperty("primary", True)
        self.go.setDefault(True)
        self.go.clicked.connect(self.accept)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        amounts = QHBoxLayout()
        amounts.setSpacing(6)
        for part in self.parts.values():
            amounts.addWidget(part)
        amounts.addWidget(self.direction)
        amounts.addStretch()
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(1, 1)
        grid.addWidget(buttons[0], 0, 0)
        grid.addLayout(amounts, 0, 1)
        grid.addWidget(buttons[1], 1, 0)
        grid.addWidget(self.moment, 1, 1, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(buttons[2], 2, 0, 1, 2)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(cancel)
        row.addWidget(self.go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 20, 22, 18)
        layout.setSpacing(14)
        layout.addWidget(heading)
        layout.addWidget(name)
        layout.addLayout(grid)
        layout.addWidget(self.result_words)
        note = self.tr("Every photo moves by the same time. This is kept in your library; the files stay as they are.")
        layout.addWidget(dim(note))
        layout.addLayout(row)
        self.ways.idToggled.connect(self._tell)
        self.direction.activated.connect(self._tell)
        self.moment.dateTimeChanged.connect(self._tell)
        self._tell()
        self.parts["hours"].setFocus()

    def _part(self, name: str, most: int, way: QRadioButton) -> QSpinBox:
        made = QSpinBox()
        made.setRange(0, most)
        words = {
            "years": self.tr("years"),
            "days": self.tr("days"),
            "hours": self.tr("h"),
            "minutes": self.tr("min"),
            "seconds": self.tr("s"),
        }
        made.setSuffix(f" {words[name]}")
        made.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        made.setAccessibleName(self.tr(name))
        made.valueChanged.connect(lambda: way.setChecked(True))
        made.valueChanged.connect(self._tell)
        return made

    @property
    def by(self) -> timedelta | None:
        """The difference that is asked for; None: as the files say. Raises QueryProblem beyond the calendar."""
        way = self.ways.checkedId()
        if way == 1:
            return clocks.difference(self._taken, _plain(self.moment.dateTime()))
        if way == 0:
            amounts = {name: part.value() for name, part in self.parts.items()}
            return Step(**amounts, back=self.direction.currentIndex() == 1).from_(self._taken)
        return None

    @Slot()
    def _tell(self) -> None:
        """Say what will come of it."""
        try:
            by = self.by
            there = self._taken + (-self._shift if by is None else by)
        except (QueryProblem, OverflowError):
            self.result_words.setText(self.tr("That is not in the calendar."))
            self.go.setEnabled(False)
            return
        # Another photo may have a shift where this one has none.
        self.go.setEnabled(by is None or by != timedelta())
        words = self.tr("as in the file") if by is None else clocks.said(by)
        arrow = "\N{RIGHTWARDS ARROW}"
        self.result_words.setText(f"{_said(self._taken)} {arrow} {_said(there)}  ({words})")

    def accept(self) -> None:
        """Qt's: ask for the shift."""
        self.moment.interpretText()
        for part in self.parts.values():
            part.interpretText()
        if self.go.isEnabled():
            self.shift_wanted.emit(self.by)
            super().accept()


def _qt(moment: datetime) -> QDateTime:
    day, time = QDate(moment.year, moment.month, moment.day), QTime(moment.hour, moment.minute, moment.second)
    return QDateTime(day, time, QTimeZone.utc())


def _plain(moment: QDateTime) -> datetime:
    day, time = moment.date(), moment.time()
    return datetime(day.year(), day.month(), day.day(), time.hour(), time.minute(), time.second())  # noqa: DTZ001


def _said(moment: datetime) -> str:
    return QLocale().toString(_qt(moment), _FORM)
