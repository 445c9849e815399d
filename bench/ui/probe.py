"""`python -m bench.ui.probe TASK LIBRARY STARTED_S [PHOTOS SECONDS]`: the window in a process of its own; prints JSON.

Tasks: `quiet` (start, memory, search, jumps, inserts), `unsearchable` (the same without embeddings), `busy` (ingest of
the folder PHOTOS while scrolling, then use for so many SECONDS), `card` (PHOTOS are copied into the watched folder).
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer

from bench.ui.driver import Driver, Ticks, resident_mb
from photofinder.ui.grid_arrangement import arrived
from photofinder.ui.upkeep import State

WORDS = ("a cat", "snow on a mountain", "a red car", "people at a table", "a boat on a lake")
PASS_S = 10.0
"""The whole grid goes by within this."""
SETTLE_S = 6.0
"""Until nothing of the start goes on any more."""


def quiet(driver: Driver, started_s: float) -> dict[str, float]:
    """What a window does that has nothing else to do."""
    found = start(driver, started_s)
    driver.until_settled()
    driver.run(SETTLE_S)
    found["idle_mb"] = resident_mb()
    if driver.program.library.reader.spaces() and driver.program.library.reader.embedding_count(1):
        found |= typing(driver)
    return found | jumps(driver) | inserts(driver)


def start(driver: Driver, started_s: float) -> dict[str, float]:
    """Process start to painted, and to the whole listing there."""
    driver.window.show()
    driver.until_painted()
    painted_s = time.time() - started_s
    count = driver.program.library.reader.counts().present
    driver.until(lambda: len(driver.grid.photos.listing) == count)
    return {"painted_s": painted_s, "whole_s": time.time() - started_s}


def make_all_hits() -> None:
    """Have every photo be a hit: made-up ones look like nothing, and beyond the cut line there is nothing to paint.

    For the rest of this process.
    """
    from unittest import mock  # noqa: PLC0415 - the start that is measured is the program's

    mock.patch("photofinder.library.answering.background_of", return_value=None).start()


def typing(driver: Driver) -> dict[str, float]:
    """The last key of words to hits painted."""
    make_all_hits()
    took_ms = [driver.type_words(words) * 1e3 for words in WORDS * 2]
    driver.window.top.search.clear()
    driver.until_painted(
        lambda: not driver.window.browsing.query.is_search and driver.grid.photos.listing.scores is None
    )
    return {"hits_ms": statistics.median(took_ms), "hits_worst_ms": max(took_ms)}


def jumps(driver: Driver) -> dict[str, float]:
    """To pages not seen before, thumbnails from the cache on disk."""
    random, scroller = np.random.default_rng(3), driver.grid.scroller
    took_ms: list[float] = []
    for _ in range(30):
        began = time.perf_counter()
        scroller.setValue(int(random.integers(scroller.maximum())))
        driver.until_painted()
        took_ms.append((time.perf_counter() - began) * 1e3)
    return {"jump_ms": statistics.median(took_ms), "jump_worst_ms": max(took_ms)}


def inserts(driver: Driver) -> dict[str, float]:
    """64 photos at 64 places, scrolled to the middle: what the window's thread does, and what another did before."""
    grid, random = driver.grid, np.random.default_rng(4)
    took_ms, before_ms, moved_px = list[float](), list[float](), 0

    def top_of(photo_id: int) -> int:
        row = grid.photos.row_of(photo_id)
        assert row is not None
        return grid.visualRect(grid.photos.index(row, 0)).top()

    grid.scroller.setValue(grid.scroller.maximum() // 2)
    for _ in range(20):
        first = int(grid.visible_ids()[0])
        was, new = top_of(first), driver.newcomers(random)
        began = time.perf_counter()
        with ThreadPoolExecutor(1) as thread:
            arrival = thread.submit(arrived, grid.arrangement, new).result()
        handed_over = time.perf_counter()
        assert arrival is not None
        assert grid.insert(arrival)
        took_ms.append((time.perf_counter() - handed_over) * 1e3)
        before_ms.append((handed_over - began) * 1e3)
        moved_px = max(moved_px, abs(top_of(first) - was))
        driver.run(0.05)
    return {
        "insert_ms": statistics.median(took_ms),
        "insert_worst_ms": max(took_ms),
        "insert_before_ms": statistics.median(before_ms),
        "moved_px": moved_px,
    }


def busy(driver: Driver, photos: Path, seconds: float) -> dict[str, float]:
    """Ingest while scrolling from top to bottom again and again; then an hour's use in some minutes."""
    driver.window.show()
    driver.until_painted()
    driver.until_settled()
    before = int(driver.grid.photos.listing.ids.max())
    scroller, began = driver.grid.scroller, time.perf_counter()

    def move() -> None:
        scroller.setValue(round(scroller.maximum() * ((time.perf_counter() - began) / PASS_S % 1)))

    driver.window.upkeep.ingest([photos])
    mover, ticks = QTimer(interval=16), Ticks()
    mover.timeout.connect(move)
    mover.start()
    driver.run(PASS_S)
    driver.until(lambda: driver.window.upkeep.state is State.IDLE, 600)
    mover.stop()
    found = ticks.stop() | {"ingest_s": time.perf_counter() - began}
    listed = driver.grid.photos.listing.ids
    return found | use(driver, listed[listed > before].tolist(), seconds)


def card(driver: Driver, photos: Path) -> dict[str, float]:
    """A camera's card is copied into a watched folder while the window shows it."""
    driver.window.show()
    driver.until_painted()
    driver.until_settled()
    (root,) = driver.program.library.reader.roots()
    count = len(driver.grid.photos.listing) + sum(path.is_file() for path in photos.rglob("*"))
    copy = "import shutil, sys; shutil.copytree(*sys.argv[1:])"  # by another program, as cards are
    began, ticks = time.perf_counter(), Ticks()
    copying = subprocess.Popen([sys.executable, "-c", copy, str(photos), str(Path(root.path) / "card")])
    driver.until(lambda: len(driver.grid.photos.listing) == count, 600)
    found = ticks.stop() | {"all_s": time.perf_counter() - began}
    copying.wait()
    return found


def use(driver: Driver, viewed: list[int], seconds: float) -> dict[str, float]:
    """Scroll, search, view, back, again and again. Growth of memory is from the middle of that time to its end.

    Of the first and last third of that, the least is compared: pictures on their way come and go, some 60 MB of them.
    """
    make_all_hits()
    random, steps = np.random.default_rng(5), 0
    stop_at = time.monotonic() + seconds
    seen_mb: list[tuple[float, float]] = []
    while time.monotonic() < stop_at:
        for step in _round(driver, viewed, random):
            step()
            driver.run(0.05)
            steps += 1
        seen_mb.append((time.monotonic(), resident_mb()))
    middle = stop_at - seconds / 2
    late = [mb for at, mb in seen_mb if at >= middle] or [seen_mb[-1][1]]
    third = max(1, len(late) // 3)
    growth_mb = min(late[-third:]) - min(late[:third])
    return {"steps": steps, "rounds": len(seen_mb), "growth_mb": growth_mb, "used_mb": seen_mb[-1][1]}


def _round(driver: Driver, viewed: list[int], random: np.random.Generator) -> Iterator[Callable[[], object]]:
    window, scroller = driver.window, driver.grid.scroller
    for _ in range(5):
        yield lambda: scroller.setValue(int(random.integers(scroller.maximum())))
        yield driver.until_painted
    yield lambda: driver.type_words(str(random.choice(WORDS)))
    yield lambda: driver.press(Qt.Key.Key_Escape)
    yield lambda: driver.until(driver.shows_all)
    yield lambda: driver.grid.show_photo(int(random.choice(viewed)))
    yield window.do.similar.trigger
    yield lambda: driver.until(lambda: driver.grid.photos.listing.scores is not None)
    yield window.do.back.trigger
    yield lambda: driver.until(driver.shows_all)
    yield lambda: driver.grid.show_photo(int(random.choice(viewed)))
    yield window.do.view.trigger
    for _ in range(4):
        yield lambda: driver.run(0.2)
        yield lambda: driver.press(Qt.Key.Key_Right)
    yield window.do.back.trigger


def main(task: str, library: Path, started_s: float, photos: Path | None, seconds: float) -> None:
    """Measure, print, go."""
    # Photos without embeddings would be embedded from their thumbnails, a million of them for hours.
    driver = Driver(library, looking=task != "unsearchable")
    if photos is None:
        found: dict[str, float] = quiet(driver, started_s)
    else:
        found = card(driver, photos) if task == "card" else busy(driver, photos, seconds)
    ended = driver.close()
    print(json.dumps({"numbers": found | {"ended": float(ended)}, "complaints": driver.complaints}))


if __name__ == "__main__":
    _, task, library, started_s, *more = sys.argv
    main(task, Path(library), float(started_s), Path(more[0]) if more else None, float(more[1]) if len(more) > 1 else 0)
