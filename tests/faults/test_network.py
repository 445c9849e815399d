"""Nothing leaves this computer: only `bundles install` tries to."""

import sys

import pytest

from bench.faults.home import own_home
from bench.faults.network import acts, namespace, strangers, watched


@pytest.fixture
def jpegs(tmp_path, samples):
    from bench.faults.photos import make_photos

    make_photos(tmp_path / "photos", 6)
    return tmp_path / "photos"


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's network counters")


def check(tmp_path, jpegs, names=None):
    with own_home(tmp_path / "own home"):
        for name, act in acts(tmp_path / "library", jpegs).items():
            if names is None or name in names:
                attempts = watched(*act)
                assert attempts.code == 0, name
                assert attempts.count == 0, (name, attempts)
    assert strangers(tmp_path / "own home") == [], "a library underneath keeps files of its own, perhaps to send them"


@linux
def test_indexing_and_searching_try_no_connection_and_installing_a_bundle_is_seen_to(tmp_path, jpegs):
    check(tmp_path, jpegs, {"index", "search"})
    install = watched("bundles", "install", "siglip2-base-224")
    assert install.code == 1
    assert any("huggingface" in tried for tried in install.by_python), install
    if namespace():
        assert install.by_kernel, "the kernel counts what is tried"


@linux
@pytest.mark.faults
@pytest.mark.timeout(600)
def test_nothing_else_tries_a_connection_the_window_neither(tmp_path, jpegs):
    check(tmp_path, jpegs)
