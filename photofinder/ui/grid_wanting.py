"""Which thumbnails the grid asks for, and when: what is in view, then what is near, and nothing that flies by."""

import time

from PySide6.QtCore import QTimer, Slot

from photofinder.library.browse import Tile
from photofinder.ui.grid_view import GridView
from photofinder.ui.heading_places import HeadingPlaces
from photofinder.ui.thumbnail_loader import ThumbnailLoader, Want

_SOON_MS = 8
_STILL_AFTER_MS, _CALM_AFTER_MS = 40, 120


class Wanting(QTimer):
    """A grid's own; it asks a moment after it is told that something moved. Window's thread."""

    def __init__(self, view: GridView, loader: ThumbnailLoader, places: HeadingPlaces) -> None:
        super().__init__(view)
        self._view = view
        self._loader = loader
        self._places = places
        self._downwards = True
        self._top = 0
        self._rushing_until = 0.0
        self.setSingleShot(True)
        self.timeout.connect(self._want)

    def soon(self) -> None:
        """Something else is in view, or what is known of it has changed."""
        self.start(_SOON_MS)

    def scrolled(self, *, downwards: bool) -> None:
        """The grid moved."""
        self._downwards = downwards
        self.soon()

    @Slot()
    def _want(self) -> None:
        view, loader = self._view, self._loader
        page, top = view.viewport().height(), view.scroller.value()
        moved, rushing_before = abs(top - self._top), time.monotonic() < self._rushing_until
        rushing = moved > page // 2
        self._top, self._rushing_until = top, time.monotonic() + _STILL_AFTER_MS / 1000 if rushing else 0.0
        if rushing_before and moved > page:  # more than a page, again: nobody sees what flies by
            loader.want([], {})
            self.start(_STILL_AFTER_MS)
            return
        shown = view.rows_in_view()
        near: list[int] = []
        if rushing:  # what comes next is not worth loading before it is clear where this ends
            self.start(_CALM_AFTER_MS)
        else:
            after = range(shown.stop, view.grid.rows_between(top + page, top + 2 * page).stop)
            before = range(view.grid.rows_between(top - page, top).start, shown.start)
            near = [*after, *reversed(before)] if self._downwards else [*reversed(before), *after]
        ratio, ids = view.devicePixelRatioF(), view.photos.listing.ids
        wants: list[Want] = []
        known: dict[int, Tile] = {}
        for row in (*shown, *near):
            cell, photo_id = view.grid.cell(row), int(ids[row])
            wants.append(Want(photo_id, round(cell.width * ratio), round(cell.height * ratio), row in shown))
            tile = view.photos.tile(row)
            if tile is not None:
                known[photo_id] = tile
        loader.want(wants, known)
        if not rushing:
            self._places.want()
