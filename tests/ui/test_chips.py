"""Chips below the search field: one for each part of the query, by mouse and by keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QMenu, QWidget

from photofinder.ui.top_bar import TopBar

QUERY = 'snow "Ama Dablam" -people date:2023'


@pytest.fixture
def bar(qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    made = TopBar(holder)
    made.arrange([], [], QMenu(made))
    made.resize(1000, 100)
    holder.resize(1000, 100)
    holder.show()
    holder.activateWindow()
    made.entered, made.removed = [], []
    made.search.words_entered.connect(made.entered.append)
    made.search.cleared.connect(lambda: made.removed.append(""))
    made.shown = []
    made.search.words_shown.connect(made.shown.append)
    yield made
    holder.close()


def type_in(qtbot, bar, text):
    bar.search.field.clear()
    add(qtbot, bar, text)


def add(qtbot, bar, text):
    qtbot.keyClicks(bar.search.field, text)
    qtbot.waitUntil(lambda: bar.shown[-1:] == [bar.search.field.text()])


def texts(bar):
    return [chip.text for chip in bar.chips.chips]


def test_every_part_is_a_chip_unless_there_is_but_one_of_free_words(qtbot, bar):
    type_in(qtbot, bar, "a cat on a sofa")
    assert not bar.chips.isVisible()
    type_in(qtbot, bar, QUERY)
    assert bar.chips.isVisible()
    assert texts(bar) == ["snow", '"Ama Dablam"', "-people", "date:2023"]
    bar.search.show_words("date:2023")
    assert bar.chips.isVisible(), "one filter alone is shown: it can be taken away"
    bar.search.show_words("")
    assert not bar.chips.isVisible()


def test_a_cross_takes_just_its_part_away(qtbot, bar):
    type_in(qtbot, bar, QUERY)
    qtbot.mouseClick(bar.chips.chips[2].cross, Qt.MouseButton.LeftButton)
    assert bar.search.field.text() == 'snow "Ama Dablam" date:2023'
    assert bar.entered == ['snow "Ama Dablam" date:2023']
    assert texts(bar) == ["snow", '"Ama Dablam"', "date:2023"]


def test_a_click_selects_the_part_in_the_field(qtbot, bar):
    type_in(qtbot, bar, QUERY)
    qtbot.mouseClick(bar.chips.chips[1], Qt.MouseButton.LeftButton)
    assert bar.search.field.selectedText() == '"Ama Dablam"'
    assert bar.search.field.hasFocus()


def test_by_keys_alone(qtbot, bar):
    type_in(qtbot, bar, QUERY)
    bar.search.field.setFocus()
    qtbot.keyClick(bar.search.field, Qt.Key.Key_Tab)
    assert bar.chips.chips[0].hasFocus()
    qtbot.keyClick(bar.chips.chips[0], Qt.Key.Key_Right)
    qtbot.keyClick(bar.chips.chips[1], Qt.Key.Key_Right)
    assert bar.chips.chips[2].hasFocus()
    qtbot.keyClick(bar.chips.chips[2], Qt.Key.Key_Left)
    assert bar.chips.chips[1].hasFocus()
    qtbot.keyClick(bar.chips.chips[1], Qt.Key.Key_Delete)
    assert texts(bar) == ["snow", "-people", "date:2023"]
    assert bar.chips.chips[1].hasFocus(), "the next one has the focus"
    qtbot.keyClick(bar.chips.chips[1], Qt.Key.Key_Backspace)
    qtbot.keyClick(bar.chips.chips[1], Qt.Key.Key_Return)
    assert bar.search.field.selectedText() == "date:2023"
    bar.chips.chips[1].setFocus()
    qtbot.keyClick(bar.chips.chips[1], Qt.Key.Key_Delete)
    assert bar.search.field.text() == "snow"
    assert not bar.chips.isVisible()
    assert bar.search.field.hasFocus()


def test_taking_the_last_one_away_shows_everything(qtbot, bar):
    bar.search.show_words("date:2023")
    qtbot.mouseClick(bar.chips.chips[0].cross, Qt.MouseButton.LeftButton)
    assert bar.removed == [""]
    assert bar.search.words == ""


def test_what_is_half_typed_leaves_chips_that_cannot_be_used(qtbot, bar):
    type_in(qtbot, bar, "snow date:2023")
    bar.search.field.setFocus()
    add(qtbot, bar, ' "Ama')
    assert texts(bar) == ["snow", "date:2023"]
    assert not bar.chips.chips[0].isEnabled()
    add(qtbot, bar, ' Dablam"')
    assert texts(bar) == ["snow", "date:2023", '"Ama Dablam"']
    assert bar.chips.chips[0].isEnabled()


def test_alternatives_are_chips_too(qtbot, bar):
    type_in(qtbot, bar, "cat date:2023 OR dog")
    assert texts(bar) == ["cat date:2023", "dog"]
    qtbot.mouseClick(bar.chips.chips[0].cross, Qt.MouseButton.LeftButton)
    assert bar.search.field.text() == "dog"


def test_those_who_listen_are_told_what_a_chip_is(qtbot, bar):
    type_in(qtbot, bar, "snow -people date:2023")
    names = [QAccessible.queryAccessibleInterface(chip).text(QAccessible.Text.Name) for chip in bar.chips.chips]
    assert names == ["Words: snow", "Less of: -people", "Filter: date:2023"]
    assert bar.chips.chips[2].cross.accessibleName() == "Take away date:2023"


def test_spaces_before_the_query_do_not_shift_what_is_edited(qtbot, bar):
    type_in(qtbot, bar, "   snow date:2023")
    bar.search.show_words("snow date:2023")  # what the answer says of the same query
    qtbot.mouseClick(bar.chips.chips[1], Qt.MouseButton.LeftButton)
    assert bar.search.field.selectedText() == "date:2023"
