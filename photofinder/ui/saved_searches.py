"""Saved searches in the window: listed at the left with counts, kept, renamed and forgotten."""

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtWidgets import QInputDialog, QMenu, QMessageBox, QWidget

from photofinder.core.errors import QueryProblem
from photofinder.library import albums
from photofinder.library.albums import Album
from photofinder.library.browse import Node
from photofinder.ui.asking import Query
from photofinder.ui.bridge import Bridge
from photofinder.ui.undoing import Undoing

UNKNOWN = -1
"""The count of a search that has not been counted yet, or cannot be asked now."""


class SavedSearch(NamedTuple):
    """What stands behind a line at the left."""

    name: str
    query: str


class SavedSearches(QObject):
    """Window's thread. Reading and counting are errands, changes are edits."""

    listed = Signal(object)
    """list[Node] for the pane at the left; their keys are SavedSearch."""
    told = Signal(str)
    """What was done, for the status line."""

    def __init__(self, bridge: Bridge, undoing: Undoing, window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._undoing = undoing
        self._window = window
        self._found: list[Album] = []
        self._asked = 0

    @Slot()
    def refresh(self) -> None:
        """List them, at once without counts that are not known yet; then count."""
        library = self._bridge.library
        self._asked += 1
        asked = self._asked

        def take(found: list[Album]) -> None:
            if asked == self._asked:
                self._take(found)

        self._bridge.errand(lambda: albums.all_albums(library), take)
        self._bridge.errand(lambda: albums.counted(library), take)

    def key_of(self, query: Query) -> SavedSearch | None:
        """The saved search that a query is, if it is one."""
        if not query.is_search or query.like is not None or query.scope is not None:
            return None
        return next((SavedSearch(each.name, each.query) for each in self._found if each.query == query.words), None)

    # --- what the user does

    def ask_to_save(self, query: Query) -> None:
        """Ask for a name, and keep the words under it."""
        if not query.words:
            self.told.emit(self.tr("Search for something first, then save it"))
            return
        about = self.tr("Name of the search “{}”:").format(query.words)
        if query.scope is not None:
            about += "\n" + self.tr("It will look through all photos, not only what is chosen at the left.")
        name, meant = QInputDialog.getText(self._window, self.tr("Save this search"), about, text=query.words)
        if meant and name.strip() and self._may_replace(name.strip()):
            self.save(name.strip(), query.words)

    def save(self, name: str, words: str) -> None:
        """Keep words under a name."""
        library = self._bridge.library
        self._edit(lambda: albums.save(library, name, words), self.tr("Saved as “{}”").format(name))

    def rename(self, search: SavedSearch, name: str) -> None:
        """Keep it under another name."""
        library = self._bridge.library

        def work() -> None:
            albums.save(library, name, search.query)
            albums.remove(library, search.name)

        if name != search.name:
            self._edit(work, self.tr("Renamed to “{}”").format(name))

    def delete(self, search: SavedSearch) -> None:
        """Forget it; no photo is touched."""
        library = self._bridge.library
        self._edit(lambda: albums.remove(library, search.name), self.tr("“{}” is forgotten").format(search.name))
        self._undoing.push(self.tr("forget “{}”").format(search.name), lambda: self.save(search.name, search.query))

    @Slot(object, QPoint)
    def show_menu(self, search: SavedSearch, place: QPoint) -> None:
        """What can be done with one."""
        menu = self.menu(search)
        menu.popup(place)

    def menu(self, search: SavedSearch) -> QMenu:
        """Rename, delete. Deletes itself when it closes."""
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction(self.tr("Rename…"), lambda: self._ask_to_rename(search))
        menu.addAction(self.tr("Delete"), lambda: self.delete(search))
        return menu

    def _ask_to_rename(self, search: SavedSearch) -> None:
        name, meant = QInputDialog.getText(
            self._window, self.tr("Rename"), self.tr("Name of the search “{}”:").format(search.query), text=search.name
        )
        if meant and name.strip() and (name.strip() == search.name or self._may_replace(name.strip())):
            self.rename(search, name.strip())

    def _may_replace(self, name: str) -> bool:
        if name not in {each.name for each in self._found}:
            return True
        asked = self.tr("There is a saved search “{}” already. Replace it?").format(name)
        return QMessageBox.question(self._window, self.tr("Save this search"), asked) is QMessageBox.StandardButton.Yes

    # --- what comes of it

    def _edit(self, work: Callable[[], object], said: str) -> None:
        def done(_result: object) -> None:
            self.told.emit(said)
            self.refresh()

        def failed(problem: Exception) -> None:
            if isinstance(problem, QueryProblem):
                self.told.emit(problem.what)
                self.refresh()
            else:
                self._bridge.problem_met.emit(problem)

        self._bridge.edit(work, done, failed)

    def _take(self, found: list[Album]) -> None:
        before = {each.name: each.photos for each in self._found}
        self._found = found
        counts = [before.get(each.name) if each.photos is None else each.photos for each in found]
        self.listed.emit(
            [
                Node(each.name, SavedSearch(each.name, each.query), UNKNOWN if count is None else count, [])
                for each, count in zip(found, counts, strict=True)
            ]
        )
