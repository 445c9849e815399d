"""The Debian package, by Debian's own tools; as root it is installed, run and removed as well."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.conftest import REPOSITORY

pytestmark = [
    pytest.mark.package,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="this system has no Debian packages"),
]
LIMIT_KIB = 350e6 / 1024


def tell(*command, check=True):
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=check)


def test_fields(deb):
    fields = dict(
        line.split(": ", 1)
        for line in tell("dpkg-deb", "--field", deb).stdout.splitlines()
        if ": " in line and not line.startswith(" ")
    )
    assert fields["Package"] == "photofinder"
    assert int(fields["Installed-Size"]) <= LIMIT_KIB
    depends = {part.split()[0] for part in fields["Depends"].split(", ")}
    assert {"libc6", "libxcb-cursor0", "libegl1", "libsqlite3-0"} <= depends


def test_files(deb):
    names = {line.split()[5].removeprefix("./") for line in tell("dpkg-deb", "--contents", deb).stdout.splitlines()}
    for name in (
        "usr/bin/photofinder",
        "usr/bin/photofinder-gui",
        "usr/share/applications/photofinder.desktop",
        "usr/share/metainfo/org.photofinder.PhotoFinder.metainfo.xml",
        "usr/share/man/man1/photofinder.1.gz",
        "usr/share/icons/hicolor/48x48/apps/photofinder.png",
        "usr/share/icons/hicolor/scalable/apps/photofinder.svg",
        "usr/share/doc/photofinder/copyright",
    ):
        assert name in names, name


def test_lintian_has_no_errors(deb):
    told = tell("lintian", "--allow-root", "--fail-on", "error", deb, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_its_desktop_entries_are_valid(deb, tmp_path):
    tell("dpkg-deb", "--extract", deb, tmp_path)
    share = tmp_path / "usr" / "share"
    told = tell("desktop-file-validate", *share.glob("applications/*.desktop"), check=False)
    assert (told.returncode, told.stdout) == (0, "")
    told = tell("appstreamcli", "validate", "--no-net", *share.glob("metainfo/*.xml"), check=False)
    assert told.returncode == 0, told.stdout
    told = tell("man", "--warnings", "--local-file", *share.glob("man/man1/photofinder.1.gz"), check=False)
    assert (told.returncode, told.stderr) == (0, "")
    assert "bundles install" in told.stdout


def own_files() -> set[Path]:
    """Everything below the folders that packages write to."""
    places = ("/usr", "/etc", "/var/lib", "/opt")
    return {Path(folder) / name for place in places for folder, _, names in os.walk(place) for name in names}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="installing needs root")
def test_install_run_remove(deb):
    if shutil.which("photofinder", path="/usr/bin"):
        pytest.skip("PhotoFinder is installed on this system, and is not for a test to remove")
    before = own_files()
    try:
        installed = tell("dpkg", "-i", deb, check=False)
        assert installed.returncode == 0, installed.stderr
        command = [sys.executable, REPOSITORY / "packaging" / "smoke_test.py", "--program", "/usr/bin"]
        run = tell(*command, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
    finally:
        removed = tell("dpkg", "-r", "photofinder", check=False)
    assert removed.returncode == 0, removed.stderr
    left = {path for path in own_files() - before if "photofinder" in str(path).casefold()}
    assert {path for path in left if "dpkg/info" not in str(path)} == set()
    assert not Path("/usr/lib/photofinder").exists()
