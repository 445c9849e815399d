"""From degrees to names and from names to degrees, with the bundled table of places (GeoNames, Natural Earth)."""

import functools
import threading
from bisect import bisect_left
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from photofinder.core.mercator import EARTH_KM, chord_km, sphere
from photofinder.core.place import Place, PlaceKind
from photofinder.places.borders import SEA, Borders
from photofinder.places.folding import folded
from photofinder.places.nearest import NearestOf, leaf_order
from photofinder.places.tables import PER_DEGREE, Lines, load

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TRUSTED_KM = 0.5
"""This near to its middle one is in a town, whatever the border, which is known to some hundred metres, says."""
SHORE_KM = 2.0
"""What the map's coast may be off, and how far out is still the beach or the harbour."""
TERRITORIAL_KM = 22.2
"""Twelve nautical miles."""
ALONE_KM = 500.0
"""On land and further than this from every town, as in the Antarctic: then the country alone is told."""
_SAME = 10_000
"""Photos of one spot are looked up once: a spot is 1/10,000 of a degree."""


class Located:
    """Where points lie, in columns as long as the points. Indexing gives a `Place`.

    `rows` of the table (-1: no town), numbers of `countries` (-1: none), `distance_km` to the town, `at_sea`.
    """

    def __init__(
        self, gazetteer: "Gazetteer", rows: Ints, countries: Ints, distance_km: Floats, at_sea: NDArray[np.bool_]
    ) -> None:
        self._gazetteer = gazetteer
        self.rows, self.countries, self.distance_km, self.at_sea = rows, countries, distance_km, at_sea

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Place]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int) -> Place:
        return self._gazetteer.described(
            int(self.rows[number]),
            int(self.countries[number]),
            float(self.distance_km[number]),
            at_sea=bool(self.at_sea[number]),
        )


class Gazetteer:
    """The table of places. Loads what it needs when it is first asked; immutable from then on; any thread.

    Raises EnvironmentProblem if the bundled tables cannot be read.
    """

    def __init__(self) -> None:
        self._loading = threading.RLock()

    # --- from degrees to names

    def nearest(self, latitude: float, longitude: float) -> Place:
        """Where one point lies."""
        return self.locate(np.array([latitude]), np.array([longitude]))[0]

    def locate(self, lat: Floats, lon: Floats) -> Located:
        """Where points (degrees, both (n,)) lie: the country by its borders, in it the nearest populated place.

        Quarters count as their city; the distance is the one to the quarter. The nearest town on the other side of a
        border does not count. Overseas parts that the map gives to their country have the code that their towns have (a
        photo on Réunion is in RE). Off the coast a point belongs to the nearest town's country as far as territorial
        waters go.
        """
        down, across = (np.round(np.asarray(degrees, np.float64) * _SAME).astype(np.int64) for degrees in (lat, lon))
        spots, back = np.unique(down * 10**8 + across + 5 * 10**7, return_inverse=True)
        down = spots // 10**8
        found = self._locate(down / _SAME, (spots - down * 10**8 - 5 * 10**7) / _SAME)
        rows, countries, distance_km, at_sea = found
        return Located(self, rows[back], countries[back], distance_km[back], at_sea[back])

    def _locate(self, lat: Floats, lon: Floats) -> tuple[Ints, Ints, Floats, NDArray[np.bool_]]:
        points = sphere(lat, lon)
        rows, chords = self._tree(points)
        country = self._borders.countries(lat, lon).astype(np.int64)
        owner = self._table["country"][rows].astype(np.int64)
        at_sea = country == SEA
        trusted = chords < TRUSTED_KM / EARTH_KM
        nobodys = country == len(self._codes) - 1
        country = np.where(trusted | nobodys | (self._without_area[owner] & ~at_sea), owner, country)
        for number in np.unique(country[(country != owner) & ~at_sea]):
            which = np.flatnonzero((country == number) & (owner != number))
            among, tree = self._tree_of(int(number))
            if tree is None:
                rows[which] = -1
            else:
                row, chords[which] = tree(points[which])
                rows[which] = among[row]
        off = np.flatnonzero(at_sea)
        far = chords[off] > SHORE_KM / EARTH_KM
        at_sea[off] = far & ~self._borders.has_near(lat[off], lon[off], SHORE_KM)
        waters = ~at_sea[off] | (chords[off] < TERRITORIAL_KM / EARTH_KM)
        country[off] = np.where(waters, owner[off], SEA)
        rows[~at_sea & (chords > ALONE_KM / EARTH_KM)] = -1
        return np.where(rows < 0, -1, self._table["whole"][rows]), country, chord_km(chords), at_sea

    def described(self, row: int, country: int, distance_km: float = 0.0, *, at_sea: bool = False) -> Place:
        """A row of the table (-1: no town) in a country (-1: none), in words."""
        code, land = (self._codes[country], self._countries[country]) if country >= 0 else ("", "")
        if row < 0:
            return Place("", "", land, code, 0.0, 0.0, 0, 0.0, at_sea)
        region = self._region_names[int(self._table["region"][row])] if country >= 0 else ""
        return Place(
            self._names[row],
            region,
            land,
            code,
            float(self._table["lat"][row]) / PER_DEGREE,
            float(self._table["lon"][row]) / PER_DEGREE,
            int(self._table["people"][row]),
            distance_km,
            at_sea,
        )

    # --- from names to degrees

    def find(self, name: str, limit: int = 20) -> list[Place]:
        """Places of this name, in any spelling known, most likely first: countries, regions, then by inhabitants.

        "Paris, Texas" and "Paris, FR" narrow it down by region or country. If nothing is called so, the largest towns
        whose names begin so.
        """
        parts = [part for part in (folded(part) for part in name.split(",")) if part]
        if not parts:
            return []
        first, rest = parts[0], parts[1:]
        found = self._lands(first) + self._towns(first) or self.complete(first, limit)
        for part in rest:
            found = [place for place in found if part in self._words_around(place)]
        return found[:limit]

    def complete(self, start: str, limit: int = 10) -> list[Place]:
        """Towns whose name, in some spelling, begins so: the largest."""
        key = folded(start)
        if not key:
            return []
        low, high = (bisect_left(self._keys, bound) for bound in (key, key + "\U0010ffff"))
        rows = np.unique(self._key_rows[low:high])
        largest = rows[np.argsort(-self._table["people"][rows].astype(np.int64), kind="stable")[:limit]]
        return [self._town(int(row)) for row in largest]

    def country_code(self, name: str) -> str | None:
        """The ISO code of a country by its name, another name or a code."""
        number = self._lands_by_name.get(folded(name))
        return None if number is None else self._codes[number]

    def country_name(self, code: str) -> str:
        """A country's name by its code; the code itself if it is not known."""
        return self._countries[self._codes.index(code)] if code in self._codes else code

    def _town(self, row: int) -> Place:
        return self.described(row, int(self._table["country"][row]))

    def _towns(self, key: str) -> list[Place]:
        low, high = (bisect_left(self._keys, bound) for bound in (key, key + "\0"))
        rows = np.unique(self._key_rows[low:high])
        order = np.argsort(-self._table["people"][rows].astype(np.int64), kind="stable")
        return [self._town(int(row)) for row in rows[order]]

    def _lands(self, key: str) -> list[Place]:
        found = list[Place]()
        if (number := self._lands_by_name.get(key)) is not None:
            found.append(self._whole(self._table["country"] == number, "", number, PlaceKind.COUNTRY))
        regions = [
            self._whole(self._table["region"] == region, self._region_names[region], number, PlaceKind.REGION)
            for region in self._regions_by_name.get(key, ())
            if (number := int(self._table["region_countries"][region])) >= 0
        ]
        return found + sorted(regions, key=lambda place: -place.population)

    def _whole(self, inside: NDArray[np.bool_], region: str, country: int, kind: PlaceKind) -> Place:
        """A region or country. It lies where its capital or largest town does."""
        rows = np.flatnonzero(inside)
        people = self._table["people"][rows].astype(np.int64)
        name, total = region or self._countries[country], int(people.sum())
        if not len(rows):
            return Place(name, region, self._countries[country], self._codes[country], 0.0, 0.0, 0, kind=kind)
        main = rows[np.argmax(people + (self._table["capital"][rows] * 10**10 if kind is PlaceKind.COUNTRY else 0))]
        lat, lon = (float(self._table[key][main]) / PER_DEGREE for key in ("lat", "lon"))
        return Place(name, region, self._countries[country], self._codes[country], lat, lon, total, kind=kind)

    def _words_around(self, place: Place) -> set[str]:
        names = {folded(place.region), folded(place.country), place.country_code.lower()}
        number = self._codes.index(place.country_code) if place.country_code else -1
        return names | {name for name, land in self._lands_by_name.items() if land == number}

    # --- for the map

    def labels(self) -> tuple[Floats, Floats, Ints, NDArray[np.bool_]]:
        """All towns, for a map to choose from: latitude, longitude, inhabitants, whether capital of a country."""
        table = self._table
        people = table["people"].astype(np.int64)
        return table["lat"] / PER_DEGREE, table["lon"] / PER_DEGREE, people, table["capital"].astype(np.bool_)

    def name(self, row: int) -> str:
        """The name of a row of `labels`."""
        return self._names[row]

    # --- what is loaded when it is needed

    @functools.cached_property
    def _table(self) -> dict[str, NDArray[np.int32]]:
        with self._loading:
            return load("places")

    @functools.cached_property
    def _names(self) -> Lines:
        return Lines(self._table["names"].view(np.uint8))

    @functools.cached_property
    def _region_names(self) -> list[str]:
        return Lines(self._table["region_names"].view(np.uint8)).all()

    @functools.cached_property
    def _codes(self) -> list[str]:
        return Lines(self._table["country_codes"].view(np.uint8)).all()

    @functools.cached_property
    def _countries(self) -> list[str]:
        return Lines(self._table["country_names"].view(np.uint8)).all()

    @functools.cached_property
    def _tree(self) -> NearestOf:
        return NearestOf(sphere(self._table["lat"] / PER_DEGREE, self._table["lon"] / PER_DEGREE))

    @functools.cached_property
    def _borders(self) -> Borders:
        with self._loading:
            return Borders(load("map-10m"), self._codes.index("AQ"))

    @functools.cached_property
    def _without_area(self) -> NDArray[np.bool_]:
        """For each country, whether the map gives its land to another, as it does with overseas departments."""
        without = np.ones(len(self._codes), np.bool_)
        without[self._borders.named()] = False
        return without

    @functools.lru_cache(maxsize=64)  # noqa: B019 - a gazetteer lives as long as its process
    def _tree_of(self, country: int) -> tuple[Ints, NearestOf | None]:
        """The rows of one country's towns, and the tree of them; None if it has none."""
        rows = np.flatnonzero(self._table["country"] == country)
        if not len(rows):
            return rows, None
        points = sphere(self._table["lat"][rows] / PER_DEGREE, self._table["lon"][rows] / PER_DEGREE)
        order = leaf_order(points)
        return rows[order], NearestOf(points[order])

    @functools.cached_property
    def _found_by(self) -> tuple[Lines, NDArray[np.int32]]:
        with self._loading:
            table = load("names")
        return Lines(table["keys"]), table["rows"]

    @property
    def _keys(self) -> Lines:
        return self._found_by[0]

    @property
    def _key_rows(self) -> NDArray[np.int32]:
        return self._found_by[1]

    @functools.cached_property
    def _lands_by_name(self) -> dict[str, int]:
        found = dict[str, int]()
        others = (Lines(self._table[key].view(np.uint8)).all() for key in ("country_others", "country_iso3"))
        for number, (code, name, more, iso3) in enumerate(zip(self._codes, self._countries, *others, strict=True)):
            for key in (*more.split(";"), iso3, code, name):
                if key:
                    found[folded(key)] = number
        return found

    @functools.cached_property
    def _regions_by_name(self) -> dict[str, list[int]]:
        found = dict[str, list[int]]()
        for number, name in enumerate(self._region_names):
            if name:
                found.setdefault(folded(name), []).append(number)
        return found
