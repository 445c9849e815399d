"""First screen, navigation pane, status line, what is remembered, and which way the program starts."""

import pytest
from PySide6.QtCore import QMimeData, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from photofinder.__main__ import can_show_window, wants_window
from photofinder.library.browse import FolderScope, Node, Order
from photofinder.library.bundles import Listed
from photofinder.ui import wording
from photofinder.ui.browsing import Query
from photofinder.ui.failures import Reporter
from photofinder.ui.first_run import FirstRun
from photofinder.ui.incoming import Inbox
from photofinder.ui.navigation import Navigation
from photofinder.ui.progress import StatusLine
from photofinder.ui.theme import Choice
from photofinder.ui.window_state import WindowState

SIGLIP = Listed("siglip2", "SigLIP 2", "Apache-2.0", 504_000_000, installed=False, recommended=True)


def dropped(paths, kind=QDropEvent):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place = QPointF(5, 5) if kind is QDropEvent else QPointF(5, 5).toPoint()
    event = kind(place, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    event.data = data  # the event does not keep it
    return event


def test_the_first_screen_takes_folders_and_the_folders_of_dropped_pictures(qtbot, tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "c.jpg").write_bytes(b"")
    page = FirstRun(None)
    qtbot.addWidget(page)
    page.set_folders([])
    assert not page.start.isEnabled()
    entering = dropped([tmp_path / "gone"], QDragEnterEvent)
    entering.ignore()
    page.dragEnterEvent(entering)
    assert not entering.isAccepted()
    page.dropEvent(dropped([tmp_path / "a", inner / "c.jpg", tmp_path / "a"]))
    assert page.folders == [tmp_path / "a", inner]
    assert page.better is None
    with qtbot.waitSignal(page.folders_chosen) as chosen:
        page.start.click()
    assert chosen.args == [[tmp_path / "a", inner], ""]


def test_the_better_encoder_is_offered_and_not_forced(qtbot, tmp_path):
    page = FirstRun(SIGLIP)
    qtbot.addWidget(page)
    page.set_folders([tmp_path])
    assert not page.better.isChecked()
    assert "504 MB" in page.better.text()
    page.better.setChecked(True)
    with qtbot.waitSignal(page.folders_chosen) as chosen:
        page.start.click()
    assert chosen.args[1] == "siglip2"


@pytest.fixture
def navigation(qtbot):
    made = Navigation()
    qtbot.addWidget(made)
    made.resize(230, 500)
    made.show()
    return made


def folders(*names):
    inner = [Node(name, FolderScope(1, name.encode()), len(name), []) for name in names]
    return [Node("Pictures", FolderScope(1, b""), sum(node.photo_count for node in inner), inner)]


def test_refreshing_the_pane_keeps_what_is_open_and_chosen(navigation, qtbot):
    navigation.set_folders(folders("a", "c"))
    root = navigation._folders.child(0)
    root.setExpanded(True)
    navigation.setCurrentItem(root.child(1))
    chosen = []
    navigation.scope_chosen.connect(chosen.append)
    navigation.set_folders(folders("a", "bb", "c"))
    assert navigation._folders.child(0) is root
    assert root.isExpanded()
    assert [root.child(place).text(0) for place in range(3)] == ["a", "bb", "c"]
    assert navigation.currentItem().text(0) == "c"
    assert chosen == []


def test_choosing_a_line_tells_its_key_and_showing_one_does_not(navigation, qtbot):
    navigation.set_folders(folders("a"))
    navigation.set_dates([Node("2024", range(10, 20), 3, [Node("07", range(12, 14), 3, [])])])
    assert navigation._dates.child(0).childCount() == 0  # nothing is made below what is closed
    navigation._dates.child(0).setExpanded(True)
    assert navigation._dates.child(0).child(0).text(0) == "July"
    with qtbot.waitSignal(navigation.scope_chosen) as chosen:
        navigation.setCurrentItem(navigation._dates.child(0))
    assert chosen.args == [range(10, 20)]
    with qtbot.assertNotEmitted(navigation.scope_chosen):
        navigation.choose(FolderScope(1, b"a"))
    assert navigation.currentItem().text(0) == "a"
    with qtbot.waitSignal(navigation.scope_chosen) as chosen:
        navigation.setCurrentItem(navigation._everything)
    assert chosen.args == [None]


def test_a_line_below_closed_ones_is_made_when_it_is_chosen(navigation):
    days = [Node("24", range(13, 14), 1, []), Node("23", range(12, 13), 2, [])]
    navigation.set_dates([Node("2024", range(10, 20), 3, [Node("07", range(12, 14), 3, days)])])
    navigation.choose(range(12, 13))
    assert navigation.currentItem().text(0) == "23"
    assert navigation.currentItem().parent().text(0) == "July"
    navigation.choose(range(99, 100))
    assert navigation.currentItem() is navigation._everything


def test_headings_show_only_with_something_below_and_cannot_be_chosen(navigation):
    assert navigation._folders.isHidden()
    navigation.set_folders(folders("a"))
    assert not navigation._folders.isHidden()
    assert not navigation._folders.flags() & Qt.ItemFlag.ItemIsSelectable
    assert navigation.visualItemRect(navigation._folders.child(0)).isValid()


def test_the_status_line_says_how_far_and_how_fast(qtbot):
    line = StatusLine()
    qtbot.addWidget(line)
    line.show()
    for second in range(10):
        line.show_progress(second, 30 * second, 3000, "Pictures")
    text = line._doing.text()
    assert "30 a second" in text
    assert "about 2 minutes left" in text
    for button, signal in ((line._pause, line.pause_requested), (line._stop, line.stop_requested)):
        with qtbot.waitSignal(signal):
            button.click()
    line.show_paused(1200)
    assert line._resume.isVisible()
    assert not line._pause.isVisible()
    line.show_idle()
    assert not line._doing.isVisible()
    line.show_failures(0)
    assert not line._failures.isVisible()


def test_words_for_numbers(qapp):
    assert wording.photos(0) == "no photos"
    assert wording.photos(1) == "1 photo"
    assert wording.size(504_000_000) == "504 MB"
    assert wording.size(1_700_000_000) == "1.7 GB"
    assert wording.took(0.0143) == "14 ms"
    assert wording.took(1.24) == "1.2 s"
    assert wording.time_left(20) == "less than a minute left"
    assert wording.time_left(60) == "about 1 minute left"
    assert wording.time_left(7200) == "about 2 hours left"


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query("a cat"),
        Query("ein Bär; [x]", scope=FolderScope(3, b"2019/\xff odd"), order=Order.NEWEST),
        Query(scope=range(-5, 400), order=Order.RATING),
    ],
)
def test_what_was_shown_is_remembered(qapp, tmp_path, query):
    state = WindowState(tmp_path)
    state.query, state.words, state.selection, state.theme = query, ["b", "a, c"], [3, 1], Choice.SYSTEM
    state.save()
    again = WindowState(tmp_path)
    assert again.query == query
    assert again.words == ["b", "a, c"]
    assert again.selection == [3, 1]
    assert again.theme is Choice.SYSTEM


def test_a_damaged_memory_counts_as_none(qapp, tmp_path):
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    for name in ("query", "words", "selection", "theme", "geometry", "zoom"):
        settings.setValue(name, '{"scope": ["folder", 1, "zz"], "words": 3')
    settings.sync()
    state = WindowState(tmp_path)
    assert state.query == Query()
    assert state.words == []
    assert state.selection == []
    assert state.theme is Choice.DARK
    assert state.shape("geometry") is None
    assert state.number("zoom", 7) == 7
    settings.setValue("query", '{"scope": ["folder", 1, "zz"], "words": 3}')
    settings.sync()
    assert WindowState(tmp_path).query == Query()


def test_a_pasted_path_names_a_file(qapp, tmp_path):
    photo = tmp_path / "a b.jpg"
    photo.write_bytes(b"")
    inbox = Inbox()
    data = QMimeData()
    data.setText(str(photo))
    assert inbox.take(data).files == [photo]
    data.setText("just words")
    assert inbox.take(data).files == []
    inbox.close()


@pytest.mark.expects_log("A bug")
def test_a_bug_is_shown_once_however_often_it_comes(qtbot, caplog):
    reporter = Reporter(lambda: None)
    for _ in range(5):
        reporter.report(ZeroDivisionError("painting"))
    assert reporter._open is not None
    assert caplog.text.count("ZeroDivisionError: painting") == 5
    reporter._open.reject()
    assert reporter._open is None


@pytest.mark.parametrize(
    ("arguments", "window"),
    [
        ([], True),
        (["--library", "x"], True),
        (["/photos/cat.jpg"], True),
        (["index", "/photos"], False),
        (["search", "a cat"], False),
        (["--version"], False),
        (["--help"], False),
        (["nonsense"], False),
    ],
)
def test_only_a_start_without_a_command_wants_the_window(arguments, window):
    assert wants_window(arguments) is window


def test_without_a_display_there_is_no_window(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not can_show_window()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert can_show_window()
