"""Where the photos under a heading were taken: asked on a thread of its own, for the headings in and near the view."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Slot

from photofinder.library.browse import Order
from photofinder.library.headings import SAMPLED, places_of_days, places_of_months
from photofinder.library.library import Library
from photofinder.ui.grid_sections import UNDATED, Level
from photofinder.ui.latest import LatestWorker

if TYPE_CHECKING:
    from photofinder.ui.photo_grid import PhotoGrid

AT_THE_LATEST_MS = 1_000
"""Until then the first photos come first."""
_BY_TAKEN = {Order.NEWEST, Order.OLDEST}
_KEPT = 5_000
_MOST_AT_ONCE = 100

Key = tuple[Level, int]
_Photos = tuple[int, int, int]
"""First id, last id and number: tells whether a heading stands over other photos than before."""


@dataclass(slots=True)
class _Said:
    place: str
    photos: _Photos
    generation: int


class HeadingPlaces(QObject):
    """Knows places for headings over days and months, and has them painted when they come. Window's thread.

    What is known stays until it is known better; all is asked again when the grid is given a listing, which it is
    whenever the library has changed. `close` ends the thread.
    """

    def __init__(self, grid: "PhotoGrid", library: Library) -> None:
        super().__init__(grid)
        self._grid = grid
        self._library = library
        self._worker: LatestWorker | None = None
        self._closed = False
        self._begun = False
        self._generation = 0
        self._said: dict[Key, _Said] = {}
        self._waiting = QTimer(self, singleShot=True, interval=AT_THE_LATEST_MS)
        self._waiting.timeout.connect(self._begin)
        grid.view_completed.connect(self._begin)
        grid.photos.modelReset.connect(self._start_anew)

    def of(self, section: int) -> str:
        """The place of a section, empty where it is not known."""
        said = self._said.get(self._key(section)) if self._grid.photos.listing.order in _BY_TAKEN else None
        if said is None or not (said.generation == self._generation or said.photos == self._photos(section)):
            return ""
        return said.place

    def want(self) -> None:
        """The view has changed: ask for what shows, and for a page before and after."""
        grid = self._grid
        if self._closed or grid.photos.listing.order not in _BY_TAKEN:
            return
        if not self._begun:
            if not self._waiting.isActive():
                self._waiting.start()
            return
        level, page, top = grid.grid.sections.level, grid.viewport().height(), grid.scroller.value()
        if level not in {Level.DAY, Level.MONTH} or grid.grid.count != len(grid.photos.listing):
            return
        near = [section for section, _ in grid.grid.headings_between(top - page, top + 2 * page)][:_MOST_AT_ONCE]
        asked = {self._key(section)[1]: section for section in near if not self._is_known(section)}
        asked.pop(UNDATED, None)
        if not asked:
            return
        photos = {key: self._photos(section) for key, section in asked.items()}
        samples = {key: self._sample(section) for key, section in asked.items()}
        library, generation = self._library, self._generation
        find = places_of_days if level is Level.DAY else places_of_months
        if self._worker is None:
            self._worker = LatestWorker("heading places", self, at_end=library.reader.close)
            self._worker.done.connect(self._take)
            self._worker.failed.connect(self._give_up)
        self._worker.run("view", lambda: (level, generation, photos, find(library, samples)))

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._waiting.stop()
        if self._worker is not None:
            self._worker.close()

    # --- what is known

    def _key(self, section: int) -> Key:
        sections = self._grid.grid.sections
        return sections.level, int(sections.keys[section])

    def _rows(self, section: int) -> tuple[int, int]:
        starts = self._grid.grid.sections.starts
        return int(starts[section]), int(starts[section + 1])

    def _photos(self, section: int) -> _Photos:
        (first, stop), ids = self._rows(section), self._grid.photos.listing.ids
        return int(ids[first]), int(ids[stop - 1]), stop - first

    def _sample(self, section: int) -> list[int]:
        """Photos of a section, evenly from all of it."""
        first, stop = self._rows(section)
        rows = np.unique(np.linspace(first, stop - 1, min(SAMPLED, stop - first)).astype(np.int64))
        return self._grid.photos.listing.ids[rows].tolist()

    def _is_known(self, section: int) -> bool:
        said = self._said.get(self._key(section))
        return said is not None and said.generation == self._generation and said.photos == self._photos(section)

    @Slot()
    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._waiting.stop()
            self.want()

    @Slot()
    def _start_anew(self) -> None:
        self._generation += 1

    @Slot(object, object)
    def _take(self, _key: object, result: object) -> None:
        assert isinstance(result, tuple)
        level, generation, photos, places = result
        if len(self._said) > _KEPT:
            self._said.clear()
        changed = False
        for key, place in places.items():
            before = self._said.get((level, key))
            self._said[level, key] = _Said(place, photos[key], generation)
            changed |= before is None or before.place != place
        if changed:
            self._grid.viewport().update()
        if generation != self._generation:
            self.want()

    @Slot(object, object)
    def _give_up(self, _key: object, problem: object) -> None:
        """Headings do without."""
        self._grid.problem_met.emit(problem)
