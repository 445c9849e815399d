"""The real window over a real, small library: what a photographer does on the first evening, and after it."""

import shutil
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication

from photofinder.library.browse import FolderScope, Order
from photofinder.library.locations import locations
from photofinder.ui import theme
from photofinder.ui.app import Program
from photofinder.ui.browsing import Query
from photofinder.ui.theme import Choice
from photofinder.ui.upkeep import State

CAT, COFFEE, ROCKET, ASTRONAUT = "chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png"
WAIT_MS = 30_000


@pytest.fixture
def photos(samples, tmp_path):
    folder = tmp_path / "photos"
    for name, inner in ((CAT, "pets"), (COFFEE, "food"), (ROCKET, "space"), (ASTRONAUT, "space")):
        (folder / inner).mkdir(parents=True, exist_ok=True)
        shutil.copy2(samples / name, folder / inner / name)
    return folder


@pytest.fixture
def start(qtbot, tmp_path):
    """Opens the window on one and the same library, as often as it is called; closes it at the end."""
    running = []
    before = set(threading.enumerate())

    def call():
        program = Program(locations(tmp_path / "library"))
        program.bugs = []
        program.bridge.crashed.connect(program.bugs.append)
        program.window.show()
        running.append(program)
        return program

    def close(program):
        running.remove(program)
        program.window.close()
        assert program.close()
        assert not program.bugs
        program.window.deleteLater()
        left = [thread.name for thread in threading.enumerate() if thread not in before]
        assert not left, left

    call.close = close
    yield call
    for program in running:
        close(program)


def idle(program):
    return program.window.upkeep.state is State.IDLE


def shown(program):
    """Names of the photos in the grid, in order."""
    ids = program.window.grid.photos.listing.ids.tolist()
    known = program.library.reader.photos(ids)
    return [Path(known[photo_id].path).name for photo_id in ids]


def begin(qtbot, program, folder):
    """Choose a folder on the first screen and wait until it is ingested."""
    window = program.window
    window.viewing._first_run.set_folders([folder])
    qtbot.mouseClick(window.viewing._first_run.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.grid.photos.listing) == 4 and idle(program), timeout=WAIT_MS)


def type_words(qtbot, program, words):
    window = program.window
    window.do.search.trigger()
    qtbot.keyClicks(window.top.search.field, words)
    qtbot.waitUntil(lambda: window.browsing.query.words == words, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.grid.photos.listing.scores is not None, timeout=WAIT_MS)


def test_the_first_evening(start, qtbot, photos):
    program = start()
    window = program.window
    assert window.pages.currentWidget() is window.viewing._first_run

    begin(qtbot, program, photos)
    assert window.pages.currentWidget() is window._browse
    qtbot.waitUntil(lambda: window.navigation._folders.childCount() == 1, timeout=WAIT_MS)

    type_words(qtbot, program, "a cat")
    assert shown(program)[0] == CAT
    assert window.top.search.count_text.startswith("1 strong ·")

    window.grid.show_photo(int(window.grid.photos.listing.ids[0]))
    window.do.similar.trigger()
    qtbot.waitUntil(lambda: window.browsing.query.like is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: CAT not in shown(program) and len(shown(program)) == 3, timeout=WAIT_MS)

    first = int(window.grid.photos.listing.ids[0])
    window.grid.photo_activated.emit(first)
    assert window.viewing.is_viewing
    assert window.viewing.viewer.photo_id == first
    qtbot.keyClick(window.viewing.viewer, Qt.Key.Key_Right)
    second = window.viewing.viewer.photo_id
    assert second != first
    qtbot.keyClick(window.viewing.viewer, Qt.Key.Key_Escape)
    assert window.pages.currentWidget() is window._browse
    assert window.grid.current_id() == second, "the photo that was looked at last is where one comes back to"

    window.do.back.trigger()
    assert window.browsing.query == Query("a cat")
    qtbot.waitUntil(lambda: shown(program)[:1] == [CAT], timeout=WAIT_MS)
    assert window.top.search.words == "a cat"
    window.do.back.trigger()
    qtbot.waitUntil(lambda: len(shown(program)) == 4 and not window.browsing.query.is_search, timeout=WAIT_MS)
    window.do.forward.trigger()
    assert window.browsing.query == Query("a cat")
    qtbot.waitUntil(lambda: window.grid.photos.listing.scores is not None, timeout=WAIT_MS)
    window.grid.show_photo(int(window.grid.photos.listing.ids[0]))
    chosen = window.grid.selected_ids().tolist()
    start.close(program)

    again = start()
    assert again.window.pages.currentWidget() is again.window._browse
    assert again.window.browsing.query == Query("a cat")
    qtbot.waitUntil(lambda: shown(again) == [CAT], timeout=WAIT_MS)
    assert again.window.grid.selected_ids().tolist() == chosen


def test_photos_can_be_found_while_others_are_still_looked_at(start, qtbot, photos):
    program = start()
    window = program.window
    window.take_arguments([str(photos / "pets")])
    qtbot.waitUntil(lambda: shown(program) == [CAT] and idle(program), timeout=WAIT_MS)
    top = window.grid.photos.listing
    window.take_arguments([str(photos / "space")])
    qtbot.waitUntil(lambda: len(shown(program)) == 3, timeout=WAIT_MS)
    assert window.grid.photos.listing is not top


def test_a_scope_narrows_photos_and_search_alike(start, qtbot, photos):
    program = start()
    window = program.window
    begin(qtbot, program, photos)
    qtbot.waitUntil(lambda: window.navigation._folders.childCount() == 1, timeout=WAIT_MS)
    root = window.navigation._folders.child(0)
    root.setExpanded(True)
    space = next(root.child(place) for place in range(root.childCount()) if root.child(place).text(0) == "space")
    window.navigation.setCurrentItem(space)
    qtbot.waitUntil(lambda: sorted(shown(program)) == [ASTRONAUT, ROCKET], timeout=WAIT_MS)
    qtbot.keyClicks(window.top.search.field, "a cat")
    qtbot.waitUntil(lambda: shown(program) == [] and window.grid.offer.isVisible(), timeout=WAIT_MS)
    qtbot.mouseClick(window.grid.offer, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sorted(shown(program)) == [ASTRONAUT, ROCKET], timeout=WAIT_MS)
    window.navigation.setCurrentItem(window.navigation._everything)
    qtbot.waitUntil(lambda: shown(program) == [CAT], timeout=WAIT_MS)


def test_a_dropped_or_pasted_picture_finds_similar_photos(start, qtbot, photos, samples, tmp_path):
    program = start()
    window = program.window
    begin(qtbot, program, photos)
    elsewhere = tmp_path / "another cat.png"
    QImage(str(samples / CAT)).flipped(Qt.Orientation.Horizontal).save(str(elsewhere))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(elsewhere))])
    window.dropEvent(
        QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    qtbot.waitUntil(lambda: window.grid.photos.listing.scores is not None, timeout=WAIT_MS)
    assert shown(program)[0] == CAT
    assert "another cat.png" in window.top.search._chip.text()

    window.top.search.clear()
    qtbot.waitUntil(lambda: window.grid.photos.listing.scores is None, timeout=WAIT_MS)
    QGuiApplication.clipboard().setImage(QImage(str(samples / ROCKET)))
    window.do.paste.trigger()
    qtbot.waitUntil(lambda: window.grid.photos.listing.scores is not None, timeout=WAIT_MS)
    assert shown(program)[0] == ROCKET


def test_a_dropped_text_file_is_told_of_and_loses_nothing(start, qtbot, photos, tmp_path):
    program = start()
    window = program.window
    begin(qtbot, program, photos)
    text = tmp_path / "notes.txt"
    text.write_text("no picture")
    window.take_arguments([str(text)])
    qtbot.waitUntil(lambda: len(window.grid.photos.listing) == 0, timeout=WAIT_MS)
    assert "notes.txt" in window.grid._empty[1]
    window.do.back.trigger()
    qtbot.waitUntil(lambda: len(shown(program)) == 4, timeout=WAIT_MS)


def test_orders(start, qtbot, photos):
    program = start()
    window = program.window
    begin(qtbot, program, photos)
    window.top.order_chosen.emit(Order.NAME)
    qtbot.waitUntil(lambda: shown(program) == [ASTRONAUT, CAT, COFFEE, ROCKET], timeout=WAIT_MS)
    assert window.top._order.text() == "File name"
    window.top.order_chosen.emit(Order.FOLDER)
    qtbot.waitUntil(lambda: window.grid.photos.listing.order is Order.FOLDER, timeout=WAIT_MS)
    assert shown(program)[0] == COFFEE


def test_what_could_not_be_read_is_listed_and_tried_again(start, qtbot, photos):
    broken = photos / "pets" / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no photo")
    program = start()
    window = program.window
    window.take_arguments([str(photos)])
    qtbot.waitUntil(lambda: window.status._failures.isVisible() and idle(program), timeout=WAIT_MS)
    assert "1 photo" in window.status._failures.text()
    qtbot.mouseClick(window.status._failures, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "failures" in window.dialogs.open, timeout=WAIT_MS)
    listed = window.dialogs.open["failures"]
    assert listed.tree.topLevelItem(0).child(0).text(0) == "broken.jpg"
    with qtbot.waitSignal(window.upkeep.ingest_ended, timeout=WAIT_MS) as ended:
        listed.retry_requested.emit()
    assert [Path(failure.path) for failure in ended.args[0].failed] == [broken]
    listed.close()


def test_a_folder_that_is_no_longer_watched_takes_its_photos_along(start, qtbot, photos):
    program = start()
    window = program.window
    begin(qtbot, program, photos)
    window.do.preferences.trigger()
    page = window.dialogs.open["preferences"].folders
    qtbot.waitUntil(lambda: page._rows.count() == 1, timeout=WAIT_MS)
    root = program.library.reader.roots()[0]
    window.upkeep.stop_watching(root)
    qtbot.waitUntil(lambda: len(window.grid.photos.listing) == 0, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.pages.currentWidget() is window.viewing._first_run, timeout=WAIT_MS)
    window.dialogs.open["preferences"].close()
    begin(qtbot, program, photos)


def test_the_theme_is_changed_at_once_and_kept(start, qtbot):
    program = start()
    window = program.window
    window.do.preferences.trigger()
    window.dialogs.open["preferences"].theme_chosen.emit(Choice.LIGHT)
    assert theme.current() is theme.LIGHT
    assert QApplication.palette().window().color() == theme.LIGHT.panel
    window.dialogs.open["preferences"].close()
    start.close(program)
    theme.use(theme.DARK)
    again = start()
    assert theme.current() is theme.LIGHT
    again.window.dialogs.theme_chosen.emit(Choice.DARK)


def test_no_two_actions_share_a_key(start):
    window = start().window
    taken = {}
    for action in window.findChildren(QAction):
        for keys in action.shortcuts():
            assert taken.setdefault(keys.toString(), action) is action, keys.toString()
    assert "?" in taken
    window.do.keys.trigger()
    window.dialogs.open["keys"].close()


def test_every_button_has_a_name_for_those_who_cannot_see_it(start):
    from PySide6.QtWidgets import QAbstractButton

    window = start().window
    for button in window.findChildren(QAbstractButton):
        if button.isVisibleTo(window):
            assert button.accessibleName() or button.text() or button.toolTip(), button


def test_copying_puts_picture_and_path_on_the_clipboard(start, qtbot, photos):
    program = start()
    window = program.window
    begin(qtbot, program, photos)
    first = int(window.grid.photos.listing.ids[0])
    window.grid.show_photo(first)
    clipboard = QGuiApplication.clipboard()
    with qtbot.waitSignal(window.photo_actions.told, timeout=WAIT_MS):
        window.do.copy.trigger()
    path = program.library.reader.photos([first])[first].path
    assert [url.toLocalFile() for url in clipboard.mimeData().urls()] == [path]
    assert clipboard.image().size() == QImage(path).size()
    with qtbot.waitSignal(window.photo_actions.told, timeout=WAIT_MS):
        window.do.copy_path.trigger()
    assert clipboard.text() == path


def test_the_context_menu_offers_what_fits_the_selection(start, qtbot, photos):
    program = start()
    window = program.window
    begin(qtbot, program, photos)
    ids = window.grid.photos.listing.ids
    window.grid.select_ids(ids[:2])
    window.grid.context_requested.emit(int(ids[0]), QPoint(50, 50))
    menu = QApplication.activePopupWidget()
    assert window.do.compare in menu.actions()
    assert window.do.compare.isEnabled()
    menu.close()
    window.do.compare.trigger()
    assert window.viewing.is_comparing
    window.do.back.trigger()
    assert window.pages.currentWidget() is window._browse


def test_words_that_are_remembered_are_suggested_next_time(start, qtbot, photos):
    program = start()
    begin(qtbot, program, photos)
    type_words(qtbot, program, "a rocket")
    qtbot.keyClick(program.window.top.search.field, Qt.Key.Key_Return)
    start.close(program)
    assert start().window.top.search.remembered == ["a rocket"]


def test_a_remembered_folder_scope_is_there_next_time(start, qtbot, photos):
    program = start()
    begin(qtbot, program, photos)
    scope = FolderScope(program.library.reader.roots()[0].id, b"space")
    program.window.browsing.choose_scope(scope)
    start.close(program)
    again = start()
    qtbot.waitUntil(lambda: sorted(shown(again)) == [ASTRONAUT, ROCKET], timeout=WAIT_MS)
    qtbot.waitUntil(lambda: again.window.navigation.currentItem() is not None, timeout=WAIT_MS)
