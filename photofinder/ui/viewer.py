"""One photo of a sequence, large, with the others in a strip beneath."""

from collections.abc import Collection
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from photofinder.core.errors import PhotoFinderError
from photofinder.core.types import Photo
from photofinder.library import details, pictures
from photofinder.library.library import Library
from photofinder.ui.filmstrip import Filmstrip
from photofinder.ui.inspector import Inspector
from photofinder.ui.latest import LatestWorker
from photofinder.ui.picture_bar import PictureBar
from photofinder.ui.picture_canvas import PictureCanvas
from photofinder.ui.picture_frame import Frame, Quality
from photofinder.ui.picture_loader import PictureLoader, looking_at
from photofinder.ui.picture_stage import explained, present

_WAIT_MS = 400
"""Only after this is it said that a photo is being read; most are there long before."""
_REST_MS = 200
"""Photos that follow one another more quickly are seen in passing."""
_HINT_MS = 2500
_FACTS = "facts"


class Viewer(QWidget):
    """Shows a photo of a sequence and leads to its neighbours. Window's thread; `close_down` ends its workers.

    Signals:
        similar_requested(id): find photos like this one
        photo_shown(id): another photo is the current one
        closed(): the user wants back to where the viewer was opened
        full_screen_changed(on): the window's other panels are to hide, or to come back
    """

    similar_requested = Signal(object)
    photo_shown = Signal(object)
    closed = Signal()
    full_screen_changed = Signal(bool)

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._position = 0
        self._direction = 1
        self._full_screen = False
        self._worker = LatestWorker("viewer", self, at_end=library.reader.close)
        self._worker.done.connect(self._take_facts)
        self._worker.failed.connect(self._take_facts_problem)
        self._loader = PictureLoader(library, self)
        self._loader.loaded.connect(self._take_frame)
        self._loader.failed.connect(self._take_problem)
        self._canvas = PictureCanvas(self._worker, self)
        self._canvas.view_changed.connect(self._say_zoom)
        self._filmstrip = Filmstrip(library, self)
        self._filmstrip.photo_chosen.connect(self.go_to)
        self._inspector = Inspector(library, self)
        self._inspector.hide()
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._want)
        self._patience = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._patience.timeout.connect(self._say_reading)
        self._hint = QTimer(self, singleShot=True, interval=_HINT_MS)
        self._hint.timeout.connect(self._canvas.notice.hide)
        self._bar = self._make_bar()
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self._canvas, 1)
        middle.addWidget(self._inspector)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar)
        layout.addLayout(middle, 1)
        layout.addWidget(self._filmstrip)
        self.setFocusProxy(self._canvas)

    def _make_bar(self) -> PictureBar:
        bar = PictureBar(self)
        bar.left.connect(self.leave)
        self._previous = bar.add_button("previous", self.tr("Previous (\u2190, Shift+Space)"), lambda: self.step(-1))
        self._next = bar.add_button("next", self.tr("Next (\u2192, Space)"), lambda: self.step(1))
        bar.add_space()
        self._zoom = bar.add_label("1000 %", self.tr("Fit, or 100 % (Z, double click)"), self._canvas.toggle_zoom)
        bar.add_button("rotate", self.tr("Turn the view, not the photo (R, Shift+R)"), self._canvas.rotate)
        bar.add_space()
        bar.add_button("similar", self.tr("Find similar (S)"), self._request_similar)
        self._inspect = bar.add_button("inspector", self.tr("Inspector (I)"), self.toggle_inspector, checkable=True)
        bar.add_button("full-screen", self.tr("Full screen (F)"), self.toggle_full_screen)
        return bar

    # --- which photo

    @property
    def photo_id(self) -> int | None:
        """The current photo."""
        return int(self._ids[self._position]) if len(self._ids) else None

    @property
    def position(self) -> int:
        """Its place in the sequence."""
        return self._position

    @property
    def canvas(self) -> PictureCanvas:
        """Where the photo is."""
        return self._canvas

    def show_photo(self, ids: NDArray[np.int64], position: int) -> None:
        """Show the photo at `position` of the sequence `ids`, shape (n,), n at least 1."""
        self._ids = ids
        self._filmstrip.show_sequence(ids, position)
        self._position = position
        self._show(1)
        self._canvas.setFocus()

    @Slot(int)
    def go_to(self, position: int) -> None:
        """Show another photo of the sequence; beyond its ends nothing happens."""
        position = min(max(position, 0), len(self._ids) - 1)
        if position != self._position:
            direction = 1 if position > self._position else -1
            self._position = position
            self._filmstrip.move_to(position)
            self._show(direction)

    def step(self, by: int) -> None:
        """Show a neighbour."""
        self.go_to(self._position + by)

    def _show(self, direction: int) -> None:
        photo_id = self.photo_id
        assert photo_id is not None
        self._direction = direction
        self._want(in_passing=self._rest.isActive())
        self._rest.start()
        self._canvas.show_photo(self._loader.best(photo_id) or self._filmstrip.thumbnail(photo_id))
        self._patience.start()
        self._say_place("", "")
        self._ask(photo_id)
        self._previous.setEnabled(self._position > 0)
        self._next.setEnabled(self._position < len(self._ids) - 1)
        self.photo_shown.emit(photo_id)

    @Slot()
    def _want(self, *, in_passing: bool = False) -> None:
        if self.photo_id is None:
            return
        around = (self._position + self._direction, self._position - self._direction)
        next_up = [int(self._ids[position]) for position in around if 0 <= position < len(self._ids)]
        self._loader.want(looking_at([self.photo_id], next_up, in_passing=in_passing))

    def _ask(self, photo_id: int) -> None:
        self._worker.run(_FACTS, lambda: pictures.find(self._library, photo_id))
        if not self._inspector.isHidden():
            self._inspector.show_photos([photo_id])

    def refresh(self, ids: Collection[int]) -> None:
        """What is known of these photos, but not their pictures, has changed."""
        if self.photo_id is not None and self.photo_id in ids:
            self._ask(self.photo_id)

    def _say_place(self, name: str, facts: str) -> None:
        place = self.tr("{0} of {1}").format(f"{self._position + 1:,}", f"{len(self._ids):,}")
        self._bar.show_words(name or self._bar.title, f"{place} \u00b7 {facts}" if facts else place)

    # --- what the workers bring

    @Slot(object, object)
    def _take_facts(self, key: object, photo: object) -> None:
        if key == _FACTS and isinstance(photo, Photo) and photo.id == self.photo_id:
            marks = details.marks_line(photo)
            facts = details.summary(photo)
            self._say_place(details.photo_name(photo), f"{facts} \u00b7 {marks}" if facts and marks else facts or marks)
            self._canvas.setAccessibleName(details.photo_name(photo))

    @Slot(object, object)
    def _take_facts_problem(self, key: object, problem: object) -> None:
        if key == _FACTS and isinstance(problem, PhotoFinderError):
            self._canvas.show_notice(self.tr("This photo cannot be shown"), explained(problem))

    @Slot(object, object)
    def _take_frame(self, photo_id: int, _frame: Frame) -> None:
        self._present(photo_id)

    @Slot(object, object, object)
    def _take_problem(self, photo_id: int, _quality: Quality, _problem: PhotoFinderError) -> None:
        self._present(photo_id)

    def _present(self, photo_id: int) -> None:
        if photo_id == self.photo_id:
            present(self._canvas, self._loader, photo_id)

    @Slot()
    def _say_reading(self) -> None:
        if self._canvas.frame is None and not self._canvas.notice.words:
            self._canvas.show_notice(self.tr("Reading the photo\u2026"))

    @Slot()
    def _say_zoom(self) -> None:
        view = self._canvas.view
        self._zoom.setText("" if view is None else f"{view.zoom * 100:.{0 if view.zoom >= 0.0995 else 1}f} %")

    # --- what the user does

    def leave(self) -> None:
        """Back to where the viewer was opened; what it held in memory is let go."""
        if self._full_screen:
            self.toggle_full_screen()
        self._let_go()
        self.closed.emit()

    def _let_go(self) -> None:
        for timer in (self._patience, self._rest, self._hint):
            timer.stop()
        self._loader.forget()
        self._filmstrip.forget()
        self._canvas.clear()

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt's: another page is on show, which needs the memory."""
        super().hideEvent(event)
        self._let_go()

    def showEvent(self, event: QShowEvent) -> None:
        """Qt's: the page is on show again."""
        super().showEvent(event)
        self._want()

    def close_down(self) -> None:
        """End the workers; the last thing done with a viewer. Waits for what is being decoded, up to five seconds."""
        self._let_go()
        self._worker.close()
        self._loader.close()
        self._filmstrip.close_down()
        self._inspector.close_down()

    def set_cache_bytes(self, cache_bytes: int) -> None:
        """How much memory its photos may take."""
        self._loader.set_cache_bytes(cache_bytes)

    def toggle_inspector(self) -> None:
        """Show or hide what is known of the photo."""
        self._inspector.setVisible(self._inspector.isHidden())
        self._inspect.setChecked(not self._inspector.isHidden())
        if not self._inspector.isHidden() and self.photo_id is not None:
            self._inspector.show_photos([self.photo_id])

    def toggle_full_screen(self) -> None:
        """The photo alone on the screen, and back."""
        self._full_screen = not self._full_screen
        for part in (self._bar, self._filmstrip):
            part.setVisible(not self._full_screen)
        window = self.window()
        window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)
        if self._full_screen:
            self._canvas.show_notice(self.tr("Esc or F leaves full screen"))
            self._hint.start()
        self.full_screen_changed.emit(self._full_screen)

    def _request_similar(self) -> None:
        if self.photo_id is not None:
            self.similar_requested.emit(self.photo_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's: everything can be done by keyboard."""
        key = Qt.Key(event.key())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        plain = {
            Qt.Key.Key_Left: lambda: self.step(-1),
            Qt.Key.Key_Right: lambda: self.step(1),
            Qt.Key.Key_PageUp: lambda: self.step(-1),
            Qt.Key.Key_PageDown: lambda: self.step(1),
            Qt.Key.Key_Space: lambda: self.step(-1 if shift else 1),
            Qt.Key.Key_Home: lambda: self.go_to(0),
            Qt.Key.Key_End: lambda: self.go_to(len(self._ids) - 1),
            Qt.Key.Key_Z: self._canvas.toggle_zoom,
            Qt.Key.Key_R: lambda: self._canvas.rotate(-1 if shift else 1),
            Qt.Key.Key_I: self.toggle_inspector,
            Qt.Key.Key_F: self.toggle_full_screen,
            Qt.Key.Key_F11: self.toggle_full_screen,
            Qt.Key.Key_S: self._request_similar,
            Qt.Key.Key_Escape: self.toggle_full_screen if self._full_screen else self.leave,
        }.get(key)
        with_others = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if with_others != Qt.KeyboardModifier.NoModifier:
            event.ignore()
        elif plain is not None:
            cast("object", plain())
        else:
            event.ignore()
