"""`python -m bench.ui.probe LIBRARY STARTED_S`: the grid over a library, in a process of its own; prints JSON."""

import json
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from photofinder.library import browse
from photofinder.library.browse import DAY_MS, Listing, Order
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.ui import theme
from photofinder.ui.photo_grid import PhotoGrid

FIRST_PAGE = 500
TICK_MS = 8


class Probe:
    """The grid at 1280 x 800, driven by hand. Lives on the window's thread."""

    def __init__(self, path: Path) -> None:
        instance = QApplication.instance()
        self.application = instance if isinstance(instance, QApplication) else QApplication([])
        theme.use(theme.DARK)
        self.library = Library(locations(path))
        self.grid = PhotoGrid(self.library)
        self.grid.resize(1280, 800)
        self.random = np.random.default_rng(3)
        self.real_ids = sys.maxsize

    def until(self, done: Callable[[], bool], limit_s: float = 20.0) -> None:
        """Let the window work until something is so."""
        stop_at = time.monotonic() + limit_s
        while not done():
            if time.monotonic() > stop_at:
                raise TimeoutError
            self.application.processEvents()
            time.sleep(0.0005)

    def painted(self) -> bool:
        """Whether all photos in view have their thumbnails, in the right size; made-up newcomers have none."""
        ratio, grid = self.grid.devicePixelRatioF(), self.grid
        for row in grid.rows_in_view():
            if grid.photos.listing.ids[row] > self.real_ids:
                continue
            cell, found = grid.grid.cell(row), grid.look_of(row).painted
            if found is None or found.size_px != (round(cell.width * ratio), round(cell.height * ratio)):
                return False
        return True

    def start(self, started_s: float) -> dict[str, float]:
        """The first page at once, the rest from a thread: process start to painted, and to complete."""
        self.grid.set_listing(browse.listing(self.library, limit=FIRST_PAGE))
        self.grid.show()
        self.until(lambda: bool(self.grid.rows_in_view()) and self.painted())
        self.application.processEvents()
        painted_s = time.time() - started_s
        self.real_ids = int(self.grid.photos.listing.ids.max())
        whole: list[Listing] = []
        thread = threading.Thread(target=lambda: whole.append(browse.listing(self.library)))
        thread.start()
        self.until(lambda: bool(whole))
        began = time.perf_counter()
        self.grid.set_listing(whole[0], keep_position=True)
        shown_ms = (time.perf_counter() - began) * 1e3
        self.until(self.painted)
        return {"painted_s": painted_s, "whole_s": time.time() - started_s, "set_listing_ms": shown_ms}

    def newcomers(self, count: int = 64) -> Listing:
        """Photos nobody has seen, all over the years."""
        known = self.grid.photos.listing
        taken = np.sort(self.random.choice(known.taken_ms, count) + self.random.integers(0, DAY_MS, count))[::-1].copy()
        ids = np.arange(int(known.ids.max()) + count, int(known.ids.max()), -1, dtype=np.int64)
        return Listing(Order.NEWEST, ids, taken, taken, np.full(count, 1.5, np.float32))

    def inserts(self) -> dict[str, float]:
        """64 photos at 64 places, scrolled to the middle."""
        grid, took_ms, moved_px = self.grid, list[float](), 0
        grid.scroller.setValue(grid.scroller.maximum() // 2)
        for _ in range(20):
            first = int(grid.visible_ids()[0])
            was = self._top_of(first)
            new = self.newcomers()
            began = time.perf_counter()
            assert grid.insert(new)
            took_ms.append((time.perf_counter() - began) * 1e3)
            moved_px = max(moved_px, abs(self._top_of(first) - was))
            self.application.processEvents()
        return {"insert_ms": statistics.median(took_ms), "insert_worst_ms": max(took_ms), "moved_px": moved_px}

    def jumps(self) -> dict[str, float]:
        """To pages not seen before, thumbnails from the cache on disk."""
        took_ms: list[float] = []
        for _ in range(30):
            began = time.perf_counter()
            self.grid.scroller.setValue(int(self.random.integers(self.grid.scroller.maximum())))
            self.until(self.painted)
            self.grid.repaint()
            took_ms.append((time.perf_counter() - began) * 1e3)
        return {"jump_ms": statistics.median(took_ms), "jump_worst_ms": max(took_ms)}

    def scrolling(self, seconds: float = 8.0) -> dict[str, float]:
        """From top to bottom in steps of a screen refresh, with photos coming in all the while: what the ticks say."""
        grid, late_ms = self.grid, list[float]()
        grid.scroller.setValue(0)
        ticker, mover, comer = QTimer(), QTimer(), QTimer()
        last = [time.perf_counter()]

        def tick() -> None:
            now = time.perf_counter()
            late_ms.append((now - last[0]) * 1e3)
            last[0] = now

        def move() -> None:
            grid.scroller.setValue(round(grid.scroller.maximum() * (time.perf_counter() - began) / seconds))

        for timer, ms, call in (
            (ticker, TICK_MS, tick),
            (mover, 16, move),
            (comer, 500, lambda: grid.insert(self.newcomers())),
        ):
            timer.timeout.connect(call)
            timer.start(ms)
        began = last[0] = time.perf_counter()
        self.until(lambda: time.perf_counter() - began > seconds, seconds + 10)
        for timer in (ticker, mover, comer):
            timer.stop()
        stalls = np.array(late_ms) - TICK_MS
        return {"stall_p99_ms": float(np.percentile(stalls, 99)), "stall_longest_ms": float(stalls.max())}

    def _top_of(self, photo_id: int) -> int:
        row = self.grid.photos.row_of(photo_id)
        assert row is not None
        return self.grid.visualRect(self.grid.photos.index(row, 0)).top()


def resident_mb() -> float:
    """Memory of this process now, MB; NaN where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1e3


def main(path: Path, started_s: float) -> None:
    """Measure, print, go."""
    probe = Probe(path)
    found = probe.start(started_s)
    found["idle_mb"] = resident_mb()
    found |= probe.inserts() | probe.jumps() | probe.scrolling()
    found["after_mb"] = resident_mb()
    assert probe.grid.close_loader()
    probe.library.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
