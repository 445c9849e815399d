"""Fixtures that many tests share."""

import importlib.util
import os
from pathlib import Path

import pytest

CORPUS = "PHOTOFINDER_TEST_PHOTOS"

if importlib.util.find_spec("PySide6") is None:  # all but the window is to work without Qt, and to be tested so
    _with_window = ("e2e/test_window.py", "faults/test_processes.py", "unit/test_bench_frame.py")
    collect_ignore = ["ui", "packaging", *_with_window]

    def pytest_addoption(parser):
        """pytest-qt cannot be there without a Qt either: what pyproject.toml sets for it is then unknown."""
        for name in ("qt_api", "qt_log_level_fail", "qt_log_ignore"):
            parser.addini(name, "has no meaning here")


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    """No test touches the user's own library, bundles or caches."""
    home = tmp_path_factory.mktemp("home")
    for variable, folder in (("XDG_DATA_HOME", "data"), ("XDG_CACHE_HOME", "cache"), ("LOCALAPPDATA", "local")):
        monkeypatch.setenv(variable, str(home / folder))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("PHOTOFINDER_BUNDLE_SOURCE", raising=False)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real photographs with ground truth."""
    folder = os.environ.get(CORPUS)
    if not folder:
        pytest.skip(f"{CORPUS} does not name the folder of test photographs")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def samples() -> Path:
    """A folder of real photographs that comes with scikit-image: a cat, a cup of coffee, a rocket and others."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("scikit-image, whose sample photographs are used, is not installed (pip install '.[demo]')")
    return Path(spec.submodule_search_locations[0]) / "data"
