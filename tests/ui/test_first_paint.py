"""The mark that packages' tests wait for: written when the program has painted, and the end of it."""

import os
import subprocess
import sys
import time

import pytest


def run(tmp_path, entry="window", **more):
    start = f"import sys; from photofinder.__main__ import {entry}; sys.exit({entry}())"
    return subprocess.run(
        [sys.executable, "-c", start, "--library", str(tmp_path / "library")],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_window_leaves_a_mark_and_ends(tmp_path):
    mark = tmp_path / "painted"
    began = time.time()
    done = run(tmp_path, PHOTOFINDER_PAINTED=str(mark))
    assert done.returncode == 0, done.stderr
    assert began <= float(mark.read_text()) <= time.time()


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="there is always a display")
@pytest.mark.parametrize("entry", ["window", "main"])
def test_window_says_that_there_is_no_display(tmp_path, entry):
    done = run(tmp_path, entry, QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY="")
    assert done.returncode == 1
    assert "no display" in done.stderr
    assert not (tmp_path / "library").exists()
