"""How soon a photo that came is in the library: from the moment it is complete until words find it."""

import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.faults.home import own_home
from bench.faults.photos import make_photos
from bench.rows import Row, Settings
from photofinder.core.cancel import CancelToken
from photofinder.library.indexing import Place, index, index_changes
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.watching import Watching

P95_AT_MOST_S = 2.0
IMPORTED = 2_000
PATIENCE_S = 300.0


class Keeper:
    """Watches a library and takes in what changes, on a thread, as `photofinder index --watch` does."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._cancel = CancelToken()
        self._due: list[Place] = []
        self._lock = threading.Lock()
        self.watching = Watching(library, self._take)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self.watching.close()
        self._cancel.cancel()
        self._thread.join()

    def _take(self, places: list[Place]) -> None:
        with self._lock:
            self._due += places

    def _run(self) -> None:
        while not self._cancel.wait(0.02):
            with self._lock:
                places, self._due = self._due, []
            if places:
                self.watching.retry(index_changes(self._library, places).growing)
        self._library.reader.close()


def measure(settings: Settings) -> Iterator[Row]:
    """Photos one by one, written in pieces as a network or a card does; and a card import."""
    work = settings.work / "watch"
    shutil.rmtree(work, ignore_errors=True)
    singles, imported = (10, 60) if settings.quick else (100, IMPORTED)
    stock = make_photos(work / "stock", singles, folders=1)
    card = make_photos(work / "card", imported, seed=1, folders=4)
    root = work / "photos"
    for number in range(20):
        (root / f"{number}").mkdir(parents=True)
    with own_home(work / "home"), Library(locations(work / "library"), create=True) as library:
        index(library, [root])
        keeper = Keeper(library)
        try:
            time.sleep(2.0)
            yield _one_by_one(library, root, stock)
            yield _card(library, root, card)
        finally:
            keeper.close()


def _one_by_one(library: Library, root: Path, stock: list[Path]) -> Row:
    draw = random.Random(7)
    waited: list[float] = []
    for number, photo in enumerate(stock):
        content = photo.read_bytes()
        path = root / str(draw.randrange(20)) / f"single{number}.jpg"
        with path.open("wb") as file:
            for start in range(0, len(content), len(content) // 4 + 1):
                file.write(content[start : start + len(content) // 4 + 1])
                file.flush()
                time.sleep(draw.random() * 0.05)
        complete = time.perf_counter()
        _until(lambda path=path: _is_found(library, path))
        waited.append(time.perf_counter() - complete)
        time.sleep(draw.random() * 0.3)
    waited.sort()
    return Row(
        "watch latency p95",
        waited[round(0.95 * (len(waited) - 1))],
        "s",
        at_most=P95_AT_MOST_S,
        detail=f"{len(waited)} photos; median {waited[len(waited) // 2]:.2f}, longest {waited[-1]:.2f};"
        f" {library.reader.counts().failed} seen half-written",
    )


def _card(library: Library, root: Path, card: list[Path]) -> Row:
    before = library.reader.counts().present
    began = time.perf_counter()
    for photo in card:
        folder = root / f"card {photo.parent.name}"
        folder.mkdir(exist_ok=True)
        shutil.copyfile(photo, folder / photo.name)
    copied = time.perf_counter() - began
    halfway = library.reader.counts().present - before
    _until(lambda: library.reader.counts().present - before == len(card))
    total = time.perf_counter() - began
    return Row(
        f"card import of {len(card):,} photos, all found after",
        total,
        "s",
        detail=f"copied in {copied:.1f} s, {halfway} in by then; {library.reader.counts().failed} seen half-written",
    )


def _is_found(library: Library, path: Path) -> bool:
    photo = library.locate(path)
    return photo is not None and bool(library.reader.spaces_of(photo.id))


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("the watched folder was not taken in")
        time.sleep(0.01)
