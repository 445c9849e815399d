"""The window's dialogs: opened here, none of them holds anything up."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QWidget

from photofinder.core.errors import PhotoFinderError
from photofinder.library.backups import with_offer
from photofinder.library.export import Wanted
from photofinder.ui import mark_actions
from photofinder.ui.actions import reveal_path
from photofinder.ui.bridge import Bridge
from photofinder.ui.export_dialog import ExportDialog
from photofinder.ui.exporting import Exporting
from photofinder.ui.failures import ClosedFolder, Failed, FailureList, tell
from photofinder.ui.installing import Installing
from photofinder.ui.open_with import OpenWith, start, system_chooser
from photofinder.ui.place_accepting import PlaceAccepting
from photofinder.ui.shortcuts import ShortcutSheet, in_grid, in_viewer, of_actions
from photofinder.ui.upkeep import Upkeep
from photofinder.ui.window_actions import WindowActions
from photofinder.ui.window_state import WindowState


class Dialogs(QObject):
    """Window's thread. One of each kind at a time."""

    theme_chosen = Signal(object)
    """A Choice."""
    limits_chosen = Signal(object)
    """Limits."""
    ground_chosen = Signal(object)
    """A ChosenGround."""

    def __init__(
        self, window: QWidget, bridge: Bridge, upkeep: Upkeep, installing: Installing, state: WindowState
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._upkeep = upkeep
        self._installing = installing
        self._state = state
        self._told: str | None = None
        self.open: dict[str, QDialog] = {}
        """Those that are open, by kind."""

    @Slot()
    def show_preferences(self, page: int = 0) -> None:
        """Folders, encoder, work and memory, appearance, map, privacy."""
        from photofinder.ui.preferences import Preferences  # noqa: PLC0415 - only when they are wanted

        state = self._state

        def make() -> Preferences:
            wishes = state.theme, state.limits, state.ground
            made = Preferences(self._bridge, self._upkeep, self._installing, *wishes, self._window)
            made.theme_chosen.connect(self.theme_chosen)
            made.limits_chosen.connect(self.limits_chosen)
            made.ground_chosen.connect(self.ground_chosen)
            return made

        if "preferences" not in self.open:
            made = make()
            made.open_page(page)
            self._show("preferences", made)

    def show_failures(self, closed_folders: Sequence[tuple[str, str]] = ()) -> None:
        """What could not be read: photos, and folders (path and reason)."""
        library, folders = self._bridge.library, [ClosedFolder(*each) for each in closed_folders]
        self._bridge.errand(library.reader.failures, lambda photos: self._list_failures([*folders, *photos]))

    def show_keys(self, actions: WindowActions) -> None:
        """What every key does."""
        if "keys" in self.open:
            return
        groups = (
            (self.tr("Window"), of_actions(actions.of_window)),
            (self.tr("Photos"), [*of_actions(actions.of_photos), *mark_actions.keys(), *in_grid()]),
            (self.tr("Viewer"), in_viewer()),
        )
        self._show("keys", ShortcutSheet(groups, self._window))

    @Slot(list)
    def ask_program(self, paths: Sequence[str]) -> None:
        """Which program is to open these files."""
        if "open with" in self.open:
            return
        try:
            if system_chooser(paths):
                return
        except PhotoFinderError as problem:
            self.tell(problem)
            return
        made = OpenWith(paths, self._window)
        made.commands_chosen.connect(self._start)
        self._show("open with", made)

    @Slot(object)
    def _start(self, commands: Sequence[Sequence[str]]) -> None:
        try:
            for command in commands:
                start(command)
        except PhotoFinderError as problem:
            self.tell(problem)

    def show_export(self, exporting: Exporting, ids: Sequence[int], before: Wanted) -> None:
        """Copies of photos; `before` is what was wanted the last time. The window can be used meanwhile."""
        if "export" in self.open or exporting.running:
            return
        made = ExportDialog(exporting, ids, before, self._window)
        made.reveal_requested.connect(lambda path: reveal_path(path, self))
        self._show("export", made, modal=False)

    def show_places(self, placing: PlaceAccepting, ids: Sequence[int]) -> None:
        """Places proposed for these photos, or without any for all. The window can be used meanwhile."""
        if "places" in self.open:
            return
        from photofinder.ui.places_dialog import PlacesDialog  # noqa: PLC0415 - only when it is wanted

        self._show("places", PlacesDialog(self._bridge.library, placing, ids or None, self._window), modal=False)

    @Slot(object)
    def tell(self, problem: PhotoFinderError) -> None:
        """Tell of a problem, unless the very same is being told already."""
        if self._told != str(problem):
            self._told = str(problem)
            tell(with_offer(problem, self._bridge.library.where), self._window).finished.connect(self._untold)

    @Slot()
    def _untold(self) -> None:
        self._told = None

    def _list_failures(self, failures: Sequence[Failed]) -> None:
        if "failures" in self.open:
            return
        made = FailureList(failures, self._window)
        made.retry_requested.connect(lambda: self._upkeep.ingest(retry_failed=True))
        made.reveal_requested.connect(lambda path: reveal_path(path, self))
        self._show("failures", made)

    def _show(self, kind: str, dialog: QDialog, *, modal: bool = True) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.open[kind] = dialog
        dialog.finished.connect(lambda: self.open.pop(kind, None))
        if modal:
            dialog.open()
        else:
            dialog.show()
