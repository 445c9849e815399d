"""The grid over a hundred thousand and a million photos."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.rows import Row, Settings
from bench.ui.large import large_library
from photofinder.library import browse
from photofinder.library.library import Library
from photofinder.library.locations import Locations

_START_GOAL_S = {100_000: 1.5, 1_000_000: 2.0}
_MEMORY_GOAL_MB = {100_000: 350.0, 1_000_000: 600.0}


def measure(settings: Settings) -> Iterator[Row]:
    """Listing, start, inserts, jumps, stalls, memory."""
    for count in (10_000,) if settings.quick else (100_000, 1_000_000):
        where = large_library(settings.work, count)
        yield from _listings(where, count)
        yield from _grid(where, count)


def _listings(where: Locations, count: int) -> Iterator[Row]:
    with Library(where) as library:
        for name, limit in (("first page of a listing", 500), ("whole listing", None)):
            took_s: list[float] = []
            for _ in range(5):
                began = time.perf_counter()
                browse.listing(library, limit=limit)
                took_s.append(time.perf_counter() - began)
            yield Row(name, statistics.median(took_s) * 1e3, "ms", detail=f"{count:,} photos, by capture time")


def _grid(where: Locations, count: int) -> Iterator[Row]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    runs: list[dict[str, float]] = []
    for _ in range(3):
        command = [sys.executable, "-m", "bench.ui.probe", str(where.data), str(time.time())]
        told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        runs.append(json.loads(told.stdout))
    found = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    worst = {key: max(run[key] for run in runs) for key in runs[0]}
    detail = f"{count:,} photos, 1280 x 800, median of 3 processes"
    yield Row("process start to painted grid", found["painted_s"], "s", _START_GOAL_S.get(count, 1.5), detail=detail)
    yield Row("process start to whole listing painted", found["whole_s"], "s", detail=detail)
    yield Row("showing a whole listing", found["set_listing_ms"], "ms", at_most=100, detail=detail)
    yield Row(
        "insert of 64 photos in the middle",
        found["insert_ms"],
        "ms",
        at_most=10,
        detail=f"{detail}; worst {worst['insert_worst_ms']:.1f}",
    )
    yield Row("what it moved", worst["moved_px"], "px", at_most=0, detail=detail)
    yield Row(
        "scroll to an unseen page, painted",
        found["jump_ms"],
        "ms",
        at_most=150,
        detail=f"{detail}; worst {worst['jump_worst_ms']:.0f}",
    )
    beyond = f"{detail}, beyond the 8 ms tick"
    yield Row("stall while scrolling, p99", found["stall_p99_ms"], "ms", at_most=16, detail=beyond)
    yield Row("stall while scrolling, longest", found["stall_longest_ms"], "ms", at_most=50, detail=beyond)
    yield Row("memory of the grid, idle", found["idle_mb"], "MB", _MEMORY_GOAL_MB.get(count, 350), detail=detail)
    yield Row("memory after scrolling through", found["after_mb"], "MB", detail=detail)
