"""Degrees to names: how soon the tables are there, how long a million photos take, how many countries are right."""

import csv
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.rows import Row, Settings
from photofinder.library import places

MILLION = 1_000_000


def geotagged(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Made-up photos around the towns of the earth, more around large ones; degrees."""
    random = np.random.default_rng(0)
    lat, lon, people, _ = places.gazetteer().labels()
    weights = (people + 300.0) ** 0.7
    towns = random.choice(len(lat), size=count, p=weights / weights.sum())
    return lat[towns] + random.normal(0, 0.04, count), lon[towns] + random.normal(0, 0.04, count)


def measure(settings: Settings) -> Iterator[Row]:
    """Rows named place."""
    ask = "from photofinder.library import places as p; import time; b = time.perf_counter(); "
    ask += "p.gazetteer().nearest(27.8, 86.7); m = time.perf_counter(); p.gazetteer().find('namche'); "
    ask += "print(m - b, time.perf_counter() - m)"
    answers = [
        subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True).stdout.split()
        for _ in range(3)
    ]
    first_ms, name_ms = (min(float(answer[part]) for answer in answers) * 1e3 for part in (0, 1))
    yield Row("place first place of a process", first_ms, "ms", detail="loads towns and borders; best of 3")
    yield Row("place first name of a process", name_ms, "ms", detail="loads 700,000 spellings; best of 3")
    count = 50_000 if settings.quick else MILLION
    lat, lon = geotagged(count)
    began, used = time.perf_counter(), time.thread_time()
    places.gazetteer().locate(lat, lon)
    used_s = time.thread_time() - used
    yield Row(
        "place photos located", count / (time.perf_counter() - began), "/s", detail=f"{count:,}; CPU {used_s:.1f} s"
    )
    corpus = os.environ.get("PHOTOFINDER_TEST_PHOTOS")
    if corpus:
        yield from _corpus(Path(corpus) / "labels.csv")


def _corpus(labels: Path) -> Iterator[Row]:
    """How far the nearest town is from each labelled photo; the test suite says whether countries are right."""
    with labels.open(encoding="utf-8") as file:
        photos = [row for row in csv.DictReader(file) if row["gps"] == "1"]
    located = places.gazetteer().locate(*(np.array([float(row[key]) for row in photos]) for key in ("lat", "lon")))
    named = sum(bool(place.name and place.country_code) for place in located)
    yield Row("place photos with town and country", named / len(photos), at_least=1, detail=f"{len(photos)} photos")
    yield Row("place median distance to the town", float(np.median(located.distance_km)), "km")
