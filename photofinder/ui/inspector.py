"""The side panel that says all that is known of a photo, or what several have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from photofinder.core.errors import MediaProblem, PhotoFinderError
from photofinder.library import pictures
from photofinder.library.details import Detail, details, shared_details
from photofinder.library.library import Library
from photofinder.ui import theme
from photofinder.ui.histogram import Histogram, HistogramView, count
from photofinder.ui.inspector_values import DetailList
from photofinder.ui.latest import LatestWorker
from photofinder.ui.picture_bar import ElidedLabel, flat_button

_WIDTH_PX = 300
_PAUSE_MS = 80
"""While the selection runs through photos, nothing is asked."""
_MOST = 1000
"""Of a larger selection, so many are compared: 0.3 s."""


@dataclass(frozen=True, slots=True)
class _Counted:
    photo_id: int
    histogram: Histogram | None


class Inspector(QWidget):
    """Shows the photos it is given. Window's thread; a thread of its own asks and counts; `close_down` ends it."""

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._ids: tuple[int, ...] = ()
        self._worker = LatestWorker("inspector", self, at_end=library.reader.close)
        self._worker.done.connect(self._take)
        self._worker.failed.connect(self._take_problem)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._title = ElidedLabel(self.tr("Inspector"), self)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._copy = flat_button(self, "copy", self.tr("Copy all"), self.copy_all)
        head = QHBoxLayout()
        head.setContentsMargins(14, 8, 8, 4)
        head.addWidget(self._title, 1)
        head.addWidget(self._copy)
        self._histogram = HistogramView(self)
        framed = QVBoxLayout()
        framed.setContentsMargins(14, 4, 14, 6)
        framed.addWidget(self._histogram)
        self._note = QLabel(self)
        self._note.setWordWrap(True)
        self._note.setProperty("dim", True)
        self._note.setContentsMargins(14, 4, 14, 8)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setAccessibleName(self.tr("About the photo"))
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 0, 0, 0)  # for the line
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(framed)
        layout.addWidget(self._note)
        layout.addWidget(self._scroll, 1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Inspector"))
        self.show_photos(())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's: a line towards what it speaks of."""
        painter = QPainter(self)
        painter.fillRect(0, 0, 1, self.height(), theme.current().line)
        painter.end()

    def sizeHint(self) -> QSize:
        """Qt's: wide enough for a path in a few lines."""
        return QSize(_WIDTH_PX, 600)

    @property
    def text(self) -> str:
        """All that is shown, as lines of text."""
        shown = self._scroll.widget()
        return shown.text if isinstance(shown, DetailList) else ""

    @property
    def histogram(self) -> Histogram | None:
        """What the histogram shows."""
        return self._histogram.histogram

    def show_photos(self, ids: Sequence[int]) -> None:
        """Show one photo, what several have in common, or that nothing is selected."""
        self._ids = tuple(int(photo_id) for photo_id in ids[: _MOST + 1])
        chosen = len(ids)
        self._title.setText(self.tr("{0} photos").format(f"{chosen:,}") if chosen > 1 else self.tr("Inspector"))
        self._copy.setEnabled(bool(self._ids))
        self._histogram.setVisible(chosen == 1)
        if not self._ids:
            self._pause.stop()
            self._say(self.tr("Select a photo to see when, where and with what it was taken."))
            self._list(())
        else:
            much = self.tr("Compared: the first {0} of them.").format(f"{_MOST:,}") if chosen > _MOST else ""
            self._say(much)
            self._ids = self._ids[:_MOST]
            self._pause.start()

    def copy_all(self) -> None:
        """All that is shown to the clipboard."""
        shown = self._scroll.widget()
        if isinstance(shown, DetailList):
            shown.copy_all()

    def close_down(self) -> None:
        """End its thread."""
        self._pause.stop()
        self._worker.close()

    # --- asking

    @Slot()
    def _ask(self) -> None:
        ids, library = self._ids, self._library
        if len(ids) == 1:
            self._worker.run("histogram", lambda: _counted(library, ids[0]))
            self._worker.run("details", lambda: (ids, details(library, ids[0])))  # the last asked comes first
        else:
            self._worker.forget("histogram")
            self._worker.run("details", lambda: (ids, shared_details(library, ids)))

    @Slot(object, object)
    def _take(self, _key: object, result: object) -> None:
        if isinstance(result, _Counted):
            if self._ids == (result.photo_id,):
                self._histogram.show_histogram(result.histogram)
                self._histogram.setVisible(result.histogram is not None)
            return
        assert isinstance(result, tuple)
        ids, found = result
        if ids == self._ids:
            self._list(found)

    @Slot(object, object)
    def _take_problem(self, _key: object, problem: object) -> None:
        assert isinstance(problem, PhotoFinderError)
        self._list(())
        self._histogram.show_histogram(None)
        self._say(f"{problem.what} {problem.remedy}".strip())

    def _list(self, found: Sequence[Detail]) -> None:
        place = self._scroll.verticalScrollBar().value()
        self._scroll.setWidget(DetailList(found, self._scroll))
        self._scroll.verticalScrollBar().setValue(place)

    def _say(self, note: str) -> None:
        self._note.setText(note)
        self._note.setVisible(bool(note))


def _counted(library: Library, photo_id: int) -> _Counted:
    """On the worker. A photo that cannot be read has no histogram; why is among its details."""
    try:
        return _Counted(photo_id, count(pictures.small(pictures.preview(library, photo_id))[0]))
    except MediaProblem:
        return _Counted(photo_id, None)
