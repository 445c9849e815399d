"""What the user prefers, put into effect and remembered: the look, how hard to work, how much room to take."""

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from photofinder.library.pictures import bound_previews
from photofinder.ui import icons, theme
from photofinder.ui.bridge import Bridge
from photofinder.ui.limits import Limits
from photofinder.ui.photo_grid import PhotoGrid
from photofinder.ui.theme import Choice
from photofinder.ui.upkeep import Upkeep
from photofinder.ui.viewing import Viewing
from photofinder.ui.window_state import WindowState

MEGABYTE = 1_000_000


class Preferring(QObject):
    """Window's thread; previews on disk are deleted on the bridge's upkeep thread, once in a session."""

    def __init__(
        self, bridge: Bridge, state: WindowState, upkeep: Upkeep, grid: PhotoGrid, viewing: Viewing, window: QWidget
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._state = state
        self._upkeep = upkeep
        self._grid = grid
        self._viewing = viewing
        self._window = window
        theme.on_system_change(self._dress)
        upkeep.set_gentle(state.gentle)
        upkeep.gentle_changed.connect(self._remember_gentle)
        upkeep.settled.connect(self._first_settled)
        self._use(state.limits)

    @Slot(object)
    def choose_theme(self, choice: Choice) -> None:
        """Look like this from now on."""
        self._state.theme = choice
        self._dress()

    @Slot(object)
    def choose_limits(self, limits: Limits) -> None:
        """Take no more room than this from now on."""
        self._state.limits = limits
        self._use(limits)
        self._bound_previews()

    def _use(self, limits: Limits) -> None:
        self._grid.loader.cache.set_limit(limits.thumbnails_mb * MEGABYTE)
        self._viewing.set_cache_bytes(limits.pictures_mb * MEGABYTE)

    @Slot()
    def _first_settled(self) -> None:
        self._upkeep.settled.disconnect(self._first_settled)
        self._bound_previews()

    def _bound_previews(self) -> None:
        library, most_bytes = self._bridge.library, self._state.limits.previews_mb * MEGABYTE
        self._bridge.upkeep(lambda: bound_previews(library, most_bytes), lambda _: None)

    @Slot(bool)
    def _remember_gentle(self, gentle: bool) -> None:
        self._state.gentle = gentle

    @Slot()
    def _dress(self) -> None:
        wanted = theme.resolve(self._state.theme)
        if wanted is not theme.current():
            theme.use(wanted)
            icons.retint(self._window)
