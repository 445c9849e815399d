"""Where most photos of a day, or of a month, were taken: for the headings over them."""

from collections.abc import Mapping, Sequence
from typing import Final

from photofinder.catalogue import place_counts
from photofinder.library.library import Library

SAMPLED: Final = 256
"""Photos of one heading that are asked: more do not change which place most of them have."""
_LEAST_SHARE: Final = 0.5
"""Of a month's photos that have a place: so many in one country, or none is said."""


def places_of_days(library: Library, samples: Mapping[int, Sequence[int]]) -> dict[int, str]:
    """The town, or else the country, of most photos that have one: by key of `samples`, which names photos.

    Empty where none has any. Give SAMPLED photos each, at most. Any thread; a millisecond each. Raises
    EnvironmentProblem.
    """
    found: dict[int, str] = {}
    for key, ids in samples.items():
        towns = place_counts.of_photos(library.reader, ids)
        best = max(towns, key=lambda town: (town.photos, town.name), default=None)
        found[key] = "" if best is None else best.name or best.region or best.country
    return found


def places_of_months(library: Library, samples: Mapping[int, Sequence[int]]) -> dict[int, str]:
    """As `places_of_days`, the country where at least half of those with a place were taken."""
    found: dict[int, str] = {}
    for key, ids in samples.items():
        countries: dict[str, int] = {}
        for town in place_counts.of_photos(library.reader, ids):
            countries[town.country] = countries.get(town.country, 0) + town.photos
        best = max(countries, key=lambda country: (countries[country], country), default="")
        found[key] = best if countries.get(best, 0) >= _LEAST_SHARE * sum(countries.values()) else ""
    return found
