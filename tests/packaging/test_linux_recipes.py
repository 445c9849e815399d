"""The AppImage's folder and the Flatpak's, laid out by their recipes: linted, and run from there."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from tests.packaging.conftest import REPOSITORY

LINUX = REPOSITORY / "packaging" / "linux"
pytestmark = [
    pytest.mark.package,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="recipes for Linux"),
]


def tell(*command, **options):
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **options)


def smoke(program, tmp_path):
    """The scenario, without photographs and with few starts."""
    command = [sys.executable, REPOSITORY / "packaging" / "smoke_test.py", "--program", program, "--starts", "1"]
    return tell(*command, env={**os.environ, "PHOTOFINDER_TEST_PHOTOS": str(tmp_path / "none")})


def lint(share):
    """What the linters say of desktop entry and metadata."""
    for command, found in (
        (["desktop-file-validate"], sorted(share.glob("applications/*.desktop"))),
        (["appstreamcli", "validate", "--no-net"], sorted(share.glob("metainfo/*.xml"))),
    ):
        assert found
        told = tell(*command, *found)
        assert told.returncode == 0, told.stdout + told.stderr


def test_the_folder_of_the_appimage(frozen, tmp_path):
    done = tell("bash", LINUX / "appimage.sh", "--folder-only")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "mounted"
    (REPOSITORY / "build" / "PhotoFinder.AppDir").rename(folder)
    lint(folder / "usr" / "share")
    assert (folder / ".DirIcon").read_bytes()[:4] == b"\x89PNG"
    icons = {path.stem for path in folder.glob("*.png")}
    assert f"Icon={icons.pop()}" in (folder / "photofinder.desktop").read_text()
    program = tmp_path / "program"  # both programs by way of AppRun, as from a mounted image
    program.mkdir()
    for name in ("photofinder", "photofinder-gui"):
        (program / name).write_text(f'#!/bin/sh\nexec "{folder}/AppRun" "$@"\n')
        (program / name).chmod(0o755)
    run = smoke(program, tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_folder_of_the_flatpak(frozen, tmp_path):
    """The manifest's commands, with another folder for /app."""
    recipe = yaml.safe_load((LINUX / "org.photofinder.PhotoFinder.yml").read_text())["modules"][0]
    built = tmp_path / "build"
    built.mkdir()
    for source in recipe["sources"]:
        path = LINUX / source["path"]
        if source["type"] == "dir":
            (built / source["dest"]).symlink_to(path.resolve(), target_is_directory=True)
        else:
            shutil.copy2(path, built)
    app = tmp_path / "app"
    for written in recipe["build-commands"]:
        command = re.sub(r"/app(?=/|\s|$)", str(app), written).replace("cp -a program", "cp -aH program")
        done = tell("sh", "-ec", command, cwd=built)
        assert done.returncode == 0, (command, done.stderr)
    lint(app / "share")
    assert (app / "share" / "icons" / "hicolor" / "48x48" / "apps" / "photofinder.png").is_file()
    run = smoke(app / "bin", tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
