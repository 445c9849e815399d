"""Which page the window is on: the photos, one of them, some side by side, or the first screen."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from photofinder.library import bundles
from photofinder.library.library import Library
from photofinder.library.locations import Locations
from photofinder.ui.picture_loader import CACHE_BYTES

if TYPE_CHECKING:  # a window that opens on the photos does not wait for these to load
    from photofinder.ui.compare import Compare
    from photofinder.ui.first_run import FirstRun
    from photofinder.ui.viewer import Viewer

MOST_COMPARED = 4


class Viewing(QObject):
    """Makes viewer and compare when they are first needed. Window's thread; `close_down` ends their threads."""

    folders_chosen = Signal(list, str)
    """On the first screen: folders (Path), and the name of a better encoder to be installed, or ""."""
    similar_requested = Signal(object)
    """A photo id."""
    photo_left = Signal(object)
    """Back among the photos; the id of the one that was shown last."""
    full_screen_changed = Signal(bool)

    def __init__(self, library: Library, pages: QStackedWidget, photos: QWidget) -> None:
        super().__init__(pages)
        self._library = library
        self._pages = pages
        self._photos = photos
        self._sequence: NDArray[np.int64] = np.empty(0, np.int64)
        self._viewer: Viewer | None = None
        self._compare: Compare | None = None
        self._first_run: FirstRun | None = None
        self._cache_bytes = CACHE_BYTES

    @property
    def is_first_run(self) -> bool:
        """Whether the first screen shows."""
        return self._first_run is not None and self._pages.currentWidget() is self._first_run

    def show_first_run(self) -> None:
        """Show the first screen: the library has no folders."""
        if self._first_run is None:
            from photofinder.ui.first_run import FirstRun  # noqa: PLC0415

            self._first_run = FirstRun(_offered(self._library.where))
            self._first_run.folders_chosen.connect(self.folders_chosen)
            self._pages.addWidget(self._first_run)
        self._pages.setCurrentWidget(self._first_run)

    @property
    def viewer(self) -> "Viewer":
        """The viewer."""
        if self._viewer is None:
            from photofinder.ui.viewer import Viewer  # noqa: PLC0415

            self._viewer = Viewer(self._library)
            self._viewer.set_cache_bytes(self._cache_bytes)
            self._pages.addWidget(self._viewer)
            self._viewer.similar_requested.connect(self.similar_requested)
            self._viewer.closed.connect(self._viewer_closed)
            self._viewer.full_screen_changed.connect(self.full_screen_changed)
        return self._viewer

    @property
    def is_viewing(self) -> bool:
        """Whether one photo is shown large."""
        return self._viewer is not None and self._pages.currentWidget() is self._viewer

    @property
    def is_comparing(self) -> bool:
        """Whether photos are shown side by side."""
        return self._compare is not None and self._pages.currentWidget() is self._compare

    def view(self, sequence: NDArray[np.int64], photo_id: int) -> None:
        """Show a photo of a sequence large; nothing happens if it is not one of them."""
        places = np.flatnonzero(sequence == photo_id)
        if len(places):
            self._sequence = sequence
            self._pages.setCurrentWidget(self.viewer)
            self.viewer.show_photo(sequence, int(places[0]))

    def compare(self, sequence: NDArray[np.int64], ids: Sequence[int]) -> None:
        """Show two to four photos side by side; from there one may be opened among `sequence`."""
        if not 2 <= len(ids) <= MOST_COMPARED:
            return
        if self._compare is None:
            from photofinder.ui.compare import Compare  # noqa: PLC0415

            self._compare = Compare(self._library)
            self._compare.set_cache_bytes(self._cache_bytes)
            self._pages.addWidget(self._compare)
            self._compare.closed.connect(self.leave)
            self._compare.photo_opened.connect(self._open_compared)
        self._sequence = sequence
        self._pages.setCurrentWidget(self._compare)
        self._compare.show_photos(list(ids))
        self._compare.setFocus()

    @property
    def current_id(self) -> int | None:
        """The photo that keys act on; None among the photos of the grid."""
        if self.is_viewing:
            return self.viewer.photo_id
        return self._compare.current_id if self._compare is not None and self.is_comparing else None

    def refresh(self, ids: Collection[int]) -> None:
        """What is known of these photos has changed."""
        for part in (self._viewer, self._compare):
            if part is not None and part.isVisible():
                part.refresh(ids)

    def drop(self, ids: Collection[int]) -> None:
        """These photos are gone: the next one is shown, or the way leads back."""
        left = self._sequence[~np.isin(self._sequence, list(ids))]
        if self.is_viewing:
            before = self._sequence[: self.viewer.position]
            self._sequence = left
            if len(left):
                place = len(before) - int(np.isin(before, list(ids)).sum())
                self.viewer.show_photo(left, min(place, len(left) - 1))
            else:
                self.viewer.leave()
        elif self._compare is not None and self.is_comparing:
            self._sequence = left
            for photo_id in set(ids) & set(self._compare.ids):
                if self.is_comparing:
                    self._compare.remove(photo_id)

    @Slot()
    def leave(self) -> None:
        """Back among the photos."""
        if self.is_viewing:
            self.viewer.leave()
        elif not self.is_first_run:
            self._pages.setCurrentWidget(self._photos)

    def set_cache_bytes(self, cache_bytes: int) -> None:
        """How much memory the photos of viewer and comparison may take, each."""
        self._cache_bytes = cache_bytes
        for part in (self._viewer, self._compare):
            if part is not None:
                part.set_cache_bytes(cache_bytes)

    def close_down(self) -> None:
        """End the threads of what was made."""
        for part in (self._viewer, self._compare):
            if part is not None:
                part.close_down()

    @Slot()
    def _viewer_closed(self) -> None:
        last = self.viewer.photo_id
        self._pages.setCurrentWidget(self._photos)
        if last is not None:
            self.photo_left.emit(last)

    @Slot(object)
    def _open_compared(self, photo_id: int) -> None:
        self.view(self._sequence, photo_id)


def _offered(where: Locations) -> bundles.Listed | None:
    """The better encoder, unless it is there already."""
    return next((each for each in bundles.listed(where) if each.recommended and not each.installed), None)
