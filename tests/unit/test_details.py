"""What the inspector says, in words."""

from datetime import datetime

import pytest

from photofinder.core.types import Gps, Taken, TakenSource
from photofinder.library import details


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1 / 250, "1/250 s"),
        (1 / 8000, "1/8000 s"),
        (0.25, "1/4 s"),
        (0.6, "0.6 s"),
        (1.0, "1 s"),
        (2.5, "2.5 s"),
        (30, "30 s"),
    ],
)
def test_exposure_as_cameras_write_it(seconds, said):
    assert details.exposure_time(seconds) == said


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (12_345_678, "12.3 MB"),
        (999_499, "999 kB"),
        (999_999, "1 MB"),
        (3_000_000_000_000_000, "3e+03 TB"),
    ],
)
def test_sizes_change_unit_before_they_get_long(size_bytes, said):
    assert details.file_size(size_bytes) == said


def test_values_are_worded():
    assert details.aperture(2.8) == "f/2.8"
    assert details.aperture(11.0) == "f/11"
    assert details.dimensions(4000, 3000) == "4000 \u00d7 3000 (12 MP)"
    assert details.dimensions(640, 480) == "640 \u00d7 480 (0.3 MP)"
    assert details.degrees(Gps(48.20817, 16.37382)) == "48.20817° N, 16.37382° E"
    assert details.degrees(Gps(-33.85, -151.2)) == "33.85000° S, 151.20000° W"
    assert details.stars(3) == "★★★☆☆"
    taken = Taken(datetime.fromisoformat("2018-11-24T10:14:22"), -150, TakenSource.EXIF_ORIGINAL)
    assert details.when(taken).endswith("24 Nov 2018, 10:14:22 UTC-02:30")


def test_a_place_is_told_with_how_far_it_is():
    told = details.place(Gps(27.8045, 86.7140, None))
    assert told.startswith("Namche Bazaar, ")
    assert "Nepal; " in told
    assert told.endswith(" km from the centre")
    spandau = details.place(Gps(52.55406, 13.24117, None))
    assert spandau == "Berlin, State of Berlin, Germany; 12 km from the centre", "not from the middle of the quarter"
    assert details.place(Gps(-40.0, -120.0, None)).startswith("At sea")
