"""One evening with the real window, the bundled encoder and a photographer's library, by keys and clicks alone."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QDialog

from photofinder.library.locations import locations
from photofinder.ui.browsing import Query
from tests.ui.conftest import _leaves_no_thread, _leaves_no_timer, _logs_nothing_unexpected  # noqa: F401 - autouse
from tests.ui.programs import WAIT_MS, Programs, idle, photo, shown

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(300)]
WORDS = "a snowy mountain peak"
STARS = 4


def hashes(folder):
    return {
        path: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def photos(corpus, tmp_path):
    return Path(shutil.copytree(corpus / "library", tmp_path / "Pictures"))


@pytest.fixture
def programs(qtbot, tmp_path):
    made = Programs(tmp_path / "library")
    yield made
    made.close_all()


def press(qtbot, key, modifiers=Qt.KeyboardModifier.NoModifier):
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None, timeout=WAIT_MS)
    qtbot.keyClick(QApplication.focusWidget(), key, modifiers)


def waits(qtbot, so):
    qtbot.waitUntil(so, timeout=WAIT_MS)


def test_from_the_first_folder_to_the_next_start(programs, qtbot, photos, tmp_path):
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    before = hashes(photos)
    count = len(before)
    copies = tmp_path / "copies"
    program = programs.start()
    window = program.window
    window.activateWindow()

    # A folder is chosen, and its photos come while they are still being looked at.
    first = window.viewing._first_run
    assert window.pages.currentWidget() is first
    first.set_folders([photos])
    qtbot.mouseClick(first.start, Qt.MouseButton.LeftButton)
    waits(qtbot, lambda: len(window.grid.photos.listing) > 0)
    came_early = not idle(program)
    waits(qtbot, lambda: idle(program) and len(window.grid.photos.listing) == count)
    assert came_early, "photos are seen before the last one is embedded"
    assert not window.status._failures.isVisible(), "every photo of this library can be read"
    waits(qtbot, lambda: window.navigation._everything.data(0, Qt.ItemDataRole.UserRole + 1) == count)

    # Words.
    press(qtbot, Qt.Key.Key_F, control)
    qtbot.keyClicks(window.top.search.field, WORDS)
    waits(qtbot, lambda: window.browsing.query == Query(WORDS) and window.grid.photos.listing.scores is not None)
    scores = window.grid.photos.listing.scores
    assert (scores[:-1] >= scores[1:]).all()
    top = [photo(program, int(photo_id)).path for photo_id in window.grid.photos.listing.ids[:10]]
    assert sum("Everest Base Camp trek" in path for path in top) >= 3, top
    press(qtbot, Qt.Key.Key_Return)
    assert window.grid.hasFocus()

    # Photos like the best hit, which is selected by then.
    best = window.grid.current_id()
    assert best == int(window.grid.photos.listing.ids[0])
    press(qtbot, Qt.Key.Key_F, control | shift)
    waits(qtbot, lambda: window.browsing.query.like is not None and best not in window.grid.photos.listing.ids)

    # One of them large, and stars for it.
    press(qtbot, Qt.Key.Key_Right)
    press(qtbot, Qt.Key.Key_Return)
    assert window.viewing.is_viewing
    viewed = window.viewing.viewer.photo_id
    waits(qtbot, lambda: window.viewing.viewer.canvas.frame is not None)
    press(qtbot, Qt.Key.Key_4)
    waits(qtbot, lambda: photo(program, viewed).metadata.rating == STARS)

    # A copy of it for somebody else.
    press(qtbot, Qt.Key.Key_E, control | shift)
    dialog = window.dialogs.open["export"]
    dialog.form.set_folder(copies)
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    waits(qtbot, dialog.show_copies.isVisible)
    (copy,) = copies.iterdir()
    image = QImage(str(copy))
    known = photo(program, viewed)
    assert (image.width(), image.height()) == (known.width_px, known.height_px)
    qtbot.mouseClick(dialog.end, Qt.MouseButton.LeftButton)

    # The end, and the next start: nothing is asked, nothing is looked at again, all is as it was.
    waits(qtbot, lambda: "export" not in window.dialogs.open)
    window.activateWindow()  # what a window manager does
    assert window.viewing.is_viewing
    press(qtbot, Qt.Key.Key_Escape)
    window.do.back.trigger()
    assert window.browsing.query == Query(WORDS)
    waits(qtbot, lambda: window.grid.photos.listing.scores is not None and best in window.grid.photos.listing.ids)
    hits = shown(program)
    window.grid.show_photo(best)
    chosen = window.grid.selected_ids().tolist()
    programs.close(program)

    again = programs.start()
    looked, come = [], []
    again.window.upkeep.settled.connect(lambda: looked.append(True))
    again.window.upkeep.ingest_ended.connect(come.append)
    assert again.window.pages.currentWidget() is again.window._browse
    waits(qtbot, lambda: idle(again) and bool(looked) and again.window.grid.photos.listing.scores is not None)
    assert not come, "nothing was new"
    assert again.window.browsing.query == Query(WORDS)
    assert again.window.top.search.words == WORDS
    assert shown(again) == hits
    assert again.window.grid.selected_ids().tolist() == chosen
    assert photo(again, viewed).metadata.rating == STARS
    assert WORDS in again.window.top.search.remembered
    assert not [each for each in again.window.findChildren(QDialog) if each.isVisible()]
    assert locations(tmp_path / "library").data.exists()
    assert hashes(photos) == before, "originals are only ever read"
