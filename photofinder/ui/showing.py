"""Brings answers into the grid, and says in words what the grid shows."""

from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QImageReader, QPixmap

from photofinder.core.errors import QueryProblem
from photofinder.library.browse import Listing
from photofinder.library.library import Library
from photofinder.ui import wording
from photofinder.ui.bridge import Bridge
from photofinder.ui.browsing import Answer, Browsing, Query
from photofinder.ui.grid_arrangement import Arrival
from photofinder.ui.hit_words import headings, told
from photofinder.ui.photo_grid import PhotoGrid
from photofinder.ui.progress import StatusLine
from photofinder.ui.top_bar import TopBar
from photofinder.ui.upkeep import State, Upkeep

LIKED_PX = 128
RELIST_MS = 3_000
"""Orders that newcomers cannot be sorted into are listed anew this often while an ingest runs."""


class Showing(QObject):
    """Window's thread."""

    hidden_changed = Signal(int, int)
    """How many photos lie beyond what is shown, and how many were ranked in all."""

    def __init__(
        self,
        bridge: Bridge,
        browsing: Browsing,
        upkeep: Upkeep,
        grid: PhotoGrid,
        top: TopBar,
        status: StatusLine,
    ) -> None:
        super().__init__(grid)
        self._bridge = bridge
        self._browsing = browsing
        self._upkeep = upkeep
        self._grid = grid
        self._top = top
        self._status = status
        self._shown: Query | None = None
        self._selected = 0
        self._to_select: list[int] = []
        self._answer: Answer | None = None
        self._whole = False
        browsing.frame_now = lambda: grid.frame
        self._wants_first = False
        self._relist = QTimer(self, singleShot=True, interval=RELIST_MS)
        self._relist.timeout.connect(browsing.refresh)
        browsing.answered.connect(self._show)
        browsing.problem_met.connect(self._show_problem)
        browsing.half_typed.connect(self._show_half_typed)
        browsing.newcomers_found.connect(self._take_newcomers)
        browsing.left.connect(self._remember)
        browsing.query_changed.connect(self._announce)
        upkeep.photos_changed.connect(self._catch_up)
        upkeep.state_changed.connect(self._state_changed)
        grid.selection_changed.connect(self._count_selected)

    def select_when_shown(self, ids: list[int]) -> None:
        """Select these photos as soon as the next answer is there: as they were the last time, or before they went."""
        self._to_select = ids

    def select_first(self) -> None:
        """Have the first photo selected, now or when the answer is there, unless others are: keys go on from there."""
        self._wants_first = True
        if self._shown == self._browsing.query:
            self._select_first()

    def _select_first(self) -> None:
        ids = self._grid.photos.listing.ids
        if self._wants_first and len(ids) and self._grid.hasFocus() and not len(self._grid.selected_ids()):
            self._grid.show_photo(int(ids[0]))
        self._wants_first = False

    @Slot(object)
    def _announce(self, query: Query) -> None:
        self._top.show_order(query.sorted_by, of_hits=query.is_search)
        self._top.search.show_count("")
        if not query.is_search:
            self.hidden_changed.emit(0, 0)
        if query.like is None:
            self._top.search.show_words(query.words)
        else:
            self._show_liked(query.like)

    def _show_liked(self, photo: Path) -> None:
        self._top.search.show_photo(photo.name, None)

        def show(image: QImage | None) -> None:
            if image is not None and self._browsing.query.like == photo:
                self._top.search.show_photo(photo.name, QPixmap.fromImage(image))

        library = self._bridge.library
        self._bridge.errand(lambda: small_picture(library, photo), show)

    @Slot(object)
    def _show(self, answer: Answer) -> None:
        again = answer.query == self._shown
        self._shown, self._whole, self._answer = answer.query, answer.whole, answer
        self._say_empty(answer.query)
        names = headings(answer.cut) if answer.cut is not None else answer.folder_names
        self._grid.set_listing(answer.listing, keep_position=again, headings=names, arrangement=answer.arrangement)
        self._top.show_order(answer.listing.order, of_hits=answer.is_ranked)
        self.hidden_changed.emit(0 if answer.nothing_good else answer.hidden, answer.found)
        if not again:
            at = self._browsing.history.memory.get("at")
            if isinstance(at, int):
                self._grid.show_photo(at)
        if self._to_select and answer.whole:
            self._grid.show_photo(self._to_select[0])
            self._grid.select_ids(self._to_select)
            self._to_select = []
        self._select_first()
        if answer.query.is_search:
            self._top.search.show_count(told(answer))
        self._say_shown()

    @Slot(object)
    def _show_problem(self, problem: QueryProblem) -> None:
        query = self._browsing.query
        self._shown, self._whole, self._answer = query, True, None
        if query.like is None and self._upkeep.state is State.RUNNING:
            self._say_empty(query)
        else:
            self._grid.set_empty_text(self.tr("No photos to show"), f"{problem.what} {problem.remedy}".strip())
        self._top.search.show_count("")
        self.hidden_changed.emit(0, 0)
        self._grid.set_listing(_nothing(self._grid.photos.listing))
        self._say_shown()

    @Slot(object)
    def _show_half_typed(self, problem: QueryProblem) -> None:
        """What is shown stays: the next letter may make sense of it."""
        self._top.search.show_trouble(problem.what, problem.remedy)

    @Slot()
    def _remember(self) -> None:
        """What was looked at is found again on the way back."""
        at = self._grid.current_id()
        if at is not None:
            self._browsing.history.memory["at"] = at

    @Slot()
    def _catch_up(self) -> None:
        if self._whole:  # after a first page everything comes anyway
            self._browsing.catch_up(self._grid.arrangement)

    @Slot(object)
    def _take_newcomers(self, newcomers: Arrival | Listing) -> None:
        if self._grid.insert(newcomers):
            self._say_shown()
        elif not self._relist.isActive():
            self._relist.start()

    @Slot(object)
    def _state_changed(self, _state: State) -> None:
        self._say_empty(self._browsing.query)

    @Slot(int)
    def _count_selected(self, count: int) -> None:
        self._selected = count
        self._say_shown()

    def _say_shown(self) -> None:
        count = len(self._grid.photos.listing)
        if not self._whole:
            text = ""  # nobody knows yet how many there are
        elif self._selected > 1:
            text = self.tr("{0} of {1} selected").format(wording.count(self._selected), wording.photos(count))
        else:
            text = wording.photos(count)
        self._status.show_photos(text[:1].upper() + text[1:])

    def _say_empty(self, query: Query) -> None:
        busy = self._upkeep.state is State.RUNNING
        offer = ""
        nothing_good = self._answer is not None and self._answer.query == query and self._answer.nothing_good
        if query.is_search and nothing_good:
            said = self.tr("Nothing here looks like that"), self.tr("Try other words, or look at what comes nearest.")
            offer = self.tr("Show the nearest anyway")
        elif query.is_search and busy:
            said = self.tr("Nothing found yet"), self.tr("Photos are still being looked at.")
        elif query.is_search:
            said = self.tr("Nothing found"), self.tr("Try other words, or press Esc to see all photos.")
        elif busy:
            said = self.tr("Looking for photos…"), self.tr("They appear here as they are found.")
        elif query.scope is not None:
            said = self.tr("No photos here"), self.tr("Choose another folder or date at the left.")
        else:
            said = self.tr("No photos yet"), self.tr("Drop a folder with photos here, or press Ctrl+Shift+A.")
        self._grid.set_empty_text(*said, offer)


def small_picture(library: Library, photo: Path) -> QImage | None:
    """A photo of the library, or any picture that Qt can read, small; None where there is none. Any thread."""
    known = library.locate(photo)
    content = None if known is None or known.fingerprint is None else library.thumbnails.read(known.fingerprint)
    if content is not None:
        image = QImage.fromData(content)
        return None if image.isNull() else image
    reader = QImageReader(str(photo))
    reader.setAutoTransform(True)
    if reader.size().isValid():
        reader.setScaledSize(reader.size().scaled(QSize(LIKED_PX, LIKED_PX), Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    return None if image.isNull() else image


def _nothing(like: Listing) -> Listing:
    none = slice(0, 0)
    return Listing(like.order, like.ids[none], like.taken_ms[none], like.keys[none], like.aspects[none])
