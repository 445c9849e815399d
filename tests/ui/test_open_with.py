"""Which programs are offered for a photo, and that the chosen one gets it."""

import os
import stat
import sys

import pytest

from photofinder.core.errors import EnvironmentProblem
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.ui.desktop_entries import applications_for
from photofinder.ui.open_with import OpenWith, kinds_of, start
from tests.ui.programs import WAIT_MS, Programs, idle
from tests.ui.viewer_photos import _save

pytestmark = pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="they have no .desktop files")


@pytest.fixture
def desktop(tmp_path, monkeypatch):
    """A desktop of its own: `desktop(name, lines)` installs a program that writes down what it was given."""
    programs, given = tmp_path / "bin", tmp_path / "given"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "system"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("LANG", "C")

    def install(name, code="%F", kinds="image/jpeg;", below="share", **more):
        program = programs / name
        program.write_text(f'#!/bin/sh\nfor each; do echo "{name}: $each" >> "{given}"; done\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        lines = {"Type": "Application", "Name": name.title(), "Exec": f"{name} {code}", "MimeType": kinds} | more
        file = tmp_path / below / "applications" / f"{name}.desktop"
        file.parent.mkdir(parents=True, exist_ok=True)
        text = "# a comment\n[Desktop Entry]\n" + "".join(f"{key}={value}\n" for key, value in lines.items())
        file.write_text(f"{text}\n[Desktop Action new]\nName=New\nExec=false\n", encoding="utf-8")

    install.given = given
    install.config = tmp_path / "config" / "mimeapps.list"
    return install


def names(kind="image/jpeg"):
    return [application.name for application in applications_for([kind])]


def test_programs_that_open_such_photos_are_offered(desktop):
    desktop("viewer")
    desktop("editor", kinds="image/png;image/jpeg")
    desktop("player", kinds="video/mp4;")
    desktop("hidden", NoDisplay="true")
    desktop("lynx", Terminal="true")
    desktop("gone", TryExec="not-installed-anywhere")
    desktop("broken", code='"%F')
    assert names() == ["Editor", "Viewer"]
    assert names("image/png") == ["Editor"]
    assert names("application/pdf") == []


def test_what_the_user_prefers_comes_first_and_what_was_removed_does_not_come(desktop):
    for name in ("a", "b", "c"):
        desktop(name)
    desktop("d", kinds="")
    desktop.config.parent.mkdir()
    desktop.config.write_text(
        "[Default Applications]\nimage/jpeg=c.desktop\n[Added Associations]\nimage/jpeg=d.desktop;\n"
        "[Removed Associations]\nimage/jpeg=a.desktop;\n"
    )
    assert names() == ["C", "D", "B"]


def test_the_users_own_entry_hides_the_systems(desktop):
    desktop("viewer", below="system", Name="Old")
    desktop("viewer", Name="Mine", **{"Name[de]": "Meins"})
    assert names() == ["Mine"]
    desktop("viewer", Hidden="true")
    assert names() == []


def test_names_come_in_the_users_language(desktop, monkeypatch):
    desktop("viewer", **{"Name[de]": "Betrachter"})
    monkeypatch.setenv("LANG", "de_AT.UTF-8")
    assert names() == ["Betrachter"]


def test_command_lines(desktop):
    desktop("all", code="--new %F")
    desktop("each", code="%u")
    desktop("none", code="--title '100%% mine' --icon %i")
    calls = {
        application.name: application.calls(["/a b.jpg", "/c.jpg"]) for application in applications_for(["image/jpeg"])
    }
    assert calls["All"] == [["all", "--new", "/a b.jpg", "/c.jpg"]]
    assert calls["Each"] == [["each", "/a b.jpg"], ["each", "/c.jpg"]]
    assert calls["None"][0] == ["none", "--title", "100% mine", "--icon", "/a b.jpg"]


def test_kinds_of_photos(qapp):
    assert kinds_of("/x/photo.JPG")[0] == "image/jpeg"
    assert "image/heif" in kinds_of("/x/photo.heic")


def test_a_program_that_cannot_be_started_is_told_of(qapp):
    with pytest.raises(EnvironmentProblem, match="could not be started"):
        start(["/nowhere/at/all", "x"])


def test_the_chosen_program_gets_the_photos(qtbot, desktop, tmp_path):
    desktop("viewer")
    folder = tmp_path / "photos"
    folder.mkdir()
    _save(folder / "one two.jpg", 1)
    _save(folder / "three.jpg", 2)
    with Library(locations(tmp_path / "library"), create=True) as library:
        index(library, [folder])
    programs = Programs(tmp_path / "library")
    program = programs.start()
    window = program.window
    qtbot.waitUntil(lambda: idle(program) and len(window.grid.photos.listing) == 2, timeout=WAIT_MS)
    window.grid.select_ids(window.grid.photos.listing.ids)
    window.do.open_with.trigger()
    qtbot.waitUntil(lambda: "open with" in window.dialogs.open, timeout=WAIT_MS)
    dialog = window.dialogs.open["open with"]
    assert [dialog.programs.item(row).text() for row in range(dialog.programs.count())] == ["Viewer"]
    dialog.go.click()
    qtbot.waitUntil(
        lambda: desktop.given.exists() and len(desktop.given.read_text().splitlines()) == 2, timeout=WAIT_MS
    )
    given = sorted(desktop.given.read_text().splitlines())
    assert given == [f"viewer: {folder / 'one two.jpg'}", f"viewer: {folder / 'three.jpg'}"]
    programs.close_all()


def test_any_other_program_can_be_named(qtbot, desktop):
    dialog = OpenWith(["/photos/a.jpg"])
    qtbot.addWidget(dialog)
    assert not dialog.go.isEnabled()
    with qtbot.waitSignal(dialog.commands_chosen) as chosen:
        dialog.use("/opt/editor")
    assert chosen.args == [[["/opt/editor", "/photos/a.jpg"]]]
