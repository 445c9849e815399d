"""What all tests of faults share: a few real photos, and the promise that no original is ever changed."""

import _strptime  # noqa: F401 - imported late by datetime, when `humble` may not read the interpreter's folder any more
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import Locations, locations
from tests.faults.persons import become_humble, become_oneself

NAMES = ("chelsea.png", "coffee.png", "rocket.jpg", "horse.png", "page.png", "moon.png")


def hashes(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder, by path; what cannot be read has none. Follows no links."""
    found: dict[str, str] = {}
    for top, _, names in os.walk(os.fsencode(folder)):
        for name in names:
            path = os.path.join(top, name)
            try:
                found[os.fsdecode(path)] = hashlib.sha256(Path(os.fsdecode(path)).read_bytes()).hexdigest()
            except OSError:
                found[os.fsdecode(path)] = "not readable"
    return found


@pytest.fixture
def photos(tmp_path, samples) -> Path:
    """A root with six photographs in two folders."""
    folder = tmp_path / "photos"
    for number, name in enumerate(NAMES):
        inner = folder / ("one", "two")[number % 2]
        inner.mkdir(parents=True, exist_ok=True)
        shutil.copy2(samples / name, inner)
    return folder


@pytest.fixture(autouse=True)
def originals(request, tmp_path):
    """Every file below `photos` is the same after the test, but for those that the test names as its own doing."""
    if "photos" not in request.fixturenames:
        yield set()
        return
    folder = request.getfixturevalue("photos")
    before = hashes(folder)
    changed_by_test: set[Path] = set()
    yield changed_by_test
    own = {str(path) for path in changed_by_test}
    after = hashes(folder)
    assert {p: h for p, h in after.items() if p not in own} == {p: h for p, h in before.items() if p not in own}


@pytest.fixture
def where(tmp_path) -> Locations:
    """A library of its own, not made yet."""
    return locations(tmp_path / "library")


@pytest.fixture
def indexed(where, photos) -> Locations:
    """A library that knows the photos."""
    with Library(where, create=True) as library:
        report = index(library, [photos])
    assert report.added == len(NAMES)
    assert not report.failed
    return where


@pytest.fixture
def small_disk(tmp_path):
    """A function that mounts a disk of so many bytes, to be filled; skips where that is not allowed."""
    mounted = []

    def mount(size_bytes: int) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
        if os.name != "posix" or os.geteuid() or subprocess.run(command, check=False).returncode:
            pytest.skip("a disk that can be filled needs the right to mount one (run as root)")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def humble(samples, monkeypatch):
    """A folder with photos, owned by a user whom permissions hold back, and this process as that user."""
    if os.name != "posix":
        pytest.skip("permissions of this kind are POSIX's")
    top = Path(tempfile.mkdtemp(prefix="photofinder-humble-"))
    for number, name in enumerate(NAMES):
        inner = top / "photos" / ("one", "two")[number % 2]
        inner.mkdir(parents=True, exist_ok=True)
        shutil.copy2(samples / name, inner)
    before = hashes(top / "photos")
    for variable in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(top / "home"))
    become_humble(top)
    yield top
    become_oneself()
    for path in (top, *top.rglob("*")):
        if path.is_dir():
            path.chmod(0o700)
    assert hashes(top / "photos") == before
    shutil.rmtree(top)
