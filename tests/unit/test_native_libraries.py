"""Native libraries that are loaded together must not break each other, in whatever order they come."""

import itertools
import subprocess
import sys

import pytest

LIBRARIES = ("usearch.index", "onnxruntime", "rawpy", "pillow_heif")


@pytest.mark.parametrize("first", LIBRARIES)
def test_any_library_may_come_first(first):
    rest = [name for name in LIBRARIES if name != first]
    for order in itertools.permutations(rest):
        done = subprocess.run(
            [sys.executable, "-c", f"import {first}, {', '.join(order)}"], capture_output=True, check=False
        )
        assert done.returncode == 0, (first, order, done.returncode, done.stderr[-500:])
