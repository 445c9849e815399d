"""Two to four photos side by side, zoomed and moved together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from photofinder.core.errors import PhotoFinderError
from photofinder.core.types import Photo
from photofinder.library import details
from photofinder.library.library import Library
from photofinder.ui import theme
from photofinder.ui.latest import LatestWorker
from photofinder.ui.picture_bar import ElidedLabel, PictureBar, flat_button
from photofinder.ui.picture_canvas import PictureCanvas
from photofinder.ui.picture_frame import Frame, Quality
from photofinder.ui.picture_loader import PictureLoader, looking_at
from photofinder.ui.picture_stage import present

MOST = 4


class _Pane(QWidget):
    """One of the photos compared: the picture, its name and how it differs. Window's thread."""

    def __init__(self, photo_id: int, renderer: LatestWorker, parent: "Compare") -> None:
        super().__init__(parent)
        self.photo_id = photo_id
        self.current = False
        self.canvas = PictureCanvas(renderer, self)
        self.name, self.facts = ElidedLabel(self), ElidedLabel(self)
        self.facts.setProperty("dim", True)
        for label in (self.name, self.facts):
            label.setTextFormat(Qt.TextFormat.PlainText)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.name)
        words.addWidget(self.facts)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 4, 2, 4)
        foot.addLayout(words, 1)
        foot.addWidget(flat_button(self, "close", self.tr("Remove from the comparison (Del)"), self._remove))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(0)
        layout.addWidget(self.canvas, 1)
        layout.addLayout(foot)
        self._compare = parent

    def _remove(self) -> None:
        self._compare.remove(self.photo_id)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's: a frame around the current one."""
        now = theme.current()
        painter = QPainter(self)
        painter.fillRect(event.rect(), now.panel)
        if self.current:
            painter.setPen(QPen(now.accent, 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()


@dataclass(frozen=True, slots=True)
class _Facts:
    photos: dict[int, Photo]


class Compare(QWidget):
    """Photos side by side. Window's thread; `close_down` ends its workers.

    Signals:
        photo_opened(id): the user wants this one alone
        closed(): the user wants back
    """

    photo_opened = Signal(object)
    closed = Signal()

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._panes: list[_Pane] = []
        self._linked = True
        self._worker = LatestWorker("compare", self, at_end=library.reader.close)
        self._worker.done.connect(self._take_facts)
        self._loader = PictureLoader(library, self)
        self._loader.loaded.connect(self._take_frame)
        self._loader.failed.connect(self._take_problem)
        self._bar = PictureBar(self)
        self._bar.left.connect(self.leave)
        self._zoom = self._bar.add_label("1000 %", self.tr("Fit, or 100 % (Z, double click)"), self.toggle_zoom)
        self._link = self._bar.add_button(
            "linked", self.tr("Zoom and move all together (L)"), self.toggle_link, checkable=True
        )
        self._link.setChecked(True)
        self._area = QWidget(self)
        self._grid = QGridLayout(self._area)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar)
        layout.addWidget(self._area, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # --- which photos

    @property
    def ids(self) -> list[int]:
        """The photos compared, in order."""
        return [pane.photo_id for pane in self._panes]

    @property
    def canvases(self) -> list[PictureCanvas]:
        """Where they are, in order."""
        return [pane.canvas for pane in self._panes]

    @property
    def linked(self) -> bool:
        """Whether they zoom and move together."""
        return self._linked

    def show_photos(self, ids: Sequence[int]) -> None:
        """Compare these photos, two to four; more are left out."""
        self._clear()
        for photo_id in list(dict.fromkeys(int(photo_id) for photo_id in ids))[:MOST]:
            pane = _Pane(photo_id, self._worker, self)
            pane.canvas.moved_by_hand.connect(self._follow)
            pane.canvas.view_changed.connect(self._say_zoom)
            pane.canvas.installEventFilter(self)
            pane.canvas.show_photo(self._loader.best(photo_id))
            self._panes.append(pane)
        self._arrange()
        self._choose(self._panes[0])

    def remove(self, photo_id: int) -> None:
        """Take one away; when one is left there is nothing to compare, and the comparison ends."""
        gone = next(pane for pane in self._panes if pane.photo_id == photo_id)
        place = self._panes.index(gone)
        self._panes.remove(gone)
        if len(self._panes) < 2:
            self.leave()
        else:
            self._arrange()
            self._choose(self._panes[min(place, len(self._panes) - 1)])
        self._dispose(gone)

    def _arrange(self) -> None:
        columns = 2 if len(self._panes) in {2, 4} else len(self._panes)
        for row in range(2):
            self._grid.setRowStretch(row, 1 if row * columns < len(self._panes) else 0)
        for column in range(MOST):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for n, pane in enumerate(self._panes):
            self._grid.addWidget(pane, n // columns, n % columns)
            pane.show()
        self._want()
        self._ask()
        self._bar.show_words(self.tr("{0} photos compared").format(len(self._panes)), "")

    def _ask(self) -> None:
        ids = self.ids
        self._worker.run("facts", lambda: _Facts(self._library.reader.photos(ids)))

    def refresh(self, ids: Collection[int]) -> None:
        """What is known of these photos, but not their pictures, has changed."""
        if not set(ids).isdisjoint(self.ids):
            self._ask()

    def _want(self) -> None:
        self._loader.want(looking_at(self.ids), on_show=len(self._panes))

    def _clear(self) -> None:
        for pane in self._panes:
            self._dispose(pane)
        self._panes = []

    def _dispose(self, pane: _Pane) -> None:
        self._grid.removeWidget(pane)
        pane.hide()
        pane.deleteLater()

    # --- what the workers bring

    @Slot(object, object)
    def _take_facts(self, _key: object, found: object) -> None:
        if isinstance(found, _Facts):
            shown = [found.photos[photo_id] for photo_id in self.ids if photo_id in found.photos]
            same, differing = details.differences(shown)
            self._bar.show_words(self._bar.title, " \u00b7 ".join(same))
            for pane in self._panes:
                if pane.photo_id in differing:
                    photo = found.photos[pane.photo_id]
                    marks = details.marks_line(photo)
                    pane.name.setText(details.photo_name(photo) + (f"  \u00b7  {marks}" if marks else ""))
                    pane.facts.setText(" \u00b7 ".join(differing[pane.photo_id]))
                    pane.canvas.setAccessibleName(pane.name.text())

    @Slot(object, object)
    def _take_frame(self, photo_id: int, _frame: Frame) -> None:
        self._present(photo_id)

    @Slot(object, object, object)
    def _take_problem(self, photo_id: int, _quality: Quality, _problem: PhotoFinderError) -> None:
        self._present(photo_id)

    def _present(self, photo_id: int) -> None:
        for pane in self._panes:
            if pane.photo_id == photo_id:
                present(pane.canvas, self._loader, photo_id)

    # --- together

    @property
    def current_id(self) -> int | None:
        """The photo that keys act on."""
        return self._current.photo_id if self._current else None

    @property
    def _current(self) -> _Pane | None:
        return next((pane for pane in self._panes if pane.current), None)

    def _choose(self, chosen: _Pane) -> None:
        for pane in self._panes:
            pane.current = pane is chosen
            pane.update()
        chosen.canvas.setFocus()
        self._say_zoom()

    @Slot()
    def _follow(self) -> None:
        moved = self.sender()
        if self._linked and isinstance(moved, PictureCanvas):
            self._align(moved)

    def _align(self, leader: PictureCanvas) -> None:
        view = leader.view
        if view is None:
            return
        place = (view.x / view.turned_width_px, view.y / view.turned_height_px)
        for canvas in self.canvases:
            if canvas is leader or canvas.view is None:
                continue
            follower = canvas.view
            alike = {view.width_px, view.height_px} == {follower.width_px, follower.height_px}
            # At 100 % all are to be judged at 100 %; else photos of different sizes show the same part.
            if not view.is_fit and (alike or view.zoom == 1.0):
                canvas.follow(*place, view.zoom)
            else:
                canvas.follow(*place, view.zoom / view.fit_zoom * follower.fit_zoom)

    def toggle_link(self) -> None:
        """Together, or each for itself."""
        self._linked = not self._linked
        self._link.setChecked(self._linked)
        if self._linked and self._current is not None:
            self._align(self._current.canvas)

    def toggle_zoom(self) -> None:
        """The current photo (and with it all, if linked) between fit and 100 %."""
        if self._current is not None:
            self._current.canvas.toggle_zoom()

    @Slot()
    def _say_zoom(self) -> None:
        view = self._current.canvas.view if self._current else None
        self._zoom.setText("" if view is None else f"{view.zoom * 100:.0f} %")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt's: the photo with the keyboard is the current one."""
        if event.type() is QEvent.Type.FocusIn:
            for pane in self._panes:
                if pane.canvas is watched and not pane.current:
                    self._choose(pane)
        return super().eventFilter(watched, event)

    # --- what the user does

    def leave(self) -> None:
        """Back; what was held in memory is let go."""
        self._clear()
        self._loader.forget()
        self.closed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Qt's: another page is on show, which needs the memory."""
        super().hideEvent(event)
        self._loader.forget()
        for canvas in self.canvases:
            canvas.clear()

    def showEvent(self, event: QShowEvent) -> None:
        """Qt's: the page is on show again."""
        super().showEvent(event)
        self._want()

    def set_cache_bytes(self, cache_bytes: int) -> None:
        """How much memory its photos may take."""
        self._loader.set_cache_bytes(cache_bytes)

    def close_down(self) -> None:
        """End the workers; the last thing done with a comparison."""
        self._worker.close()
        self._loader.close()

    def _step(self, by: int) -> None:
        places = [n for n, pane in enumerate(self._panes) if pane.current] or [0]
        self._choose(self._panes[(places[0] + by) % len(self._panes)])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's: arrows choose (or pan, when zoomed in), everything else acts on the current one."""
        key, pane = Qt.Key(event.key()), self._current
        others = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if others != Qt.KeyboardModifier.NoModifier:
            event.ignore()
        elif key in {Qt.Key.Key_Left, Qt.Key.Key_PageUp}:
            self._step(-1)
        elif key in {Qt.Key.Key_Right, Qt.Key.Key_PageDown, Qt.Key.Key_Space}:
            self._step(1)
        elif key == Qt.Key.Key_Escape:
            self.leave()
        elif key == Qt.Key.Key_L:
            self.toggle_link()
        elif key == Qt.Key.Key_Z:
            self.toggle_zoom()
        elif pane is None:
            event.ignore()
        elif key == Qt.Key.Key_R:
            pane.canvas.rotate(-1 if shift else 1)
        elif key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.remove(pane.photo_id)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.photo_opened.emit(pane.photo_id)
        else:
            event.ignore()
