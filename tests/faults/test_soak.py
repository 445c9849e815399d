"""Hours of use leave nothing behind in the process."""

import sys

import pytest

from bench.faults.soak import GROWTH_GOAL_BYTES, QUICK_STEPS, soaked


@pytest.mark.faults
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_forty_minutes_of_use_leave_nothing_behind(samples, tmp_path):
    usage = soaked(tmp_path / "soak", QUICK_STEPS, seed=3)
    assert usage.growth("descriptors") <= 0, usage.descriptors
    assert usage.growth("threads") <= 0, usage.threads
    assert usage.growth("rss_bytes") <= GROWTH_GOAL_BYTES, usage.rss_bytes
