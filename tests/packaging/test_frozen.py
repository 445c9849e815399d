"""The frozen program: it holds what the source imports, nothing that may not be there, and it works."""

import json
import os
import subprocess
import sys
import tarfile

import contents
import notices
import pytest

from tests.packaging.conftest import REPOSITORY

pytestmark = [pytest.mark.package, pytest.mark.timeout(900)]
LIMIT_MB = 370
"""With the libraries of the building system, which the Debian package leaves to Debian."""
OTHER_SYSTEMS = {"winreg", "msvcrt", "_winapi", "pywintypes", "win32com"}


def test_every_import_of_the_source_is_inside(frozen):
    inside = contents.frozen_modules(frozen)
    missing = {
        name: file
        for name, file in contents.source_imports().items()
        if name not in inside and name.split(".")[0] not in OTHER_SYSTEMS
    }
    assert not missing
    assert contents.own_modules() <= inside


def test_all_resources_are_inside(frozen):
    source = REPOSITORY / "resources"
    inside = frozen / "_internal" / "photofinder" / "resources"
    wanted = {path.relative_to(source): path.stat().st_size for path in source.rglob("*") if path.is_file()}
    assert wanted
    assert {path.relative_to(inside): path.stat().st_size for path in inside.rglob("*") if path.is_file()} == wanted


def test_unused_parts_are_outside(frozen):
    names = [path.relative_to(frozen).as_posix() for path in frozen.rglob("*")]
    assert not [name for name in names if contents.is_unused(name)]
    for part in ("Qml", "Quick", "WebEngine", "Designer", "/torch/", "/scipy/", "/translations/"):
        assert not [name for name in names if part in name], part
    assert not [path for path in frozen.rglob("*") if path.is_symlink() and not path.exists()]


def test_no_licence_that_was_not_thought_about(frozen):
    assert notices.check(frozen) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the tool that is compared with is of Unix")
def test_size(frozen):
    told = subprocess.run(["du", "-sk", "--apparent-size", frozen], capture_output=True, text=True, check=True)
    assert int(told.stdout.split()[0]) * 1024 / 1e6 <= LIMIT_MB


def test_scenario(frozen, tmp_path):
    """Index, search, similar, doctor, window; no network. From a folder whose name is no plain ASCII."""
    place = tmp_path / "Fotos à moi 日本"
    place.symlink_to(frozen, target_is_directory=True)
    figures = tmp_path / "figures.json"
    command = [sys.executable, REPOSITORY / "packaging" / "smoke_test.py", "--program", place, "--json", figures]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(figures.read_text())["photos"] >= 10


@pytest.mark.skipif(sys.platform != "linux", reason="the tarball is for Linux")
def test_the_tarball_runs_where_it_is_unpacked(tmp_path):
    made = sorted((REPOSITORY / "build" / "dist").glob("photofinder-linux-*.tar.xz"))
    assert len(made) == 1, "make package first"
    with tarfile.open(made[0]) as archive:
        archive.extractall(tmp_path, filter="data")
    command = [sys.executable, REPOSITORY / "packaging" / "smoke_test.py", "--program", tmp_path / "photofinder"]
    without_photographs = {**os.environ, "PHOTOFINDER_TEST_PHOTOS": str(tmp_path / "none")}
    done = subprocess.run(
        [*command, "--starts", "1"], env=without_photographs, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
