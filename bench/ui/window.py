"""The window over a hundred thousand and a million photos."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.core.photos import large_photos
from bench.faults.photos import make_photos
from bench.rows import Row, Settings
from bench.ui.large import MOST_COMPLETE, large_library
from photofinder.library import browse
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import Locations, locations

_START_GOAL_S = {100_000: 1.5, 1_000_000: 2.0}
_MEMORY_GOAL_MB = {100_000: 350.0, 1_000_000: 600.0}
USE_S, QUICK_USE_S = 300.0, 15.0


def measure(settings: Settings) -> Iterator[Row]:
    """Listing, start, memory, search, jumps, inserts; stalls and growth while there is work."""
    counts = (10_000,) if settings.quick else (100_000, 1_000_000)
    for count in counts:
        where = large_library(settings.work, count)
        yield from _listings(where, count)
        yield from _quiet(where, count)
    yield from _busy(settings, counts[0])
    yield from _card(settings)


def _listings(where: Locations, count: int) -> Iterator[Row]:
    with Library(where) as library:
        for name, limit in (("first page of a listing", 500), ("whole listing", None)):
            took_s: list[float] = []
            for _ in range(5):
                began = time.perf_counter()
                browse.listing(library, limit=limit)
                took_s.append(time.perf_counter() - began)
            yield Row(name, statistics.median(took_s) * 1e3, "ms", detail=f"{count:,} photos, by capture time")


def _quiet(where: Locations, count: int) -> Iterator[Row]:
    task = "quiet" if count <= MOST_COMPLETE else "unsearchable"
    runs = [_numbers(task, where) for _ in range(3)]
    found = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    worst = {key: max(run[key] for run in runs) for key in runs[0]}
    detail = f"{count:,} photos, 1280 x 800, median of 3 processes"
    if count > MOST_COMPLETE:
        detail += "; drive unplugged, no embeddings"
    yield Row("process start to painted window", found["painted_s"], "s", _START_GOAL_S.get(count, 1.5), detail=detail)
    yield Row("process start to whole listing", found["whole_s"], "s", detail=detail)
    if "hits_ms" in found:
        worst_ms = f"{detail}; worst {worst['hits_worst_ms']:.0f}"
        yield Row("key press to hits painted", found["hits_ms"], "ms", at_most=120, detail=worst_ms)
    worst_ms = f"{detail}; worst {worst['jump_worst_ms']:.0f}"
    yield Row("scroll to an unseen page, painted", found["jump_ms"], "ms", at_most=150, detail=worst_ms)
    worst_ms = f"{detail}; worst {worst['insert_worst_ms']:.1f}; on another thread before: "
    worst_ms += f"{found['insert_before_ms']:.1f} ms"
    yield Row("insert of 64 photos in the middle", found["insert_ms"], "ms", at_most=10, detail=worst_ms)
    yield Row("what it moved", worst["moved_px"], "px", at_most=0, detail=detail)
    yield Row("memory of the idle window", found["idle_mb"], "MB", _MEMORY_GOAL_MB.get(count, 350), detail=detail)


def _busy(settings: Settings, count: int) -> Iterator[Row]:
    where = large_library(settings.work, count)
    photos = large_photos(settings.work, settings.photos)
    copy = settings.work / "window-busy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(where.data, copy)
    seconds = QUICK_USE_S if settings.quick else USE_S
    told = _told("busy", copy, photos, seconds)
    found, complaints = told["numbers"], told["complaints"]
    shutil.rmtree(copy)
    rate = settings.photos / found["ingest_s"]
    detail = f"{count:,} photos, {settings.photos} of 12 megapixels ingested at {rate:.1f}/s; beyond the 8 ms tick"
    yield Row("stall while ingesting and scrolling, p99", found["stall_p99_ms"], "ms", at_most=16, detail=detail)
    yield Row(
        "stall while ingesting and scrolling, longest", found["stall_longest_ms"], "ms", at_most=50, detail=detail
    )
    detail = f"{found['steps']:.0f} steps in {seconds:.0f} s; at the end {found['used_mb']:.0f} MB"
    yield Row("growth of memory in use, after warm-up", found["growth_mb"], "MB", at_most=8, detail=detail)
    first = f"first: {complaints[0]}" if complaints else ""
    yield Row("warnings in use", len(complaints), "", at_most=0, detail=first)


def _card(settings: Settings) -> Iterator[Row]:
    work, count = settings.work / "window-card", 60 if settings.quick else 2_000
    shutil.rmtree(work, ignore_errors=True)
    photos, where = work / "Pictures", locations(work / "library")
    make_photos(photos, 100)
    make_photos(work / "card", count, seed=1)
    with Library(where, create=True) as library:
        index(library, [photos])
    told = _told("card", where.data, work / "card")
    found, complaints = told["numbers"], told["complaints"]
    shutil.rmtree(work)
    detail = f"{count:,} photos of 0.3 megapixels; all shown after {found['all_s']:.0f} s; beyond the 8 ms tick"
    yield Row("stall while a card is copied, p99", found["stall_p99_ms"], "ms", at_most=16, detail=detail)
    yield Row("stall while a card is copied, longest", found["stall_longest_ms"], "ms", at_most=50, detail=detail)
    yield Row("warnings meanwhile", len(complaints), "", at_most=0, detail=f"{complaints[:1]}" if complaints else "")


def _numbers(task: str, where: Locations) -> dict[str, float]:
    return _told(task, where.data)["numbers"]


def _told(task: str, library: Path, *more: object) -> dict[str, Any]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program does not compile itself at every start
    command = [sys.executable, "-m", "bench.ui.probe", task, str(library), str(time.time()), *map(str, more)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return json.loads(done.stdout)
