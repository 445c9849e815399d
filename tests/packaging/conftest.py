"""Tests of what `make package` has built in build/; without it they fail and say so."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def frozen() -> Path:
    """The frozen program's folder."""
    folder = REPOSITORY / "build" / "frozen" / "photofinder"
    assert folder.is_dir(), "make package first"
    return folder


@pytest.fixture(scope="session")
def deb() -> Path:
    """The Debian package."""
    found = sorted((REPOSITORY / "build" / "dist").glob("photofinder_*.deb"))
    assert len(found) == 1, "make package first"
    return found[0]
