"""Searching in the real window: the query language while it is typed, the cut line, hits that stand for others."""

import shutil

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from photofinder.ui.browsing import Query
from photofinder.ui.navigation import COUNT
from photofinder.ui.saved_searches import SavedSearch
from tests.ui.programs import Programs, idle, shown

CAT, COFFEE, ROCKET, ASTRONAUT = "chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png"
WAIT_MS = 30_000


@pytest.fixture
def photos(samples, tmp_path):
    """Six photos, three of them the same cat."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in (CAT, COFFEE, ROCKET, ASTRONAUT):
        shutil.copy2(samples / name, folder / name)
    with Image.open(samples / CAT) as cat:
        cat.convert("RGB").save(folder / "cat-90.jpg", quality=90)
        cat.convert("RGB").save(folder / "cat-80.jpg", quality=80)
    return folder


@pytest.fixture
def program(qtbot, photos, tmp_path):
    programs = Programs(tmp_path / "library")
    made = programs.start()
    made.window.viewing.folders_chosen.emit([photos], "")
    qtbot.waitUntil(lambda: len(made.window.grid.photos.listing) == 6 and idle(made), timeout=WAIT_MS)
    yield made
    programs.close_all()


def search(qtbot, program, words):
    window = program.window
    answers = []
    window.browsing.answered.connect(answers.append)
    window.do.search.trigger()
    window.top.search.field.setText("")
    qtbot.keyClicks(window.top.search.field, words)
    qtbot.waitUntil(lambda: any(answer.query.words == words for answer in answers), timeout=WAIT_MS)
    window.browsing.answered.disconnect(answers.append)
    return answers[-1]


def titles(grid):
    return [grid.heading_of(section) for section in range(len(grid.grid.sections))]


def test_hits_end_at_the_cut_line_and_the_rest_is_a_click_away(qtbot, program):
    window = program.window
    found = search(qtbot, program, "a cat")
    assert shown(program)[0] in {CAT, "cat-90.jpg", "cat-80.jpg"}
    assert set(shown(program)).isdisjoint({COFFEE, ROCKET, ASTRONAUT})
    assert titles(window.grid)[0] == "3 strong"
    assert window.top.search.count_text.startswith("3 strong")
    assert window.hidden_hits.isVisible()
    assert window.hidden_hits.button.text() == "Show all 6 ranked"
    assert found.hidden == 3

    qtbot.mouseClick(window.hidden_hits.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shown(program)) == 6, timeout=WAIT_MS)
    assert titles(window.grid) == ["3 strong", "3 less likely, as ranked"]
    assert not window.hidden_hits.isVisible()
    window.do.back.trigger()
    qtbot.waitUntil(lambda: len(shown(program)) < 6, timeout=WAIT_MS)


def test_hits_that_stand_for_others_say_so_and_can_be_opened(qtbot, program):
    window = program.window
    search(qtbot, program, "a cat")
    grid = window.grid
    assert len(shown(program)) == 1
    assert grid.look_of(0, selected=False, focused=False).alike == 2
    grid.show_photo(int(grid.photos.listing.ids[0]))
    menu = window.do.context_menu(1, alike=2)
    assert "Show the 3 alike" in [action.text() for action in menu.actions()]
    menu.deleteLater()
    grid.setFocus()
    qtbot.keyClick(grid, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: sorted(shown(program)) == ["cat-80.jpg", "cat-90.jpg", CAT], timeout=WAIT_MS)
    window.do.back.trigger()
    qtbot.waitUntil(lambda: len(shown(program)) == 1, timeout=WAIT_MS)


def test_where_nothing_is_good_the_nearest_are_offered(qtbot, program):
    window = program.window
    search(qtbot, program, "a red double-decker bus -cat")
    assert shown(program) == []
    assert window.grid._empty[0] == "Nothing here looks like that"
    assert window.top.search.count_text.startswith("nothing like it")
    assert window.grid.offer.isVisible()
    qtbot.mouseClick(window.grid.offer, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shown(program)) == 6, timeout=WAIT_MS)
    assert not window.grid.offer.isVisible()


def test_filters_alone_list_everything_by_date(qtbot, program):
    found = search(qtbot, program, "type:png")
    assert sorted(shown(program)) == [ASTRONAUT, CAT, COFFEE]
    assert not found.is_ranked
    assert program.window.grid.photos.listing.scores is None
    assert program.window.top.search.count_text.startswith("3 photos")


@pytest.mark.parametrize("half", ['"roc', "type:", "(cat", "near:Nowhereville"])
def test_what_is_half_typed_leaves_the_photos_alone_until_enter(qtbot, program, half):
    window = program.window
    before = shown(program)
    window.do.search.trigger()
    with qtbot.waitSignal(window.browsing.half_typed, timeout=WAIT_MS):
        qtbot.keyClicks(window.top.search.field, half)
    assert shown(program) == before
    assert window.top.search._count.property("warning")
    assert window.top.search._count.toolTip()
    with qtbot.waitSignal(window.browsing.problem_met, timeout=WAIT_MS) as met:
        window.top.search.suggestions.completer.popup().hide()
        qtbot.keyClick(window.top.search.field, Qt.Key.Key_Return)
    assert shown(program) == []
    assert met.args[0].what in window.grid._empty[1]
    assert window.top.search.count_text == ""


def test_going_on_typing_makes_sense_of_it(qtbot, program):
    window = program.window
    window.do.search.trigger()
    with qtbot.waitSignal(window.browsing.half_typed, timeout=WAIT_MS):
        qtbot.keyClicks(window.top.search.field, '"roc')
    qtbot.keyClicks(window.top.search.field, 'ket"')
    qtbot.waitUntil(lambda: shown(program) == [ROCKET], timeout=WAIT_MS)
    assert window.top.search.count_text.startswith("1 photo")
    window.do.back.trigger()
    assert window.browsing.query == Query(), "half-typed words are no place to go back to"


def test_fields_and_values_are_completed_at_the_cursor(qtbot, program):
    search_bar = program.window.top.search
    field, offered = search_bar.field, search_bar.suggestions
    program.window.do.search.trigger()
    qtbot.keyClicks(field, "ty cat")
    field.setCursorPosition(2)
    offered.refresh()
    assert offered.shown == ["type: cat"]
    offered.completer.activated.emit("type: cat")
    qtbot.waitUntil(lambda: "type:png cat" in offered.shown, timeout=WAIT_MS)
    assert field.cursorPosition() == len("type:")
    offered.completer.activated.emit("type:png cat")
    qtbot.waitUntil(lambda: program.window.browsing.query.words == "type:png cat", timeout=WAIT_MS)


def test_cameras_that_photos_were_taken_with_are_suggested(qtbot, program, photos):
    window, field = program.window, program.window.top.search.field
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS R5"
    Image.new("RGB", (300, 200), "teal").save(photos / "taken.jpg", exif=exif)
    window.do.look.trigger()
    qtbot.waitUntil(lambda: "taken.jpg" in shown(program) and idle(program), timeout=WAIT_MS)

    def offered():
        field.setText("cats camera:r5")
        window.top.search.suggestions.refresh()
        return any('camera:"' in each and "R5" in each for each in window.top.search.suggestions.shown)

    qtbot.waitUntil(offered, timeout=WAIT_MS)
    field.setText("")


def searches(program):
    heading = program.window.navigation._searches
    return {heading.child(n).text(0): heading.child(n).data(0, COUNT) for n in range(heading.childCount())}


def test_a_search_is_saved_counted_opened_renamed_and_forgotten(qtbot, program, monkeypatch):
    window = program.window
    search(qtbot, program, "type:png")
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args, **_named: ("Drawings", True))
    window.do.save_search.trigger()
    qtbot.waitUntil(lambda: searches(program) == {"Drawings": 3}, timeout=WAIT_MS)
    assert not window.navigation._searches.isHidden()
    assert window.navigation.currentItem().text(0) == "Drawings"

    window.top.search.clear()
    qtbot.waitUntil(lambda: len(shown(program)) == 6, timeout=WAIT_MS)
    assert window.navigation.currentItem().text(0) == "All photos"
    window.navigation.setCurrentItem(window.navigation._searches.child(0))
    qtbot.waitUntil(lambda: sorted(shown(program)) == [ASTRONAUT, CAT, COFFEE], timeout=WAIT_MS)
    assert window.top.search.words == "type:png"

    monkeypatch.setattr(QInputDialog, "getText", lambda *_args, **_named: ("PNG", True))
    menu = window.saved.menu(SavedSearch("Drawings", "type:png"))
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: searches(program) == {"PNG": 3}, timeout=WAIT_MS)
    menu.deleteLater()
    window.saved.delete(SavedSearch("PNG", "type:png"))
    qtbot.waitUntil(lambda: searches(program) == {}, timeout=WAIT_MS)
    assert window.navigation._searches.isHidden()
    window.do.undo.trigger()
    qtbot.waitUntil(lambda: searches(program) == {"PNG": 3}, timeout=WAIT_MS)
