"""What the user says to search for, wherever it is said: the field, the pane at the left, saved searches, offers."""

from PySide6.QtCore import QObject, Slot

from photofinder.library.browse import Node
from photofinder.ui.asking import Query
from photofinder.ui.browsing import Browsing
from photofinder.ui.hidden_hits import HiddenHits
from photofinder.ui.navigation import Navigation
from photofinder.ui.photo_grid import PhotoGrid
from photofinder.ui.saved_searches import SavedSearch, SavedSearches
from photofinder.ui.search_bar import SearchBar
from photofinder.ui.upkeep import Upkeep


class Searching(QObject):
    """Hands it to `browsing`, and keeps the pane at the left and the suggestions true. Window's thread."""

    def __init__(
        self, browsing: Browsing, upkeep: Upkeep, search: SearchBar, navigation: Navigation, saved: SavedSearches
    ) -> None:
        super().__init__(navigation)
        self._browsing = browsing
        self._search = search
        self._navigation = navigation
        self._saved = saved
        search.words_typed.connect(browsing.type_words)
        search.words_entered.connect(browsing.enter_words)
        search.cleared.connect(browsing.show_everything)
        navigation.scope_chosen.connect(browsing.choose_scope)
        navigation.search_chosen.connect(self._open)
        navigation.search_menu_wanted.connect(saved.show_menu)
        saved.listed.connect(self._list)
        browsing.query_changed.connect(self._choose_line)
        upkeep.settled.connect(self.refresh)

    def offer_rest(self, grid: PhotoGrid, hidden: HiddenHits) -> None:
        """Where hits beyond the cut line are offered."""
        grid.offer_taken.connect(self._browsing.show_all_ranked)
        hidden.all_wanted.connect(self._browsing.show_all_ranked)

    @Slot()
    def refresh(self) -> None:
        """Count saved searches and look up what can be suggested: the library has changed."""
        self._saved.refresh()
        self._browsing.look_up_values(self._search.suggestions.know)

    def save(self) -> None:
        """Keep what is searched for now."""
        self._saved.ask_to_save(self._browsing.query)

    @Slot(object)
    def _open(self, search: SavedSearch) -> None:
        self._browsing.open_words(search.query)

    @Slot(object)
    def _list(self, lines: list[Node]) -> None:
        self._navigation.set_searches(lines)
        self._choose_line(self._browsing.query)

    @Slot(object)
    def _choose_line(self, query: Query) -> None:
        self._navigation.choose(self._saved.key_of(query) or query.scope)
