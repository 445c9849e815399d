"""What the inspector says, and copying it."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from photofinder.ui.histogram import count
from photofinder.ui.inspector import Inspector
from photofinder.ui.inspector_values import DetailList
from tests.ui.viewer_photos import *  # noqa: F403 - fixtures


@pytest.fixture
def inspector(qtbot, viewer_library):
    before = set(threading.enumerate())
    made = Inspector(viewer_library)
    qtbot.addWidget(made)
    made.resize(300, 700)
    made.show()
    yield made
    made.close_down()
    assert set(threading.enumerate()) <= before


def lines(inspector):
    return dict(line.split(": ", 1) for line in inspector.text.splitlines() if ": " in line)


def test_one_photo(qtbot, inspector, photo_ids):
    inspector.show_photos([photo_ids["3"]])
    qtbot.waitUntil(lambda: lines(inspector).get("Name") == "3.jpg")
    assert lines(inspector)["Exposure"] == "1/103 s"
    qtbot.waitUntil(lambda: inspector.histogram is not None)
    assert inspector.histogram.counts[3].sum() == 1024 * 768
    inspector.grab()


def test_values_can_be_copied(qtbot, inspector, photo_ids):
    inspector.show_photos([photo_ids["3"]])
    qtbot.waitUntil(lambda: "Name" in lines(inspector))
    shown = inspector._scroll.widget()
    assert isinstance(shown, DetailList)
    folder = next(value for value in shown.values if "viewer-photos" in value._value)
    folder.setSelection(0, len(folder.text()))
    qtbot.keyClick(folder, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == lines(inspector)["Folder"]
    inspector.copy_all()
    assert QGuiApplication.clipboard().text() == inspector.text


def test_several_photos_show_what_they_share(qtbot, inspector, photo_ids):
    inspector.show_photos([photo_ids[name] for name in "0123"])
    qtbot.waitUntil(lambda: lines(inspector).get("Exposure") == "4 different")
    assert lines(inspector)["Camera"] == "Canon EOS 80D"


def test_a_broken_photo_says_what_to_do(qtbot, inspector, photo_ids):
    inspector.show_photos([photo_ids["broken"]])
    qtbot.waitUntil(lambda: "What to do" in lines(inspector))
    assert inspector.text.startswith("Cannot be read\nReason: ")
    assert inspector.histogram is None


def test_running_through_photos_ends_at_the_last(qtbot, inspector, photo_ids):
    for name in "01234567":
        inspector.show_photos([photo_ids[name]])
    qtbot.waitUntil(lambda: lines(inspector).get("Name") == "7.jpg")
    inspector.show_photos([])
    assert inspector.text == ""
    assert "Select a photo" in inspector._note.text()


def test_a_photo_that_was_removed_is_no_bug(qtbot, inspector):
    inspector.show_photos([987654])
    qtbot.waitUntil(lambda: "no longer in the library" in inspector._note.text())


def test_the_histogram_counts_every_pixel():
    pixels = np.zeros((10, 20, 4), np.uint8)
    pixels[:5, :, 2] = 255  # the upper half is red
    counted = count(pixels)
    assert counted.counts.sum(axis=1).tolist() == [200] * 4
    assert counted.counts[0, 255] == 100
    assert counted.counts[1, 0] == 200
    assert counted.counts[3, 54] == 100  # 0.2126 of 255
    assert counted.clipped == (1.0, 0.5)
