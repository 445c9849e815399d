"""Keeps what the window shows true when photos have changed: marks, clocks, drives, photos that go and come back."""

from PySide6.QtCore import QObject, Signal, Slot

from photofinder.library.browse import Order, Tile
from photofinder.ui.browsing import Browsing
from photofinder.ui.inspector import Inspector
from photofinder.ui.photo_grid import PhotoGrid
from photofinder.ui.showing import Showing
from photofinder.ui.surroundings import Surroundings
from photofinder.ui.viewing import Viewing


class Following(QObject):
    """Window's thread."""

    selection_changed = Signal(int)
    """How many photos are selected now, which the grid itself did not tell."""

    def __init__(
        self,
        browsing: Browsing,
        grid: PhotoGrid,
        showing: Showing,
        surroundings: Surroundings,
        viewing: Viewing,
        inspector: Inspector,
    ) -> None:
        super().__init__(grid)
        self._browsing = browsing
        self._grid = grid
        self._showing = showing
        self._surroundings = surroundings
        self._viewing = viewing
        self._inspector = inspector

    @Slot(object, object)
    def take_marks(self, ids: list[int], tiles: dict[int, Tile]) -> None:
        """Ratings, flags and labels of these photos are others now."""
        self._grid.retell(ids, tiles)
        self._viewing.refresh(ids)
        if not set(ids).isdisjoint(self._selected()):
            self._inspect()
        if self._browsing.query.sorted_by is Order.RATING:
            self._browsing.refresh()

    @Slot(object)
    def take_facts(self, ids: list[int]) -> None:
        """What these photos are listed by has changed: their times or places."""
        if ids:
            self._grid.retell(ids, {})
            self._browsing.refresh()
            self._surroundings.refresh()
            self._viewing.refresh(ids)
            self.selection_changed.emit(len(self._selected()))

    @Slot(object)
    def take_away(self, ids: list[int]) -> None:
        """These photos are gone."""
        rows = self._grid.photos.rows_of(ids)
        place = int(rows[rows >= 0].min(initial=len(self._grid.photos.listing)))
        self._grid.remove(ids)
        left = self._grid.photos.listing.ids
        if len(left) and not self._selected():
            self._grid.show_photo(int(left[min(place, len(left) - 1)]))  # so that the keys go on from there
        self.selection_changed.emit(len(self._selected()))
        self._viewing.drop(ids)
        self._surroundings.refresh()

    @Slot(object)
    def bring_back(self, ids: list[int]) -> None:
        """These photos are there again."""
        if ids:
            self._browsing.refresh()
            self._showing.select_when_shown(ids)
            self._surroundings.refresh()

    @Slot()
    def forget_drives(self) -> None:
        """Drives have come or gone: what is known of photos says whether they are within reach, and where."""
        self._grid.photos.forget_tiles()
        self._grid.retell(self._grid.visible_ids().tolist(), {})
        self._inspect()

    def _inspect(self) -> None:
        if self._inspector.isVisible():
            self._inspector.show_photos(self._selected())

    def _selected(self) -> list[int]:
        return self._grid.selected_ids().tolist()
