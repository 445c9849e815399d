"""Nothing leaves this computer: only `bundles install` tries to."""

import sys

import pytest

from bench.faults.network import acts, namespace, watched


@pytest.fixture
def jpegs(tmp_path, samples):
    from bench.faults.photos import make_photos

    make_photos(tmp_path / "photos", 6)
    return tmp_path / "photos"


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's network counters")
def test_nothing_but_installing_a_bundle_tries_to_connect(tmp_path, jpegs):
    for name, act in acts(tmp_path / "library", jpegs).items():
        attempts = watched(*act)
        assert attempts.code == 0, name
        assert attempts.count == 0, (name, attempts)
    install = watched("bundles", "install", "siglip2-base-224")
    assert install.code == 1
    assert any("huggingface" in tried for tried in install.by_python), install
    if namespace():
        assert install.by_kernel, "the kernel counts what is tried"
