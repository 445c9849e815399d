"""The real window: stars, flags, labels, copies, the trash, and undo."""

import sys
import threading

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from send2trash import plat_other

from photofinder.core.types import Label, Pick
from photofinder.library.browse import Order
from photofinder.library.export import Saying, Wanted
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.ui.app import Program
from photofinder.ui.grid_badges import LABEL_COLOURS
from photofinder.ui.upkeep import State
from tests.ui.viewer_photos import _save

WAIT_MS = 30_000
COUNT = 5
on_linux = pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="they do not say what is in their trash")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(COUNT):
        _save(folder / f"{number}.jpg", number)
    (folder / "0.xmp").write_bytes(b"<x/>")
    return folder


@pytest.fixture
def start(qtbot, tmp_path, folder):
    """Opens the window on one and the same library, as often as it is called; closes it at the end."""
    where = locations(tmp_path / "library")
    with Library(where, create=True) as library:
        index(library, [folder])
    running = []

    def call():
        program = Program(where)
        program.bugs = []
        program.bridge.crashed.connect(program.bugs.append)
        program.window.show()
        running.append(program)
        window = program.window
        qtbot.waitUntil(
            lambda: len(window.grid.photos.listing) == COUNT and window.upkeep.state is State.IDLE, timeout=WAIT_MS
        )
        return program

    def close(program):
        running.remove(program)
        program.window.close()
        assert program.close()
        assert not program.bugs
        program.window.deleteLater()

    call.close = close
    yield call
    for program in running:
        close(program)


@pytest.fixture
def window(start):
    return start().window


def ids_of(window):
    return window.grid.photos.listing.ids.tolist()


def photo(window, photo_id):
    return window._bridge.library.reader.photos([photo_id])[photo_id]


def press(qtbot, window, key, widget=None):
    """Press a key and wait until it has been dealt with."""
    with qtbot.waitSignal(window.marking.marked, timeout=WAIT_MS):
        qtbot.keyClick(widget or window.grid, key)


def test_keys_mark_what_is_selected_and_undo_takes_it_back(qtbot, window):
    ids = ids_of(window)
    window.grid.select_ids(ids[:2])
    press(qtbot, window, Qt.Key.Key_4)
    press(qtbot, window, Qt.Key.Key_P)
    press(qtbot, window, Qt.Key.Key_8)
    for photo_id in ids[:2]:
        found = photo(window, photo_id)
        assert (found.metadata.rating, found.pick, found.label) == (4, Pick.PICKED, Label.GREEN)
    assert photo(window, ids[2]).metadata.rating is None
    assert "Undo" in window.do.undo.text()
    assert "label green" in window.do.undo.text()
    for _ in range(3):
        with qtbot.waitSignal(window.marking.marked, timeout=WAIT_MS):
            window.do.undo.trigger()
    found = photo(window, ids[0])
    assert (found.metadata.rating, found.pick, found.label) == (None, Pick.NONE, None)
    assert not window.do.undo.isEnabled()


def test_badges_change_in_one_step_without_losing_the_picture(qtbot, window):
    first = ids_of(window)[0]
    qtbot.waitUntil(lambda: window.grid.loader.cache.get(first) is not None, timeout=WAIT_MS)
    window.grid.show_photo(first)
    press(qtbot, window, Qt.Key.Key_6)
    press(qtbot, window, Qt.Key.Key_X)
    tile = window.grid.photos.tile(0)
    assert (tile.label, tile.pick) == (Label.RED, Pick.REJECTED)
    assert window.grid.loader.cache.get(first) is not None
    assert "rejected, label red" in window.grid.photos.described(0)
    cell = window.grid.on_screen(window.grid.grid.cell(0))
    shown = window.grid.viewport().grab().toImage()
    ratio = shown.devicePixelRatio()
    stripe = shown.pixelColor(round(cell.center().x() * ratio), round((cell.bottom() - 6) * ratio))
    assert stripe == QColor(LABEL_COLOURS[Label.RED])


def test_digits_typed_into_the_search_are_words(qtbot, window):
    window.grid.show_photo(ids_of(window)[0])
    window.do.search.trigger()
    with qtbot.assertNotEmitted(window.marking.marked, wait=200):
        qtbot.keyClicks(window.top.search.field, "5px")
    assert window.top.search.words == "5px"


def test_the_viewer_marks_the_photo_it_shows(qtbot, window):
    ids = ids_of(window)
    window.grid.select_ids(ids[:1])
    window.grid.photo_activated.emit(ids[0])
    viewer = window.viewing.viewer
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_Right)
    press(qtbot, window, Qt.Key.Key_3, viewer.canvas)
    press(qtbot, window, Qt.Key.Key_P, viewer.canvas)
    assert photo(window, ids[1]).metadata.rating == 3
    assert photo(window, ids[0]).metadata.rating is None
    qtbot.waitUntil(lambda: "★★★ · picked" in viewer._bar._subtitle.text(), timeout=WAIT_MS)


def test_comparing_marks_the_current_one_and_del_only_takes_it_out(qtbot, window, folder):
    ids = ids_of(window)
    window.grid.select_ids(ids[:3])
    window.do.compare.trigger()
    compare = window.viewing._compare
    qtbot.keyClick(compare.canvases[0], Qt.Key.Key_Right)
    press(qtbot, window, Qt.Key.Key_5, compare.canvases[1])
    assert photo(window, ids[1]).metadata.rating == 5
    qtbot.waitUntil(lambda: "★★★★★" in compare._panes[1].name.text(), timeout=WAIT_MS)
    qtbot.keyClick(compare.canvases[1], Qt.Key.Key_Delete)
    assert compare.ids == [ids[0], ids[2]]
    assert window.trashing.asking is None
    assert len(list(folder.glob("*.jpg"))) == COUNT


def test_sorted_by_rating_the_order_follows(qtbot, window):
    window.browsing.choose_order(Order.RATING)
    qtbot.waitUntil(lambda: window.grid.photos.listing.order is Order.RATING, timeout=WAIT_MS)
    last = ids_of(window)[-1]
    window.grid.show_photo(last)
    press(qtbot, window, Qt.Key.Key_5)
    qtbot.waitUntil(lambda: ids_of(window)[0] == last, timeout=WAIT_MS)
    assert window.grid.selected_ids().tolist() == [last]


def test_marks_are_still_there_after_closing(qtbot, start):
    program = start()
    first = ids_of(program.window)[0]
    program.window.grid.show_photo(first)
    press(qtbot, program.window, Qt.Key.Key_2)
    start.close(program)
    again = start()
    assert photo(again.window, first).metadata.rating == 2
    again.window.grid.show_photo(first)
    press(qtbot, again.window, Qt.Key.Key_3)
    assert photo(again.window, first).metadata.rating == 3, "and can be changed"


def test_the_menu_offers_marks_copies_and_the_trash(qtbot, window):
    first = ids_of(window)[0]
    window.grid.show_photo(first)
    window.grid.context_requested.emit(first, QPoint(50, 50))
    menu = QApplication.activePopupWidget()
    names = [action.text() for action in menu.actions()]
    assert {"Rating", "Flag", "Label"} <= set(names)
    assert {window.do.export, window.do.trash} <= set(menu.actions())
    menu.close()


# --- the trash


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A trash of our own: where its files are."""
    data = tmp_path / "data"
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    monkeypatch.setattr(plat_other, "XDG_DATA_HOME", bytes(data))
    monkeypatch.setattr(plat_other, "HOMETRASH_B", bytes(data / "Trash"))
    monkeypatch.setattr("send2trash.send2trash", plat_other.send2trash)
    return data / "Trash" / "files"


def answer(qtbot, window, text):
    qtbot.waitUntil(lambda: window.trashing.asking is not None, timeout=WAIT_MS)
    button = next(each for each in window.trashing.asking.buttons() if text in each.text())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.trashing.asking is None, timeout=WAIT_MS)


@on_linux
def test_photos_go_to_the_trash_and_come_back(qtbot, window, folder, kept):
    ids = ids_of(window)
    gone = [photo_id for photo_id in ids if photo(window, photo_id).location.name in {"0.jpg", "1.jpg"}]
    window.grid.select_ids(gone)
    qtbot.keyClick(window.grid, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.trashing.asking is not None, timeout=WAIT_MS)
    assert "2 photos" in window.trashing.asking.text()
    assert "3 files" in window.trashing.asking.informativeText()
    with qtbot.waitSignal(window.trashing.photos_gone, timeout=WAIT_MS):
        answer(qtbot, window, "Move to trash")
    assert {path.name for path in kept.iterdir()} == {"0.jpg", "0.xmp", "1.jpg"}
    assert ids_of(window) == [photo_id for photo_id in ids if photo_id not in gone]
    assert len(window.grid.selected_ids()) == 1, "the next photo is at hand"
    with qtbot.waitSignal(window.trashing.photos_back, timeout=WAIT_MS):
        window.do.undo.trigger()
    qtbot.waitUntil(lambda: ids_of(window) == ids, timeout=WAIT_MS)
    assert sorted(window.grid.selected_ids().tolist()) == sorted(gone)
    assert len(list(folder.iterdir())) == COUNT + 1


@on_linux
def test_saying_no_moves_nothing(qtbot, window, folder, kept):
    window.grid.show_photo(ids_of(window)[0])
    window.do.trash.trigger()
    answer(qtbot, window, "Cancel")
    assert len(list(folder.iterdir())) == COUNT + 1
    assert not kept.exists()


@on_linux
def test_the_viewer_goes_on_to_the_next_photo(qtbot, window, kept):
    ids = ids_of(window)
    window.grid.photo_activated.emit(ids[1])
    assert window.do.trash.isEnabled(), "although nothing is selected"
    for expected in (ids[2], ids[3], ids[4], ids[0], None):
        window.do.trash.trigger()
        with qtbot.waitSignal(window.trashing.photos_gone, timeout=WAIT_MS):
            answer(qtbot, window, "Move to trash")
        assert window.viewing.current_id == expected
    assert not window.viewing.is_viewing
    assert ids_of(window) == []


@on_linux
def test_what_could_not_be_moved_is_told(qtbot, window, folder, kept):
    first = ids_of(window)[0]
    name = photo(window, first).location.name
    (folder / name).unlink()
    window.grid.show_photo(first)
    window.do.trash.trigger()
    answer(qtbot, window, "Move to trash")

    def told():
        return [box for box in window.findChildren(QMessageBox) if name in box.informativeText()]

    qtbot.waitUntil(lambda: bool(told()), timeout=WAIT_MS)
    told()[0].close()
    qtbot.waitUntil(lambda: first not in ids_of(window), timeout=WAIT_MS)  # what is gone is seen to be gone


# --- copies


@on_linux
def test_moving_many_to_the_trash_shows_how_far_and_can_be_stopped(qtbot, window, kept, monkeypatch):
    from photofinder.library import trash as trashes
    from photofinder.ui import long_work

    monkeypatch.setattr(long_work, "SHOWN_AFTER_MS", 0)
    go_on, first = threading.Event(), ids_of(window)[0]
    real = trashes._trash_photo

    def slow(known, done):
        if known.id != first:
            assert go_on.wait(20)
        return real(known, done)

    monkeypatch.setattr(trashes, "_trash_photo", slow)
    window.grid.select_ids(ids_of(window))
    window.do.trash.trigger()
    answer(qtbot, window, "Move to trash")
    qtbot.waitUntil(lambda: window.trashing.work is not None, timeout=WAIT_MS)
    dialog = window.trashing.work.dialog
    qtbot.waitUntil(lambda: dialog.isVisible() and dialog.value() == 1, timeout=WAIT_MS)
    assert window.isEnabled()
    assert not dialog.isModal()
    dialog.findChild(QPushButton).click()
    go_on.set()
    qtbot.waitUntil(lambda: len(ids_of(window)) == COUNT - 2, timeout=WAIT_MS)
    window.do.undo.trigger()
    qtbot.waitUntil(lambda: len(ids_of(window)) == COUNT, timeout=WAIT_MS)


def test_copies_are_written_and_shown(qtbot, window, tmp_path):
    window.grid.select_ids(ids_of(window)[:3])
    window._state.export = Wanted(tmp_path / "copies", 1080, 75, Saying.NO_PLACE)
    window.do.export.trigger()
    dialog = window.dialogs.open["export"]
    assert not dialog.isModal()
    assert dialog.form.wanted == Wanted(tmp_path / "copies", 1080, 75, Saying.NO_PLACE)
    dialog.form.set_folder(tmp_path / "others")
    with qtbot.waitSignal(window.exporting.ended, timeout=WAIT_MS):
        qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    assert len(list((tmp_path / "others").glob("*.jpg"))) == 3
    assert dialog.said.startswith("3 copies")
    assert dialog.show_copies.isVisible()
    assert window._state.export.folder == tmp_path / "others"
    dialog.end.click()
    assert "export" not in window.dialogs.open


def test_closing_the_dialog_stops_the_copies(qtbot, window, tmp_path, monkeypatch):
    from photofinder.library import export as exports

    real = exports._copied

    def slow(*what):
        window.exporting._cancel.wait(0.3)
        return real(*what)

    monkeypatch.setattr(exports, "_copied", slow)
    window.grid.select_ids(ids_of(window))
    window._state.export = Wanted(tmp_path / "copies", 1080)
    window.do.export.trigger()
    dialog = window.dialogs.open["export"]
    with qtbot.waitSignal(window.exporting.ended, timeout=WAIT_MS) as ended:
        dialog.go.click()
        dialog.reject()
    assert ended.args[0].stopped
    assert len(list((tmp_path / "copies").glob("*.jpg"))) < COUNT
    assert not window.exporting.running


def test_a_folder_that_cannot_be_written_is_told_in_the_dialog(qtbot, window, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    window.grid.show_photo(ids_of(window)[0])
    window._state.export = Wanted(tmp_path / "file" / "below")
    window.do.export.trigger()
    dialog = window.dialogs.open["export"]
    with qtbot.waitSignal(window.exporting.failed, timeout=WAIT_MS):
        dialog.go.click()
    assert "cannot be written" in dialog.said
    assert dialog.end.text() == "Close"
    dialog.end.click()
