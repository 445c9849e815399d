"""The grid of photos: a million cost what a thousand do, and nothing that arrives moves what is being looked at."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from photofinder.library.browse import Listing, Order, Tile
from photofinder.library.library import Library
from photofinder.ui import grid_headings, grid_selection
from photofinder.ui.grid_arrangement import Arrangement, Arrival, arranged, arrived
from photofinder.ui.grid_drag import Dragging
from photofinder.ui.grid_geometry import Frame
from photofinder.ui.grid_view import GridView
from photofinder.ui.grid_wanting import Wanting
from photofinder.ui.heading_places import HeadingPlaces
from photofinder.ui.photo_delegate import Look
from photofinder.ui.photo_model import EMPTY
from photofinder.ui.thumbnail_loader import ThumbnailLoader

Flag = QItemSelectionModel.SelectionFlag

LEAST_PX, USUAL_PX, MOST_PX = 64, 184, 512
_ZOOM_STEP = 1.15
_MANY = 256


class PhotoGrid(GridView):
    """Photos in sections. Lives on the window's thread; call `close_loader` before the library is closed.

    Photos come as a `Listing` through `set_listing`, newcomers through `insert`. Photo ids in signals are Python ints.
    Further signals: `photo_activated`, `selection_changed`, `context_requested` of `GridView`.
    """

    zoom_changed = Signal(int)
    """The wanted height of thumbnails in pixels."""
    problem_met = Signal(object)
    """An EnvironmentProblem: thumbnails or catalogue cannot be read."""
    view_completed = Signal()
    """All that is in view of a new listing has its thumbnail, as far as there are any; once for each listing."""

    def __init__(self, library: Library, parent: QWidget | None = None) -> None:
        self.arrangement = arranged(EMPTY, Frame(640, USUAL_PX, justified=True))
        super().__init__(self.arrangement.geometry, parent)
        self.loader = ThumbnailLoader(library, self)
        self.dragging = Dragging(self, library)
        self.places = HeadingPlaces(self, library)
        self._library = library
        self._headings: dict[int, str] = {}
        self._next: Arrangement | None = None
        self._completing = False
        self._zoom_px = USUAL_PX
        self._justified = True
        self.wanting = Wanting(self, self.loader, self.places)
        self.loader.tiles_fetched.connect(self._tiles_fetched)
        self.loader.thumbnails_loaded.connect(self._thumbnails_loaded)
        self.loader.problem_met.connect(self.problem_met)
        self.dragging.problem_met.connect(self.problem_met)
        self.photos.modelReset.connect(self._lay_out)
        self.photos.photos_inserted.connect(self._lay_out)

    # --- what is shown

    @property
    def frame(self) -> Frame:
        """What photos are arranged for at the moment."""
        return Frame(self.viewport().width(), self._zoom_px, self._justified)

    def set_listing(
        self,
        listing: Listing,
        *,
        keep_position: bool = False,
        headings: dict[int, str] | None = None,
        arrangement: Arrangement | None = None,
    ) -> None:
        """Show these photos. `keep_position` keeps what is in view, selected and current, where it is still there.

        `headings` stand over folders and tiers of hits, by their keys. `arrangement` is the listing's, if another
        thread has made it already: a million photos take 60 ms.
        """
        kept = self._kept() if keep_position else None
        self._headings = headings or {}
        if arrangement is None or arrangement.frame != self.frame:
            arrangement = arranged(listing, self.frame)
        self._next = arrangement
        self.photos.set_listing(listing, arrangement.sections)
        self._completing = True
        if kept is not None:
            self._restore(kept)
        else:
            self.scroller.setValue(0)
        self.selection_changed.emit(grid_selection.selected_count(self.selectionModel().selection()))

    def insert(self, newcomers: Listing | Arrival) -> bool:
        """Sort photos in; what is in view stays where it is. False if a new listing is needed (`PhotoModel.insert`).

        An `Arrival` was worked out on another thread; if the grid has changed since, it is worked out again.
        """
        arrival = arrived(self.arrangement, newcomers) if isinstance(newcomers, Listing) else newcomers
        if arrival is not None and arrival.base is not self.arrangement:
            arrival = arrived(self.arrangement, arrival.insertion.newcomers)
        if arrival is None:
            return False
        if len(arrival.insertion.newcomers):
            kept = self._kept(with_selection=len(arrival.insertion.newcomers) > _MANY)
            self._next = arrival.arrangement
            self.photos.insert(arrival.insertion)
            self._restore(kept)
        return True

    def remove(self, ids: Iterable[int]) -> None:
        """Take photos out; what is in view stays where it is."""
        kept = self._kept()
        self.photos.remove(ids)
        self._restore(kept)

    def refresh(self, ids: Iterable[int] | None = None) -> None:
        """What is known of these photos (of all) has changed: rating, thumbnail, whether their drive is there."""
        changed = None if ids is None else list(ids)
        self.photos.forget_tiles(changed)
        self.loader.forget(changed)
        self.wanting.soon()
        self.viewport().update()

    def retell(self, changed: Iterable[int], tiles: dict[int, Tile]) -> None:
        """What is known of these photos has changed, their pictures have not. `tiles` are the new ones of some.

        Unlike `refresh` this takes nothing off the screen: where the new tile is at hand, badges change in one step.
        """
        self.photos.forget_tiles([photo_id for photo_id in changed if photo_id not in tiles])
        self._tiles_fetched(tiles)
        self.wanting.soon()

    def close_loader(self) -> bool:
        """End the threads that load thumbnails; whether they ended in time."""
        self.wanting.stop()
        self.dragging.close()
        self.places.close()
        return self.loader.close()

    # --- how large, and in which shape

    @property
    def zoom_px(self) -> int:
        """The wanted height of thumbnails."""
        return self._zoom_px

    def set_zoom(self, px: int, around: QPoint | None = None) -> None:
        """Another size of thumbnails. The photo at a point (else the current one, or the middle) stays where it is."""
        px = max(LEAST_PX, min(MOST_PX, px))
        if px == self._zoom_px:
            return
        row = self._row_to_hold(around)
        place = None if row is None else self.on_screen(self.grid.cell(row)).center().y()
        self._zoom_px = px
        self._next = arranged(self.photos.listing, self.frame)
        self._lay_out()
        if row is not None and place is not None:
            cell = self.grid.cell(row)
            self.scroller.setValue(cell.y + cell.height // 2 - place)
        self.zoom_changed.emit(px)

    @property
    def justified(self) -> bool:
        """Whether photos keep their shape; else they fill squares."""
        return self._justified

    def set_justified(self, justified: bool) -> None:
        """Photos in their own shapes, or squares."""
        if justified != self._justified:
            kept = self._kept(with_selection=False)
            self._justified = justified
            self._next = arranged(self.photos.listing, self.frame)
            self._lay_out()
            self._restore(kept)

    # --- what is selected and in view

    def selected_ids(self) -> NDArray[np.int64]:
        """The selected photos, in the order of the listing."""
        return self.photos.listing.ids[grid_selection.selected_rows(self.selectionModel().selection())]

    def select_ids(self, ids: Iterable[int]) -> None:
        """Select these photos, and nothing else."""
        rows = self.photos.rows_of(ids)
        self.selectionModel().select(grid_selection.of_rows(self.photos, rows[rows >= 0]), Flag.ClearAndSelect)

    def current_id(self) -> int | None:
        """The photo that the keys act on."""
        index = self.currentIndex()
        return int(self.photos.listing.ids[index.row()]) if index.isValid() else None

    def show_photo(self, photo_id: int) -> bool:
        """Make a photo the current and only selected one, and bring it into view; False if it is not here."""
        row = self.photos.row_of(photo_id)
        if row is None:
            return False
        self.setCurrentIndex(self.photos.index(row, 0))
        self.scrollTo(self.currentIndex())
        return True

    def visible_ids(self) -> NDArray[np.int64]:
        """Photos of which at least a pixel shows."""
        rows = self.rows_in_view()
        return self.photos.listing.ids[rows.start : rows.stop]

    # --- layout

    @Slot()
    def _lay_out(self) -> None:
        """Take the arrangement that was made for this moment, or make one for the photos and the size there now are."""
        listing, made = self.photos.listing, self._next
        if made is None or made.listing is not listing:
            before = self.arrangement
            alike = before.level_count > 0 and before.listing.order is listing.order
            made = arranged(listing, self.frame, before if alike else None)
        self.arrangement, self._next = made, None
        self.grid = made.geometry
        self._laid_out()

    def _laid_out(self) -> None:
        self.updateGeometries()
        self.wanting.soon()
        self.place_offer()
        self.viewport().update()

    def updateGeometries(self) -> None:
        """As Qt calls it."""
        page = self.viewport().height()
        self.scroller.setPageStep(page)
        self.scroller.setSingleStep(max(20, self._zoom_px // 3))
        self.scroller.setRange(0, max(0, self.grid.height_px - page))
        if self.grid.count == len(self.photos.listing):
            starts = grid_headings.years(self.photos.sections)
            self.scroller.set_marks([(self.grid.cell(row).y, name) for row, name in starts])

    def _kept(self, *, with_selection: bool = True) -> grid_selection.Kept:
        rows, top = self.rows_in_view(), self.scroller.value()
        anchored = bool(rows) and top > 0
        return grid_selection.Kept(
            anchor=int(self.photos.listing.ids[rows.start]) if anchored else None,
            row=rows.start,
            offset_px=self.grid.cell(rows.start).y - top if anchored else 0,
            current=self.current_id(),
            selected=self.selected_ids() if with_selection else np.empty(0, np.int64),
        )

    def _restore(self, kept: grid_selection.Kept) -> None:
        """Put back what a change of the photos has moved or, by a reset, dropped."""
        if len(kept.selected) and not self.selectionModel().hasSelection():
            self.select_ids(kept.selected)
        if kept.current is not None and not self.currentIndex().isValid():
            row = self.photos.row_of(kept.current)
            if row is not None:
                self.selectionModel().setCurrentIndex(self.photos.index(row, 0), Flag.NoUpdate)
        row = None if kept.anchor is None else self.photos.row_of(kept.anchor, kept.row)
        if row is not None:
            self.scroller.setValue(self.grid.cell(row).y - kept.offset_px)

    def _row_to_hold(self, around: QPoint | None) -> int | None:
        shown = self.rows_in_view()
        if not shown:
            return None
        if around is not None:
            index = self.indexAt(around)
            if index.isValid():
                return index.row()
        elif self.currentIndex().row() in shown:
            return self.currentIndex().row()
        return shown[len(shown) // 2]

    # --- what the loader brings

    @Slot(object)
    def _tiles_fetched(self, tiles: dict[int, Tile]) -> None:
        self.photos.keep_tiles(tiles)
        self._update_shown(tiles)

    @Slot(object)
    def _thumbnails_loaded(self, ids: list[int]) -> None:
        self._update_shown(ids)
        if self._completing:
            loader = self.loader
            if all(loader.cache.get(shown) or loader.is_hopeless(shown) for shown in self.visible_ids().tolist()):
                self._completing = False
                self.view_completed.emit()

    def _update_shown(self, ids: Iterable[int]) -> None:
        shown, wanted = self.rows_in_view(), set(ids)
        for row, photo_id in zip(shown, self.visible_ids().tolist(), strict=True):
            if photo_id in wanted:
                self.update_row(row)

    # --- as GridView asks

    def look_of(self, row: int, *, selected: bool, focused: bool) -> Look:
        """How a photo looks now."""
        listing = self.photos.listing
        photo_id = int(listing.ids[row])
        painted = self.loader.cache.get(photo_id)
        return Look(
            tile=self.photos.tile(row),
            painted=painted,
            hopeless=painted is None and self.loader.is_hopeless(photo_id),
            score=None if listing.scores is None else float(listing.scores[row]),
            selected=selected,
            focused=focused,
            alike=len(listing.alike.get(photo_id, ())),
        )

    def heading_of(self, section: int) -> str:
        """What stands over a section."""
        place = self.places.of(section)
        return grid_headings.title(self.photos.listing.order, self.grid.sections, section, self._headings, place)

    def count_of(self, section: int) -> str:
        """How many photos a section has; headings of hits say it themselves, with those that others stand for."""
        if self.photos.listing.order is Order.RELEVANCE:
            return ""
        return self.locale().toString(self.grid.sections.count(section))

    def words_at(self, height_px: int) -> str:
        """What the scroller says of a height of the grid."""
        rows = self.grid.rows_between(height_px, self.grid.height_px + 1)
        if not rows:
            return ""
        listing, row, level = self.photos.listing, rows.start, self.arrangement.level
        return grid_headings.moment(
            listing.order, int(listing.keys[row]), int(listing.taken_ms[row]), self._headings, level
        )

    # --- Qt's events

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As Qt calls it."""
        kept = self._kept(with_selection=False)
        super().resizeEvent(event)
        if event.size().width() != self.grid.frame.width_px:
            self._lay_out()
            self._restore(kept)
        self.place_offer()
        self.wanting.soon()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """As Qt calls it."""
        super().scrollContentsBy(dx, dy)
        self.wanting.scrolled(downwards=dy < 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """As Qt calls it: with Ctrl, thumbnails grow and shrink around the mouse."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps = event.angleDelta().y() / 120
            self.set_zoom(round(self._zoom_px * _ZOOM_STEP**steps), event.position().toPoint())
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """As Qt calls it: Ctrl with plus, minus and zero for the size of thumbnails."""
        grow = {Qt.Key.Key_Plus: _ZOOM_STEP, Qt.Key.Key_Equal: _ZOOM_STEP, Qt.Key.Key_Minus: 1 / _ZOOM_STEP}
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.key() in {*grow, Qt.Key.Key_0}:
            factor = grow.get(Qt.Key(event.key()))
            self.set_zoom(USUAL_PX if factor is None else round(self._zoom_px * factor))
        else:
            super().keyPressEvent(event)

    def startDrag(self, supportedActions: Qt.DropAction) -> None:  # noqa: N803 - Qt's name
        """As Qt calls it: carry the selected photos out."""
        current = self.current_id()
        painted = None if current is None else self.loader.cache.get(current)
        self.dragging.begin(self.selected_ids().tolist(), painted.pixmap if painted else None)
