"""Everything the window can be told to do: one action each, shared by keys, buttons and menus."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from photofinder.ui import icons
from photofinder.ui.mark_actions import MarkActions


class WindowActions:
    """The window's actions. Window's thread. Whoever makes them connects them; they belong to `window`."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        tr = self._tr
        keys = QKeySequence.StandardKey
        self.sidebar = self._make(tr("Folders and dates"), "sidebar", "Ctrl+1", checkable=True)
        self.back = self._make(tr("Back"), "back", "Alt+Left", QKeySequence(keys.Back))
        self.forward = self._make(tr("Forward"), "forward", "Alt+Right", QKeySequence(keys.Forward))
        self.inspector = self._make(tr("Inspector"), "inspector", "Ctrl+I", checkable=True)
        self.map = self._make(tr("Map"), "map", "M", checkable=True)
        self.timeline = self._make(tr("Timeline"), "timeline", "T", checkable=True)
        self.search = self._make(tr("Search"), "search", "Ctrl+F")
        self.save_search = self._make(tr("Save this search…"), "album", "Ctrl+S")
        self.similar_file = self._make(tr("Find photos similar to a file…"), "similar-file", "Ctrl+O")
        self.undo = self._make(tr("Undo"), "undo", "Ctrl+Z")
        self.undo.setEnabled(False)
        self.paste = self._make(tr("Find photos similar to the clipboard"), "similar", "Ctrl+V")
        self.add_folder = self._make(tr("Add a folder…"), "folder-add", "Ctrl+Shift+A")
        self.look = self._make(tr("Look for changes"), "retry", "F5")
        self.places = self._make(tr("Propose places…"), "map", "Ctrl+Shift+P")
        self.preferences = self._make(tr("Preferences…"), "preferences", "Ctrl+,")
        self.gentle = self._make(tr("Work gently in the background"), "gentle", "Ctrl+Shift+L", checkable=True)
        self.keys = self._make(tr("Keys"), "keyboard", "?", "F1")
        self.full_screen = self._make(tr("Full screen"), "full-screen", "F11", checkable=True)
        self.squares = self._make(tr("Square thumbnails"), "thumbnails-large", "Ctrl+2", checkable=True)
        self.quit = self._make(tr("Quit"), "", "Ctrl+Q")
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.preferences.setMenuRole(QAction.MenuRole.PreferencesRole)
        self._groups = (
            (self.search, self.save_search, self.similar_file, self.paste, self.back, self.forward),
            (self.undo,),
            (self.add_folder, self.look, self.gentle, self.places),
            (self.sidebar, self.timeline, self.map, self.inspector, self.squares, self.full_screen),
            (self.keys, self.preferences, self.quit),
        )
        # What is done with the selected photos:
        self.view = self._make(tr("Open"), "view", "Ctrl+Return")
        self.similar = self._make(tr("Find similar"), "similar", "Ctrl+Shift+F")
        self.alike = self._make(tr("Show the ones alike"), "thumbnails-small", "G")
        self.compare = self._make(tr("Compare"), "compare", "C")
        self.open_outside = self._make(tr("Open with the default program"), "open", "Ctrl+Shift+O")
        self.open_with = self._make(tr("Open with…"), "open", "Ctrl+Alt+O")
        self.reveal = self._make(tr("Show in the file manager"), "folder", "Ctrl+Shift+R")
        self.copy = self._make(tr("Copy"), "copy", "Ctrl+C")
        self.copy_path = self._make(tr("Copy the path"), "path", "Ctrl+Shift+C")
        self.marks = MarkActions(self._make)
        self.shift = self._make(tr("Shift capture time…"), "history", "Ctrl+Shift+T")
        self.export = self._make(tr("Export copies…"), "export", "Ctrl+Shift+E")
        self.trash = self._make(tr("Move to trash…"), "trash", "Del", "Ctrl+Backspace")

    @property
    def of_window(self) -> list[QAction]:
        """Those that concern the whole window."""
        return [each for group in self._groups for each in group]

    @property
    def of_photos(self) -> list[QAction]:
        """Those that need a selected photo."""
        return [
            self.view,
            self.similar,
            self.alike,
            self.compare,
            self.open_outside,
            self.open_with,
            self.reveal,
            self.copy,
            self.copy_path,
            self.shift,
            self.export,
            self.trash,
        ]

    def show_undo(self, what: str) -> None:
        """What would be undone, in words; empty for nothing."""
        self.undo.setEnabled(bool(what))
        self.undo.setText(self._tr("Undo: {}").format(what) if what else self._tr("Undo"))

    def connect(self, calls: dict[QAction, Callable[[], object]]) -> None:
        """Have actions do something."""
        for action, call in calls.items():
            action.triggered.connect(lambda _checked=False, call=call: call())

    def context_menu(self, selected: int, alike: int = 0) -> QMenu:
        """What can be done with this many photos; with one that stands for `alike` others. Deletes itself."""
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction(self.view)
        menu.addAction(self.similar)
        if alike:
            self.alike.setText(self._tr("Show the {} alike").format(alike + 1))
            menu.addAction(self.alike)
        if 2 <= selected <= 4:
            menu.addAction(self.compare)
        menu.addSeparator()
        self.marks.add_menus(menu, self._window)
        menu.addAction(self.shift)
        menu.addSeparator()
        menu.addAction(self.open_outside)
        menu.addAction(self.open_with)
        menu.addAction(self.reveal)
        menu.addSeparator()
        menu.addAction(self.copy)
        menu.addAction(self.copy_path)
        menu.addSeparator()
        menu.addAction(self.places)
        menu.addAction(self.export)
        menu.addAction(self.trash)
        icons.draw(menu.actions())
        return menu

    def main_menu(self) -> QMenu:
        """What concerns the whole window."""
        menu = QMenu(self._window)
        for group in self._groups:
            menu.addActions(list(group))
            menu.addSeparator()
        menu.aboutToShow.connect(lambda: icons.draw(menu.actions()))
        return menu

    def _make(self, text: str, icon: str, *keys: str | QKeySequence, checkable: bool = False) -> QAction:
        action = QAction(text, self._window, checkable=checkable)
        if icon:
            icons.name_for(action, icon)
        sequences = {QKeySequence(key).toString(): QKeySequence(key) for key in keys}
        action.setShortcuts([sequence for name, sequence in sequences.items() if name])
        self._window.addAction(action)
        return action

    @staticmethod
    def _tr(text: str) -> str:
        return QCoreApplication.translate("actions", text)
