"""The recipes for systems that cannot be built here: each as far as it can be tried on this one. Part of make test."""

import importlib.util
import json
import os
import plistlib
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import contents
import notices
import pytest
import smoke_test
import yaml
from drawn_photos import draw
from without_x265 import make_stand_in

from photofinder import __version__

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


@pytest.mark.skipif(shutil.which("makensis") is None, reason="makensis is not installed (package nsis)")
def test_the_windows_installer_compiles(tmp_path):
    payload = tmp_path / "payload"
    (payload / "_internal").mkdir(parents=True)
    for name in ("photofinder.exe", "photofinder-gui.exe", "_internal/library.dll"):
        (payload / name).write_bytes(b"MZ stands in")
    icon = tmp_path / "photofinder.ico"
    from PIL import Image

    Image.new("RGBA", (32, 32)).save(icon)
    made = tmp_path / "photofinder-0.1.0-install.exe"
    values = {"VERSION": __version__, "PAYLOAD": payload, "ICON": icon, "OUT": made, "SIGN": "touch"}
    command = ["makensis", "-V2", "-WX", *(f"-D{name}={value}" for name, value in values.items())]
    told = subprocess.run(
        [*command, PACKAGING / "windows" / "photofinder.nsi"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert made.read_bytes()[:2] == b"MZ"


def test_the_windows_uninstaller_takes_back_what_the_installer_offers():
    script = (PACKAGING / "windows" / "photofinder.nsi").read_text()
    offered = re.findall(r'insertmacro Offer "(.*?)"', script)
    assert offered
    assert re.findall(r'insertmacro Withdraw "(.*?)"', script) == offered
    assert "RequestExecutionLevel user" in script
    assert "HKLM" not in script


def test_the_flatpak_has_no_network_and_writes_to_no_photos():
    manifest = yaml.safe_load((PACKAGING / "linux" / "org.photofinder.PhotoFinder.yml").read_text())
    rights = manifest["finish-args"]
    assert not [right for right in rights if "network" in right]
    assert all(right.endswith(":ro") for right in rights if right.startswith("--filesystem"))
    assert manifest["app-id"] == "org.photofinder.PhotoFinder"


@pytest.mark.skipif(shutil.which("flatpak-builder") is None, reason="flatpak-builder is not installed")
def test_the_flatpak_manifest_is_understood():
    manifest = PACKAGING / "linux" / "org.photofinder.PhotoFinder.yml"
    told = subprocess.run(["flatpak-builder", "--show-manifest", manifest], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    understood = json.loads(told.stdout)
    written = yaml.safe_load(manifest.read_text())
    assert understood["id"] == written.pop("app-id")
    assert understood.keys() - {"id"} == written.keys()  # what it does not know it leaves out
    assert understood["modules"][0].keys() == written["modules"][0].keys()


def test_desktop_names_agree():
    root = ET.parse(PACKAGING / "linux" / "org.photofinder.PhotoFinder.metainfo.xml").getroot()
    assert root.findtext("id") == "org.photofinder.PhotoFinder"
    assert root.find("launchable").text == "photofinder.desktop"
    assert root.find("releases/release").get("version") == __version__
    entry = (PACKAGING / "linux" / "photofinder.desktop").read_text()
    assert "Exec=photofinder-gui %F" in entry
    plistlib.loads((PACKAGING / "macos" / "entitlements.plist").read_bytes())


@pytest.mark.timeout(600)
def test_the_scenario_of_packages_holds_for_the_source(tmp_path):
    """With photos made by rule alone: real photographs are for the packages."""
    figures = tmp_path / "figures.json"
    command = [sys.executable, PACKAGING / "smoke_test.py", "--source", sys.executable, "--starts", "1"]
    told = subprocess.run(
        [*command, "--json", figures],
        env={**os.environ, "PHOTOFINDER_TEST_PHOTOS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert json.loads(figures.read_text())["photos"] == 28
    assert "search in:peru" in told.stdout


def test_the_scenario_notices_wrong_answers(tmp_path):
    drawn = draw(tmp_path / "drawn")
    assert len(drawn.placed) == 7
    assert len(drawn.tiff) == 4

    class Answering:
        """Stands in for a program that gives every query the same hits."""

        def __init__(self, paths, place):
            self.hits = [{"path": str(path), "place": place} for path in paths]

        def ask(self, command, *arguments):
            return {"hits": self.hits}

    for program in (Answering([], None), Answering(drawn.placed, None), Answering(drawn.placed, "Lima, Peru")):
        with pytest.raises(smoke_test.Failed, match="Namche Bazaar"):
            smoke_test.ask_what_is_known(program, drawn, print)


@pytest.mark.skipif(sys.platform == "win32", reason="a script for macOS and Linux")
@pytest.mark.parametrize("script", ["macos/build_dmg.sh", "linux/appimage.sh"])
def test_scripts_are_sound(script):
    told = subprocess.run(["bash", "-n", PACKAGING / script], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")


def test_the_man_page_tells_every_command():
    spec = importlib.util.spec_from_file_location("man_page", PACKAGING / "linux" / "man_page.py")
    man_page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(man_page)
    told = man_page.page()
    for module in sorted((PACKAGING.parent / "photofinder" / "cli").glob("*.py")):
        if "def run(" in module.read_text() and module.stem != "main":
            assert f".B {module.stem.replace('_', '-')}" in told.replace("\\-", "-")
    assert "@COMMANDS@" not in told


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("cc") is None, reason="needs a C compiler of Linux")
def test_heic_is_read_without_x265(tmp_path):
    """pillow-heif with the stand-in in place of x265: photos and their thumbnails decode as before."""
    import pillow_heif
    from PIL import Image

    site = Path(pillow_heif.__file__).parents[1]
    photo = tmp_path / "photo.heic"
    pillow_heif.from_pillow(Image.radial_gradient("L").convert("RGB").resize((640, 480))).save(photo, thumbnails=[160])
    copy = tmp_path / "site"
    for name in ("pillow_heif", "pillow_heif.libs"):
        shutil.copytree(site / name, copy / name)
    shutil.copy2(next(site.glob("_pillow_heif.*")), copy)
    x265 = next((copy / "pillow_heif.libs").glob("libx265*"))
    shutil.copy2(make_stand_in(x265, tmp_path / "made"), x265)
    assert x265.stat().st_size < 100_000
    look = (
        "import json, sys, pillow_heif; heif = pillow_heif.HeifFile(open(sys.argv[1], 'rb'));"
        "print(json.dumps([pillow_heif.__file__, heif[0].to_pillow().resize((4, 4)).tobytes().hex(),"
        " heif[0].get_thumbnail(0).size]))"
    )
    answers = []
    for folder in (copy, site):
        told = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {look}", photo],
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        answers.append(json.loads(told.stdout))
    assert answers[0][0].startswith(str(copy))
    assert answers[0][1:] == answers[1][1:]


def test_left_out_of_the_bundle():
    for name in ("_internal/PySide6/Qt/lib/libQt6Quick.so.6", "_internal/PySide6/translations/qt_de.qm"):
        assert contents.is_unused(name)
    for name in (
        "_internal/PySide6/Qt/lib/libQt6Widgets.so.6",
        "_internal/PySide6/Qt/plugins/platforms/libqxcb.so",
        "_internal/PySide6/Qt/plugins/imageformats/libqjpeg.so",
        "_internal/onnxruntime/capi/onnxruntime_pybind11_state.so",
    ):
        assert not contents.is_unused(name)


def test_every_dependency_is_collected():
    project = tomllib.loads((PACKAGING.parent / "pyproject.toml").read_text())["project"]
    asked = {re.match(r"[\w-]+", line)[0] for line in project["dependencies"]}
    assert set(contents.requirements()) == asked
    for name in asked:
        assert contents.import_names(name), name
        assert "test" not in contents.import_names(name), name  # which would be all of Python's own


def test_every_dependency_has_a_licence_that_may_come_along():
    for work in notices.frozen_distributions():
        assert notices.refused(notices.licence_of(work)) == [], work.metadata["Name"]
        assert any(notices.licence_texts(work)), work.metadata["Name"]


def test_libraries_that_nothing_refers_to_go():
    refer = {"a": ["b"], "b": ["c"], "c": ["b"], "x": ["y"], "y": []}
    assert contents.still_needed({name: name for name in refer}, ["a", "not ours"], refer.__getitem__) == {
        "a",
        "b",
        "c",
    }
