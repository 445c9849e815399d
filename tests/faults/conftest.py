"""What all tests of faults share: a few real photos, and the promise that no original is ever changed."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import Locations, locations

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
