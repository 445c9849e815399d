"""Which place stands over a day, and which country over a month."""

import pytest

from photofinder.library import headings
from photofinder.library.library import Library
from photofinder.library.locations import locations

PLACES = {
    1: ("Namche Bazaar", "Koshi", "Nepal", "NP"),
    2: ("Namche Bazaar", "Koshi", "Nepal", "NP"),
    3: ("Lukla", "Koshi", "Nepal", "NP"),
    4: ("Delhi", "Delhi", "India", "IN"),
    5: ("", "", "Mongolia", "MN"),
    6: ("", "", "", ""),  # far out at sea
    7: (None, None, None, None),
}


@pytest.fixture
def library(tmp_path):
    with Library(locations(tmp_path / "library"), create=True) as library:
        connection = library.writer()._connection
        connection.executemany(
            "INSERT INTO photos (id, added_at_ms, decoder_version) VALUES (?, 0, 1)", [(n,) for n in PLACES]
        )
        library.writer().put_places([])
        connection.executemany(
            "UPDATE photos SET place = ?, region = ?, country = ?, country_code = ? WHERE id = ?",
            [(*place, photo_id) for photo_id, place in PLACES.items()],
        )
        yield library


def test_over_a_day_stands_the_town_of_most_of_its_photos(library):
    days = {10: [1, 2, 3, 4, 7], 11: [3, 6, 7], 12: [5], 13: [6, 7], 14: [], 15: [99]}
    expected = {10: "Namche Bazaar", 11: "Lukla", 12: "Mongolia", 13: "", 14: "", 15: ""}
    assert headings.places_of_days(library, days) == expected


def test_over_a_month_stands_the_country_of_half_of_its_photos(library):
    months = {1: [1, 2, 3, 4], 2: [3, 4, 5], 3: [4, 6, 7], 4: [7]}
    assert headings.places_of_months(library, months) == {1: "Nepal", 2: "", 3: "India", 4: ""}
