"""Parts of the window that stand alone: history, search field, single instance, theme, icons."""

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication

import photofinder
from photofinder.core.resources import resources_dir
from photofinder.ui import icons, theme
from photofinder.ui.history import LIMIT, History
from photofinder.ui.search_bar import SearchBar
from photofinder.ui.single_instance import SingleInstance, hand_over, server_name


def test_history_goes_back_and_forward_like_a_browser(qapp):
    history = History()
    for place in ("all", "cats", "dogs"):
        history.visit(place)
    assert history.back() == "cats"
    assert history.back() == "all"
    assert history.back() is None
    assert history.forward() == "cats"
    history.visit("birds")
    assert not history.can_go_forward
    assert history.back() == "cats"


def test_history_keeps_no_half_typed_words(qapp):
    history = History()
    history.visit("all")
    for typed in ("d", "do", "dog"):
        history.visit(typed, passing=True)
    history.settle()
    history.visit("cat", passing=True)
    assert history.back() == "dog"
    assert history.back() == "all"


def test_history_typing_after_going_back_replaces_what_lay_ahead(qapp):
    history = History()
    for place in ("all", "cats", "dogs"):
        history.visit(place)
    history.back()
    history.visit("b", passing=True)
    history.visit("bi", passing=True)
    assert history.back() == "cats"
    assert history.forward() == "bi"
    assert not history.can_go_forward


def test_history_remembers_per_step_and_forgets_the_oldest(qapp):
    history = History()
    history.visit(0)
    history.memory["scroll"] = 7
    history.visit(1)
    assert history.memory == {}
    history.back()
    assert history.memory == {"scroll": 7}
    for place in range(2, LIMIT + 50):
        history.visit(place)
    steps = 0
    while history.back() is not None:
        steps += 1
    assert steps == LIMIT - 1


@pytest.fixture
def bar(qtbot):
    made = SearchBar()
    qtbot.addWidget(made)
    made.show()
    return made


def test_words_are_told_once_the_typing_rests(bar, qtbot):
    told = []
    bar.words_typed.connect(told.append)
    with qtbot.waitSignal(bar.words_typed):
        qtbot.keyClicks(bar.field, "a dog ")
    assert told == ["a dog"]


def test_escape_clears(bar, qtbot):
    qtbot.keyClicks(bar.field, "a dog")
    with qtbot.waitSignal(bar.cleared):
        qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert bar.words == ""


def test_enter_tells_at_once_and_remembers(bar, qtbot):
    qtbot.keyClicks(bar.field, "a dog")
    with qtbot.waitSignal(bar.words_entered, timeout=50) as entered:
        qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert entered.args == ["a dog"]
    bar.remember("a cat")
    bar.remember("a dog")
    assert bar.remembered == ["a dog", "a cat"]


def test_showing_words_searches_for_nothing(bar, qtbot):
    with qtbot.assertNotEmitted(bar.words_typed, wait=300):
        bar.show_words("a dog")
    assert bar.words == "a dog"


def test_deleting_all_words_shows_everything_again(bar, qtbot):
    bar.show_words("a")
    with qtbot.waitSignal(bar.cleared):
        qtbot.keyClick(bar.field, Qt.Key.Key_Backspace)


def test_a_second_start_hands_over_its_arguments(qtbot, tmp_path):
    first = SingleInstance(tmp_path)
    assert first.is_listening
    peer = QLocalSocket()
    with qtbot.waitSignal(first.arguments_received) as received:
        peer.connectToServer(server_name(tmp_path))
        peer.write(b'["--library", "/home/me/b\\u00e4r.jpg"]\n')
        peer.flush()
    assert received.args == [["--library", "/home/me/bär.jpg"]]
    qtbot.waitUntil(lambda: peer.bytesAvailable() > 0)
    assert peer.readAll().data() == b"ok\n"
    first.close()


@pytest.mark.parametrize("message", [b"nonsense\n", b'{"a": 1}\n', b"[1]\n"])
def test_a_peer_that_is_not_ours_is_turned_away(qtbot, tmp_path, message):
    first = SingleInstance(tmp_path)
    peer = QLocalSocket()
    with qtbot.assertNotEmitted(first.arguments_received):
        peer.connectToServer(server_name(tmp_path))
        peer.write(message)
        peer.flush()
        qtbot.waitUntil(lambda: peer.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    first.close()


def test_without_a_first_window_nothing_is_handed_over(qapp, tmp_path):
    assert not hand_over(tmp_path, ["a"])


def test_a_socket_left_behind_by_a_crash_is_no_obstacle(qapp, tmp_path):
    left = SingleInstance(tmp_path)
    again = SingleInstance(tmp_path)
    assert again.is_listening
    again.close()
    left.close()


def test_of_the_network_only_local_sockets_are_used():
    allowed = {"QLocalServer", "QLocalSocket"}
    for path in Path(photofinder.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "PySide6.QtNetwork":
                assert {alias.name for alias in node.names} <= allowed, path
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                assert not any(alias.name.endswith("QtNetwork") for alias in node.names), path


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(colour: QColor) -> float:
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (colour.redF(), colour.greenF(), colour.blueF())
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["DARK", "LIGHT", "DARK_CONTRAST", "LIGHT_CONTRAST"])
def test_every_theme_can_be_read_and_is_neutral(name):
    made = getattr(theme, name)
    for ground in (made.ground, made.panel, made.raised):
        assert ground.saturation() == 0
        least = 7 if name.endswith("CONTRAST") else 4.5
        for ink in (made.text, made.text_dim, made.warning):
            assert contrast(ink, ground) >= (least if ink is not made.warning else 4.5), (ink.name(), ground.name())
        assert contrast(made.accent, ground) >= 4.5, ground.name()
    assert contrast(made.on_accent, made.accent) >= 4.5


def test_using_a_theme_dresses_the_application(qapp):
    theme.use(theme.LIGHT)
    assert QApplication.palette().window().color() == theme.LIGHT.panel
    theme.use(theme.DARK)
    assert theme.current() is theme.DARK
    assert QApplication.palette().window().color() == theme.DARK.panel


def test_every_icon_draws_something(qapp):
    drawings = sorted((resources_dir() / "icons").glob("*.svg"))
    assert drawings
    for path in drawings:
        image = icons.pixmap(path.stem, QColor("#ff0000"), 24).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), path.stem


def test_every_icon_that_is_asked_for_is_there():
    there = {path.stem for path in (resources_dir() / "icons").glob("*.svg")}
    asked = set()
    for path in (Path(photofinder.__file__).parent / "ui").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "put_on":
                name = node.args[1]
                if isinstance(name, ast.Constant):
                    asked.add(name.value)
    assert asked <= there
