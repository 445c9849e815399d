"""The window: puts its parts together and lets them talk to each other."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow

from photofinder.library.export import Wanted
from photofinder.library.roots import watched
from photofinder.ui.actions import PhotoActions
from photofinder.ui.bridge import Bridge
from photofinder.ui.browsing import Answer, Browsing, Query
from photofinder.ui.dialogs import Dialogs
from photofinder.ui.exporting import Exporting
from photofinder.ui.following import Following
from photofinder.ui.hidden_hits import HiddenHits
from photofinder.ui.incoming import is_welcome
from photofinder.ui.inspector import Inspector
from photofinder.ui.installing import Installing
from photofinder.ui.map_place import MapPlace
from photofinder.ui.marking import Marking
from photofinder.ui.navigation import Navigation
from photofinder.ui.photo_grid import LEAST_PX, MOST_PX, PhotoGrid
from photofinder.ui.place_accepting import PlaceAccepting
from photofinder.ui.preferring import Preferring
from photofinder.ui.progress import StatusLine
from photofinder.ui.receiving import Receiving
from photofinder.ui.remembering import remember, restore
from photofinder.ui.saved_searches import SavedSearches
from photofinder.ui.searching import Searching
from photofinder.ui.settling import Settling
from photofinder.ui.shifting import Shifting
from photofinder.ui.showing import Showing
from photofinder.ui.surroundings import Overview, Surroundings
from photofinder.ui.timeline_place import TimelinePlace
from photofinder.ui.top_bar import TopBar
from photofinder.ui.trashing import Trashing
from photofinder.ui.undoing import Undoing
from photofinder.ui.upkeep import State, Upkeep
from photofinder.ui.viewing import MOST_COMPARED, Viewing
from photofinder.ui.window_actions import WindowActions
from photofinder.ui.window_layout import laid_out
from photofinder.ui.window_state import WindowState

if TYPE_CHECKING:
    from photofinder.ui.watching import FolderWatching


class MainWindow(QMainWindow):
    """Window's thread. `close_down` ends the threads of its views; the bridge's are ended by whoever made it."""

    def __init__(self, bridge: Bridge, state: WindowState) -> None:
        super().__init__()
        self._bridge = bridge
        self._state = state
        self.receiving = Receiving(self)
        self._settling: Settling | None = None
        self.watching: FolderWatching | None = None
        self.do = WindowActions(self)
        self.upkeep = Upkeep(bridge, self)
        self.installing = Installing(bridge, self)
        self.browsing = Browsing(bridge, self)
        self.photo_actions = PhotoActions(bridge, self)
        self.undoing = Undoing(self)
        self.top = TopBar()
        self.navigation = Navigation()
        self.grid = PhotoGrid(bridge.library)
        self.hidden_hits = HiddenHits()
        self.marking = Marking(bridge, self.undoing, self.grid.visible_ids, self)
        self.trashing = Trashing(bridge, self.undoing, self)
        self.shifting = Shifting(bridge, self.undoing, self)
        self.exporting = Exporting(bridge, self)
        self.placing = PlaceAccepting(bridge, self.undoing, self)
        self.saved = SavedSearches(bridge, self.undoing, self)
        self.inspector = Inspector(bridge.library)
        self.status = StatusLine()
        self._lay_out()
        self.surroundings = Surroundings(bridge, self.upkeep, self.installing, self.navigation, self.status)
        self.showing = Showing(bridge, self.browsing, self.upkeep, self.grid, self.top, self.status)
        self.searching = Searching(self.browsing, self.upkeep, self.top.search, self.navigation, self.saved)
        self.map_place = MapPlace(bridge, state, self.browsing, self.grid, self.middle, self.do.map)
        self.timeline_place = TimelinePlace(bridge, self.browsing, self.grid, self._column, self.do.timeline)
        self.dialogs = Dialogs(self, bridge, self.upkeep, self.installing, state)
        self.viewing = Viewing(bridge.library, self.pages, self._browse)
        self.following = Following(
            self.browsing, self.grid, self.showing, self.surroundings, self.viewing, self.inspector
        )
        self.preferring = Preferring(bridge, state, self.upkeep, self.grid, self.viewing, self)
        self._connect_parts()
        self._connect_actions()
        restore(self, state)
        if watched(bridge.library):
            self._settling = Settling(self.grid, self._settle_in)
        else:
            self.viewing.show_first_run()
            self._watch()

    # --- putting together

    def _lay_out(self) -> None:
        self.setWindowTitle("PhotoFinder")
        self.setAcceptDrops(True)
        self.top.arrange(
            [self.do.sidebar, self.do.back, self.do.forward],
            [self.do.timeline, self.do.map, self.do.inspector],
            self.do.main_menu(),
        )
        self.top.slider.setRange(LEAST_PX, MOST_PX)
        made = laid_out(
            top=self.top,
            left=self.navigation,
            photos=self.grid,
            below_photos=self.hidden_hits,
            right=self.inspector,
            status=self.status,
        )
        self.pages, self.splitter, self.middle, self._column = made.pages, made.sides, made.middle, made.column
        self._browse = made.browse
        self.setCentralWidget(made.whole)

    def _connect_parts(self) -> None:
        browsing = self.browsing
        self.top.search.left.connect(self._go_to_photos)
        self.searching.offer_rest(self.grid, self.hidden_hits)
        self.showing.hidden_changed.connect(self.hidden_hits.show_count)
        self.receiving.folders_received.connect(self._begin)
        self.receiving.picture_received.connect(self._find_similar)
        self.top.order_chosen.connect(browsing.choose_order)
        self.top.size_chosen.connect(self.grid.set_zoom)
        self.grid.zoom_changed.connect(self.top.show_size)
        self.grid.photo_activated.connect(self._view)
        self.map_place.photo_activated.connect(self._view)
        self.grid.selection_changed.connect(self._selection_changed)
        self.grid.context_requested.connect(self._show_context_menu)
        browsing.answered.connect(self._answered)
        browsing.query_changed.connect(self._query_changed)
        browsing.history.changed.connect(self._history_changed)
        self.pages.currentChanged.connect(self._page_changed)
        self.upkeep.settled.connect(browsing.refresh)
        self.surroundings.overview_changed.connect(self._overview_changed)
        self.viewing.folders_chosen.connect(self._begin)
        self.viewing.similar_requested.connect(self.photo_actions.find_similar)
        self.viewing.photo_left.connect(self._photo_left)
        self.viewing.full_screen_changed.connect(self._full_screen_changed)
        self.photo_actions.similar_requested.connect(self._find_similar)
        self.photo_actions.program_wanted.connect(self.dialogs.ask_program)
        self.placing.changed.connect(self.following.take_facts)
        self.following.selection_changed.connect(self._selection_changed)
        for part in (self.photo_actions, self.marking, self.trashing, self.shifting, self.saved, self.placing):
            part.told.connect(self.status.tell)
        self.marking.marked.connect(self.following.take_marks)
        self.trashing.photos_gone.connect(self.following.take_away)
        self.trashing.photos_back.connect(self.following.bring_back)
        self.shifting.shifted.connect(self.following.take_facts)
        self.undoing.changed.connect(self.do.show_undo)
        self.exporting.started.connect(self._exporting_started)
        self.installing.installed.connect(self.upkeep.use_bundle)
        self.status.failures_requested.connect(self._show_failures)
        self.status.away_requested.connect(self.dialogs.show_preferences)
        self.status.encoder_requested.connect(self._show_encoders)
        for source in (self._bridge, self.grid):
            source.problem_met.connect(self.dialogs.tell)

    def _connect_actions(self) -> None:
        do, photos, chosen = self.do, self.photo_actions, self._acted_on
        do.connect(
            {
                do.sidebar: lambda: self.navigation.setVisible(do.sidebar.isChecked()),
                do.inspector: self._toggle_inspector,
                do.back: self._back,
                do.forward: self.browsing.forward,
                do.search: self._focus_search,
                do.save_search: self.searching.save,
                do.similar_file: self.receiving.choose_picture,
                do.paste: self.receiving.paste,
                do.add_folder: self.receiving.choose_folder,
                do.look: self.upkeep.ingest,
                do.preferences: self.dialogs.show_preferences,
                do.keys: lambda: self.dialogs.show_keys(do),
                do.squares: lambda: self.grid.set_justified(not do.squares.isChecked()),
                do.full_screen: self._toggle_full_screen,
                do.quit: self.close,
                do.view: lambda: self._with_current(self._view),
                do.similar: lambda: self._with_current(photos.find_similar),
                do.alike: lambda: self._with_current(self._show_alike),
                do.compare: lambda: self.viewing.compare(self.grid.photos.listing.ids, self._selected()),
                do.open_outside: lambda: photos.open_outside(chosen()),
                do.open_with: lambda: photos.open_with(chosen()),
                do.reveal: lambda: photos.reveal(chosen()),
                do.copy: lambda: photos.copy_files(chosen()),
                do.copy_path: lambda: photos.copy_paths(chosen()),
                do.undo: self.undoing.undo,
                do.export: lambda: self.dialogs.show_export(self.exporting, chosen(), self._state.export),
                do.places: lambda: self.dialogs.show_places(self.placing, chosen()),
                do.shift: lambda: self.shifting.ask(chosen(), self.grid.current_id()),
                do.trash: lambda: self.trashing.ask(chosen()),
            }
        )
        marking = self.marking
        do.connect({a: lambda count=count: marking.rate(chosen(), count) for count, a in do.marks.stars.items()})
        do.connect({a: lambda pick=pick: marking.flag(chosen(), pick) for pick, a in do.marks.flags.items()})
        do.connect({a: lambda label=label: marking.label(chosen(), label) for label, a in do.marks.labels.items()})
        self.dialogs.theme_chosen.connect(self.preferring.choose_theme)
        self.dialogs.limits_chosen.connect(self.preferring.choose_limits)
        self.dialogs.ground_chosen.connect(self.map_place.choose_ground)
        do.gentle.setChecked(self.upkeep.gentle)
        do.gentle.toggled.connect(self.upkeep.set_gentle)
        self.upkeep.gentle_changed.connect(do.gentle.setChecked)
        self.status.add_switch(do.gentle)
        self._selection_changed(0)
        self._history_changed()

    @Slot()
    def _settle_in(self) -> None:
        """Once, when the first photos show: count, make searching quick, see what has changed since the last time."""
        self.surroundings.refresh()
        self.searching.refresh()
        self.browsing.warm_up()
        self.map_place.begin()
        self.timeline_place.begin()
        self._watch()

    def _watch(self) -> None:
        """Watch the folders, beginning with what has changed in them since the last time."""
        # Only now: a window that opens does not wait for decoders and encoders to load.
        from photofinder.ui.watching import FolderWatching  # noqa: PLC0415

        self.watching = FolderWatching(self._bridge, self.upkeep, self)
        self.watching.noticed.connect(self.status.tell)
        self.watching.states_changed.connect(self.following.forget_drives)

    # --- what the window shows

    @Slot(int)
    @Slot(object)
    def _view(self, photo_id: int) -> None:
        self.browsing.settle()
        self.viewing.view(self.grid.photos.listing.ids, photo_id)
        self._enable_actions()

    @Slot(object)
    def _photo_left(self, photo_id: int) -> None:
        self.grid.show_photo(photo_id)
        self.grid.setFocus()

    @Slot(object)
    def _query_changed(self, _query: Query) -> None:
        self.pages.setCurrentWidget(self._browse)

    @Slot(object)
    def _answered(self, _answer: Answer) -> None:
        self._selection_changed(len(self._selected()))  # a new listing takes the selection away without a word

    @Slot()
    def _history_changed(self) -> None:
        # From a photo, back is to the photos.
        self.do.back.setEnabled(self.browsing.history.can_go_back or self.pages.currentWidget() is not self._browse)
        self.do.forward.setEnabled(self.browsing.history.can_go_forward)

    @Slot()
    def _page_changed(self) -> None:
        self.status.setHidden(self.viewing.is_first_run)
        self._enable_actions()
        self._history_changed()

    @Slot(object)
    def _overview_changed(self, found: Overview) -> None:
        if found.roots == 0 and self.upkeep.state is State.IDLE:
            self.viewing.show_first_run()

    @Slot(int)
    def _selection_changed(self, count: int) -> None:
        self._enable_actions()
        self.do.compare.setEnabled(2 <= count <= MOST_COMPARED)
        if self.inspector.isVisible():
            self.inspector.show_photos(self._selected())

    def _enable_actions(self) -> None:
        acting = self.viewing.current_id is not None or self.grid.selectionModel().hasSelection()
        for action in self.do.of_photos:
            action.setEnabled(acting)
        if self.viewing.is_comparing:
            self.do.trash.setEnabled(False)  # its key takes a photo out of the comparison

    @Slot(object, QPoint)
    def _show_context_menu(self, photo_id: int, place: QPoint) -> None:
        alike = self.grid.photos.listing.alike.get(photo_id, ())
        self.do.context_menu(len(self._selected()), len(alike)).popup(place)

    @Slot(list, str)
    def _begin(self, folders: list[Path], bundle: str) -> None:
        self.pages.setCurrentWidget(self._browse)
        self.upkeep.ingest(folders)
        if bundle:
            self.installing.start(bundle)
        self._focus_search()

    @Slot()
    def _show_encoders(self) -> None:
        self.dialogs.show_preferences(page=1)

    @Slot()
    def _show_failures(self) -> None:
        self.dialogs.show_failures(self.surroundings.closed_folders)

    @Slot(object)
    def _exporting_started(self, wanted: Wanted) -> None:
        self._state.export = wanted

    # --- what the user does

    def _acted_on(self) -> list[int]:
        """What actions on photos concern: the one that is shown large, or else those selected."""
        current = self.viewing.current_id
        return self._selected() if current is None else [current]

    def _selected(self) -> list[int]:
        return self.grid.selected_ids().tolist()

    def _with_current(self, then: Callable[[int], object]) -> None:
        current = self.viewing.viewer.photo_id if self.viewing.is_viewing else self.grid.current_id()
        if current is not None:
            then(current)

    @Slot(object)
    def _find_similar(self, photo: Path) -> None:
        self.viewing.leave()
        self.browsing.find_similar(photo)

    def _show_alike(self, photo_id: int) -> None:
        alike = self.grid.photos.listing.alike.get(photo_id, ())
        if alike:
            self.viewing.leave()
            self.browsing.show_only([photo_id, *alike])

    def _back(self) -> None:
        if self.pages.currentWidget() is self._browse:
            self.browsing.back()
        else:
            self.viewing.leave()

    def _focus_search(self) -> None:
        self.viewing.leave()
        self.top.search.focus()

    @Slot()
    def _go_to_photos(self) -> None:
        self.grid.setFocus()
        self.showing.select_first()

    def _toggle_inspector(self) -> None:
        if self.viewing.is_viewing:
            self.viewing.viewer.toggle_inspector()
            return
        self.inspector.setVisible(self.do.inspector.isChecked())
        self._selection_changed(len(self._selected()))

    def _toggle_full_screen(self) -> None:
        if self.viewing.is_viewing:
            self.viewing.viewer.toggle_full_screen()
        else:
            self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    @Slot(bool)
    def _full_screen_changed(self, on: bool) -> None:
        self.status.setHidden(on)

    @Slot(list)
    def take_arguments(self, paths: Sequence[str]) -> None:
        """What this start, or a later one, was given: folders to watch, or a picture; and come to the front."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()
        self.receiving.take_paths(paths)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take what comes from elsewhere; a photo dragged out of the grid is none of it."""
        if event.source() is None and is_welcome(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Watch a dropped folder; find photos similar to a dropped picture."""
        self.receiving.take(event.mimeData())
        event.acceptProposedAction()

    def close_down(self) -> None:
        """Remember how things are, and end what runs. Once, at the end."""
        remember(self, self._state)
        if self._settling is not None:
            self._settling.close()
        if self.watching is not None:
            self.watching.close()
        self.map_place.close()
        self.upkeep.close()
        self.installing.close()
        self.exporting.stop()
        self.trashing.close()
        self.viewing.close_down()
        self.inspector.close_down()
        self.grid.close_loader()
        self.receiving.close()
