"""Searches that the bundled encoder cannot answer alone, on real photos: a place or a date helps."""

import csv

import pytest

from bench.query.seed import BRIDGES, FLAGS, QUERIES, Asked, ranks_of
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.search import search

pytestmark = pytest.mark.corpus

FIRST_ROW = 5
"""Photos in a row of the grid at its usual size."""


@pytest.fixture(scope="module")
def photos(corpus):
    return corpus.resolve() / "library"


@pytest.fixture(scope="module")
def library(photos, tmp_path_factory):
    with Library(locations(tmp_path_factory.mktemp("seed")), create=True) as library:
        index(library, [photos])
        yield library


@pytest.fixture(scope="module")
def labels(photos):
    with (photos.parent / "labels.csv").open(encoding="utf-8") as file:
        return {str(photos / row["path"]): row for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    "asked",
    [Asked("prayer flags in:nepal date:2023-11-04", FLAGS), Asked("suspension bridge folder:London", BRIDGES)],
    ids=lambda asked: asked.words,
)
def test_a_place_and_a_date_bring_a_right_photo_into_the_first_row(library, photos, asked):
    assert asked in QUERIES, "the guide tells of it"
    (first, *_), _ = ranks_of(library, photos, asked)
    assert first <= FIRST_ROW
    alone, _ = ranks_of(library, photos, Asked(" ".join(asked.words.split()[:2]), asked.right))
    assert alone[0] > FIRST_ROW, "words alone do it now: tell so in the guide"


def test_mountains_near_a_village(library, labels):
    hits = search(library, 'mountain near:"Namche Bazaar" within 15km', 100).hits
    rows = [labels[hit.photo.path] for hit in hits]
    assert len(rows) > 20
    assert all(abs(float(row["lat"]) - 27.805) < 0.14 and abs(float(row["lon"]) - 86.714) < 0.16 for row in rows)
    words = ("mountain", "peak", "Ama Dablam", "ridge", "range")
    assert all(any(word in row["captions"] for word in words) for row in rows[:FIRST_ROW])


def test_snow_of_a_country_and_a_year(library, labels):
    hits = search(library, "snow in:nepal date:2023", 200).hits
    rows = [labels[hit.photo.path] for hit in hits]
    assert len(rows) > 50
    assert all(row["datetime_original"].startswith("2023") and 26 < float(row["lat"]) < 31 for row in rows)
    assert sum(any(word in row["captions"] for word in ("snow", "peak", "glacier")) for row in rows[:FIRST_ROW]) >= 3
