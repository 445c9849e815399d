"""Puts a window back to how it was the last time, and remembers how it is. Window's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photofinder.ui.photo_grid import USUAL_PX as USUAL_ZOOM_PX
from photofinder.ui.window_state import WindowState

if TYPE_CHECKING:
    from photofinder.ui.main_window import MainWindow

USUAL_PX = (1280, 800)
MOST_SELECTED = 1000


def restore(window: MainWindow, state: WindowState) -> None:
    """Shape, panels, size of thumbnails, what was looked for and what was selected."""
    window.resize(*USUAL_PX)
    for name, put_back in (("geometry", window.restoreGeometry), ("splitter", window.splitter.restoreState)):
        shape = state.shape(name)
        if shape is not None:
            put_back(shape)
    do = window.do
    do.sidebar.setChecked(bool(state.number("sidebar", 1)))
    do.inspector.setChecked(bool(state.number("inspector", 1)))
    for name, action in (("map", do.map), ("timeline", do.timeline)):  # which are made when the photos are there
        blocked = action.blockSignals(True)
        action.setChecked(bool(state.number(name, 0)))
        action.blockSignals(blocked)
    do.squares.setChecked(bool(state.number("squares", 0)))
    window.navigation.setVisible(do.sidebar.isChecked())
    window.inspector.setVisible(do.inspector.isChecked())
    window.grid.set_justified(not do.squares.isChecked())
    window.grid.set_zoom(state.number("zoom", USUAL_ZOOM_PX))
    window.top.show_size(window.grid.zoom_px)
    window.top.search.set_remembered(state.words)
    window.showing.select_when_shown(state.selection)
    window.browsing.start(state.query)
    window.grid.setFocus()


def remember(window: MainWindow, state: WindowState) -> None:
    """Write down what `restore` puts back."""
    do = window.do
    state.set_shape("geometry", window.saveGeometry())
    state.set_shape("splitter", window.splitter.saveState())
    switches = {"sidebar": do.sidebar, "inspector": do.inspector, "squares": do.squares}
    for name, action in (switches | {"map": do.map, "timeline": do.timeline}).items():
        state.set_number(name, int(action.isChecked()))
    state.set_number("zoom", window.grid.zoom_px)
    state.words = window.top.search.remembered
    state.query = window.browsing.query
    state.selection = window.grid.selected_ids()[:MOST_SELECTED].tolist()
    state.save()
