"""Tab leads through everything that takes keys, in the order one reads, and a screen reader can name each of it."""

import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from photofinder.ui.photo_grid import PhotoGrid
from tests.ui.programs import idle

WAIT_MS = 30_000
MOST = 60


@pytest.fixture
def window(qtbot, programs, samples, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("chelsea.png", "coffee.png", "rocket.jpg"):
        shutil.copy2(samples / name, folder / name)
    program = programs.start()
    program.window.viewing.folders_chosen.emit([folder], "")
    qtbot.waitUntil(lambda: len(program.window.grid.photos.listing) == 3 and idle(program), timeout=WAIT_MS)
    program.window.activateWindow()
    return program.window


def said(widget):
    """What a screen reader says of it."""
    text = widget.text() if hasattr(widget, "text") else ""
    return widget.accessibleName() or text or widget.toolTip()


def round_trip(qtbot, start, key=Qt.Key.Key_Tab):
    start.setFocus()
    passed = []
    for _ in range(MOST):
        here = QApplication.focusWidget()
        if here in passed:
            return passed
        passed.append(here)
        qtbot.keyClick(here, key)
    raise AssertionError("Tab never comes back")


def test_tab_goes_round_the_window(qtbot, window):
    passed = round_trip(qtbot, window.grid)
    assert isinstance(passed[0], PhotoGrid)
    unnamed = [type(widget).__name__ for widget in passed if not said(widget)]
    assert unnamed == []
    for wanted in (window.top.search.field, window.navigation):
        assert wanted in passed
    top = [widget for widget in passed if window.top.isAncestorOf(widget)]
    places = [widget.mapTo(window, widget.rect().topLeft()).x() for widget in top]
    assert places == sorted(places), "the bar at the top is gone through from left to right"
    back = round_trip(qtbot, window.grid, Qt.Key.Key_Backtab)
    assert set(back) == set(passed)


def test_tab_goes_round_the_viewer(qtbot, window):
    window.grid.show_photo(int(window.grid.photos.listing.ids[1]))
    window.do.view.trigger()
    qtbot.waitUntil(lambda: QApplication.focusWidget().accessibleName().endswith((".png", ".jpg")), timeout=WAIT_MS)
    passed = round_trip(qtbot, QApplication.focusWidget())
    assert len(passed) > 5
    assert [type(widget).__name__ for widget in passed if not said(widget)] == []
    assert {"Back (Esc)", "Find similar (S)"} <= {said(widget) for widget in passed}


def test_tab_goes_round_the_preferences(qtbot, window):
    window.do.preferences.trigger()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is not window, timeout=WAIT_MS)
    dialog = QApplication.activeWindow()
    names = dialog._names
    for row in range(names.count()):
        names.setCurrentRow(row)
        passed = round_trip(qtbot, names)
        assert len(passed) > 1
        assert [type(widget).__name__ for widget in passed if not said(widget)] == []
    dialog.close()
