"""A quick selection of `python -m bench faults`: damaged photos of every format, thousands there, some here."""

import random

import pytest

from bench.faults import fuzz
from photofinder.core.errors import FailureKind


def test_damaged_photos_do_no_harm(tmp_path):
    found = fuzz.sources(None)
    assert set(found) == {"JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF", "JPEG2000"}
    tallies = fuzz.tried(found, tmp_path, 11, seed=1)
    assert sum(tally.tried for tally in tallies.values()) == 99
    assert sum(tally.decoded for tally in tallies.values()) > 5  # not everything is refused at the door
    assert sum(tally.kinds.total() for tally in tallies.values()) > 20
    for name, tally in tallies.items():
        assert tally.changed == 0, name
        assert tally.kinds[FailureKind.TOO_SLOW] == 0, name
        if name in {"JPEG", "PNG", "WEBP", "GIF", "BMP"}:  # decoded in the program's own process
            assert not tally.crashers, name


@pytest.mark.corpus
def test_damaged_real_photos_do_no_harm(tmp_path, corpus):
    found = {name: some for name, some in fuzz.sources(corpus).items() if name in {"RAW", "PSD", "HEIF", "JPEG"}}
    for name, tally in fuzz.tried(found, tmp_path, 8, seed=2).items():
        assert (tally.tried, tally.changed, tally.kinds[FailureKind.TOO_SLOW]) == (8, 0, 0), name


def test_the_same_seed_does_the_same_damage():
    content = bytes(range(256)) * 20
    made = [fuzz.damaged(content, content, random.Random(7)) for _ in range(2)]
    assert made[0] == made[1] != content
