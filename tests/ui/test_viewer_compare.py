"""Photos side by side."""

import threading

import pytest
from PySide6.QtCore import Qt

from photofinder.ui.compare import Compare
from photofinder.ui.picture_frame import Quality
from tests.ui.viewer_photos import *  # noqa: F403 - fixtures


@pytest.fixture
def compare(qtbot, viewer_library):
    before = set(threading.enumerate())
    made = Compare(viewer_library)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    yield made
    made.close_down()
    assert set(threading.enumerate()) <= before


def settled(compare):
    return all(
        canvas.frame is not None and canvas.frame.quality is Quality.FULL and canvas.drawn_well
        for canvas in compare.canvases
    )


@pytest.fixture
def three(qtbot, compare, sequence):
    compare.show_photos([int(each) for each in sequence[:3]])
    qtbot.waitUntil(lambda: settled(compare))
    return compare


def test_what_differs_is_beneath_each(qtbot, three):
    qtbot.waitUntil(lambda: all(pane.facts.text() for pane in three._panes))
    assert [pane.name.text() for pane in three._panes] == ["0.jpg", "1.jpg", "2.jpg"]
    assert [pane.facts.text().split(" \u00b7 ") for pane in three._panes] == [
        ["10:14:00", "1/100 s"],
        ["10:14:01", "1/101 s"],
        ["10:14:02", "1/102 s"],
    ]
    assert "f/2.8" in three._bar._subtitle.text()


def test_linked_photos_move_together_and_unlinked_alone(qtbot, three):
    first, second, third = three.canvases
    first.zoom_to(1.0, (50, 60))
    for other in (second, third):
        assert other.view.zoom == 1.0
        assert (other.view.x, other.view.y) == pytest.approx((first.view.x, first.view.y), abs=0.5)  # whole pixels
    second.zoom_to(3.0)
    assert third.view.zoom == pytest.approx(3.0)
    qtbot.keyClick(third, Qt.Key.Key_L)
    third.zoom_to(0.5)
    assert first.view.zoom == second.view.zoom == pytest.approx(3.0)
    qtbot.keyClick(three.canvases[0], Qt.Key.Key_L)  # the current one, which leads
    assert third.view.zoom == pytest.approx(3.0)
    qtbot.waitUntil(lambda: settled(three))


def test_keys_choose_rate_remove_and_open(qtbot, three, sequence):
    rated, opened = [], []
    three.rated.connect(lambda *what: rated.append(what))
    three.photo_opened.connect(opened.append)
    ids = [int(each) for each in sequence[:3]]
    assert three.current_id == ids[0]
    qtbot.keyClick(three, Qt.Key.Key_Right)
    qtbot.keyClick(three, Qt.Key.Key_4)
    qtbot.keyClick(three, Qt.Key.Key_Return)
    assert (rated, opened) == ([(ids[1], 4)], [ids[1]])
    qtbot.keyClick(three, Qt.Key.Key_Delete)
    assert three.ids == [ids[0], ids[2]]
    assert three.current_id == ids[2]


def test_with_one_left_the_comparison_ends(qtbot, three):
    with qtbot.waitSignal(three.closed):
        qtbot.keyClick(three, Qt.Key.Key_Delete)
        qtbot.keyClick(three, Qt.Key.Key_Delete)
    assert three.ids == []


def test_one_that_is_broken_does_not_spoil_the_others(qtbot, compare, photo_ids):
    compare.show_photos([photo_ids["0"], photo_ids["broken"]])
    good, broken = compare.canvases
    qtbot.waitUntil(lambda: broken.notice.words.startswith("This photo cannot be shown"))
    qtbot.waitUntil(lambda: good.frame is not None and good.frame.quality is Quality.FULL)


def test_at_most_four(qtbot, compare, sequence):
    compare.show_photos([int(each) for each in sequence])
    assert len(compare.ids) == 4
    qtbot.waitUntil(lambda: settled(compare))


def test_while_another_page_is_shown_nothing_is_held(qtbot, three):
    three.canvases[0].zoom_to(1.0)
    three.hide()
    assert three._loader.cached_bytes == 0
    three.show()
    qtbot.waitUntil(lambda: settled(three))
    assert three.canvases[2].view.zoom == 1.0
