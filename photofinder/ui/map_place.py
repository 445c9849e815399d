"""The map in the window: shows what the grid shows, selects in it, and narrows the search to a box."""

import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelectionModel, QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter

from photofinder.core.errors import PhotoFinderError
from photofinder.library.map_files import TileFile, open_map_file
from photofinder.ui.asking import Answer, Query
from photofinder.ui.bridge import Bridge
from photofinder.ui.browsing import Browsing
from photofinder.ui.map_choice import ChosenGround
from photofinder.ui.photo_grid import PhotoGrid
from photofinder.ui.window_state import WindowState

if TYPE_CHECKING:  # a window that opens does not wait for gazetteer and map to load
    from photofinder.ui.map_pane import MapPane

PINS_OF = 5_000
"""Selected photos that get a pin; more could not be told apart."""
FIRST_SHARE = 0.45
"""Of the height, until the user says otherwise."""
_PLACE = re.compile(r"(?:^|(?<=\s))(?:box|area):\S+\s*")


class MapPlace(QObject):
    """Makes the map when it is first wanted. Window's thread; `close` ends its threads, before the bridge's."""

    photo_activated = Signal(int)
    """A photo id, to be seen large."""

    def __init__(
        self,
        bridge: Bridge,
        state: WindowState,
        browsing: Browsing,
        grid: PhotoGrid,
        splitter: QSplitter,
        action: QAction,
    ) -> None:
        super().__init__(splitter)
        self._state = state
        self._opened = 0
        self._bridge = bridge
        self._browsing = browsing
        self._grid = grid
        self._splitter = splitter
        self._action = action
        self._answer: Answer | None = None
        self.pane: MapPane | None = None
        action.toggled.connect(self._toggle)
        browsing.answered.connect(self._take)
        grid.selection_changed.connect(self._select)

    def begin(self) -> None:
        """The window has opened: from now on the map may be made."""
        if self._action.isChecked():
            self._toggle(on=True)

    def close(self) -> None:
        """End the map's threads."""
        if self.pane is not None:
            self.pane.close_pane()

    @Slot(bool)
    def _toggle(self, on: bool) -> None:
        if on and self.pane is None:
            self._make()
        if self.pane is not None:
            self.pane.setVisible(on)
        if on:
            self._show()

    def _make(self) -> None:
        from photofinder.ui.map_pane import MapPane  # noqa: PLC0415

        pane = self.pane = MapPane(self._bridge)
        self._splitter.addWidget(pane)
        self._splitter.setCollapsible(self._splitter.indexOf(pane), False)
        height_px = self._splitter.height()
        self._splitter.setSizes([round((1 - FIRST_SHARE) * height_px), round(FIRST_SHARE * height_px)])
        pane.photos_chosen.connect(self._choose)
        pane.box_drawn.connect(self._narrow)
        pane.lasso_drawn.connect(self._narrow_to_line)
        pane.area_cleared.connect(self._widen)
        pane.photo_activated.connect(self.photo_activated)
        pane.open_wanted.connect(self._open_current)
        self._use_ground(self._state.ground)

    @Slot(object)
    def choose_ground(self, ground: ChosenGround) -> None:
        """Draw the map from this from now on."""
        self._state.ground = ground
        if self.pane is not None:
            self._use_ground(ground)

    def _use_ground(self, ground: ChosenGround) -> None:
        """Open the chosen file, if there is one; if it cannot be opened now, the bundled map stays, and says so."""
        pane, path = self.pane, ground.path
        assert pane is not None
        self._opened += 1
        opened = self._opened
        pane.say_of_ground("")
        if path is None:
            pane.use_file(None)
            return

        def take(file: TileFile) -> None:
            if opened == self._opened:
                pane.use_file(file, named=ground.named)
            else:
                file.close()

        def refuse(problem: PhotoFinderError) -> None:
            if opened == self._opened:
                pane.use_file(None)
                pane.say_of_ground(self.tr("{} cannot be shown").format(path.name), str(problem))

        self._bridge.errand(lambda: open_map_file(path), take, refuse, owner=pane)

    @Slot(object)
    def _take(self, answer: Answer) -> None:
        self._answer = answer
        if answer.whole:  # after a first page everything comes anyway
            self._show()

    def _show(self) -> None:
        if self.pane is None or not self._action.isChecked() or self._answer is None:
            return
        query = self._answer.query
        everything = query == Query(order=query.order)
        self.pane.show_listing(None if everything else self._grid.photos.listing.ids)
        self.pane.show_area(has_area=_PLACE.search(query.words) is not None)
        self._select(0)

    @Slot(int)
    def _select(self, _count: int) -> None:
        if self.pane is not None and self._action.isChecked():
            self.pane.select(self._grid.selected_ids()[:PINS_OF])

    @Slot(object)
    def _choose(self, ids: NDArray[np.int64]) -> None:
        """Select in the grid what was pointed at, and bring the first of it into view."""
        rows = self._grid.photos.rows_of(ids)
        rows = rows[rows >= 0]
        if len(rows):
            first = self._grid.photos.index(int(rows.min()), 0)
            self._grid.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
            self._grid.scrollTo(first)
            self._grid.select_ids(ids)

    @Slot(float, float, float, float)
    def _narrow(self, west: float, south: float, east: float, north: float) -> None:
        box = ",".join(_short(degrees) for degrees in (west, south, east, north))
        self._browsing.enter_words(with_place(self._browsing.query.in_words, f"box:{box}"))

    @Slot(object)
    def _narrow_to_line(self, corners: list[tuple[float, float]]) -> None:
        line = ";".join(f"{_short(latitude)},{_short(longitude)}" for latitude, longitude in corners)
        self._browsing.enter_words(with_place(self._browsing.query.in_words, f"area:{line}"))

    @Slot()
    def _widen(self) -> None:
        words = without_place(self._browsing.query.words)
        if words:
            self._browsing.enter_words(words)
        else:
            self._browsing.show_everything()

    @Slot()
    def _open_current(self) -> None:
        current = self._grid.current_id()
        if current is not None:
            self.photo_activated.emit(current)


def with_place(words: str, place: str) -> str:
    """A query narrowed to a box or area instead of another one."""
    rest = without_place(words)
    if re.search(r"(?:^|\s)OR\s", rest) and not re.fullmatch(r"\([^()]*\)", rest):
        rest = f"({rest})"  # else the place would belong to the last alternative only
    return f"{rest} {place}".strip()


def without_place(words: str) -> str:
    """A query without its box or area."""
    return _PLACE.sub("", words).strip()


def _short(degrees: float) -> str:
    return f"{degrees:.5f}".rstrip("0").rstrip(".")  # to a metre
