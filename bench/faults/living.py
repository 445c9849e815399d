"""The process that `bench.faults.soak` watches: `python -m bench.faults.living FOLDER STEPS SEED`.

Each step stands for a minute of use.
"""

import ctypes
import gc
import json
import os
import random
import sys
from pathlib import Path

from bench.faults.photos import make_photos
from bench.faults.scenes import install_other
from photofinder.core.errors import MediaProblem
from photofinder.library import pictures
from photofinder.library.backups import back_up
from photofinder.library.doctor import diagnose
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import Locations, locations
from photofinder.library.search import search, similar

POOL = 40
REST_EVERY = 4
KEPT = (24, 48)
WORDS = ("a cat", "a cup of coffee", "a rocket", "a woman in a suit")


class Life:
    """A library in use."""

    def __init__(self, work: Path, seed: int) -> None:
        self._choose = random.Random(seed)
        self._pool = make_photos(work / "pool", POOL, seed=seed)
        self._photos = work / "photos"
        self._where: Locations = locations(work / "library")
        self._bundles = ["mini", "other"]
        self._number = 0
        install_other(self._where, work / "other-bundle")
        for _ in range(KEPT[0]):
            self._come()
        self._library = Library(self._where, create=True)
        index(self._library, [self._photos])

    def step(self, number: int) -> None:
        """A minute: a few files change, everything is brought up to date, somebody looks for something."""
        for _ in range(self._choose.randrange(1, 5)):
            self._choose.choice((self._come, self._go, self._move, self._break, self._mend))()
        if number % 30 == 29:
            self._bundles.reverse()
            self._library.use_bundle(self._bundles[0])
        report = index(self._library, [])
        on_disk = len(self._files())
        present = self._library.reader.counts().present
        if present != on_disk:
            raise AssertionError(f"step {number}: {present} photos of {on_disk}: {report}")
        self._look()
        if number % 12 == 11:
            back_up(self._library)

    def rest(self) -> tuple[int, int, int]:
        """Close the library, look what the process holds now, examine the library, open it again."""
        self._library.close()
        held = held_now()
        left = [finding for finding in diagnose(self._where, repair=True) if not finding.repaired]
        if left:
            raise AssertionError(f"{left}")
        self._library = Library(self._where)
        return held

    def close(self) -> None:
        """The end of the day."""
        self._library.close()

    def _look(self) -> None:
        found = [search(self._library, words, 20).hits for words in WORDS]
        for hit in found[-1][:3]:
            try:
                pictures.small(pictures.preview(self._library, hit.photo.id))
            except MediaProblem:
                continue  # broken meanwhile, as some are meant to be
        similar(self._library, self._choose.choice(self._pool), 5)

    def _files(self) -> list[Path]:
        return sorted(self._photos.rglob("*.jpg"))

    def _come(self) -> None:
        files = self._files() if self._photos.exists() else []
        if len(files) < KEPT[1]:
            self._number += 1
            path = self._photos / f"folder {self._choose.randrange(6)}" / f"IMG_{self._number:05}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            # What follows a JPEG's end marker makes the content another and costs a decoder nothing.
            path.write_bytes(self._choose.choice(self._pool).read_bytes() + self._number.to_bytes(4, "big"))

    def _go(self) -> None:
        files = self._files()
        if len(files) > KEPT[0]:
            self._choose.choice(files).unlink()

    def _move(self) -> None:
        path = self._choose.choice(self._files())
        target = self._photos / f"folder {self._choose.randrange(6)}" / f"moved {self._number} {path.name[-12:]}"
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)

    def _break(self) -> None:
        path = self._choose.choice(self._files())
        path.write_bytes(path.read_bytes()[: self._choose.randrange(1, 3_000)])

    def _mend(self) -> None:
        self._number += 1
        path = self._choose.choice(self._files())
        path.write_bytes(self._choose.choice(self._pool).read_bytes() + self._number.to_bytes(4, "big"))


def held_now() -> tuple[int, int, int]:
    """Memory in bytes, file descriptors, threads."""
    gc.collect()
    # What glibc keeps of freed memory goes up and down by 100 MB, and would hide whether anything is held.
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    descriptors, threads = (len(list(Path(f"/proc/self/{what}").iterdir())) for what in ("fd", "task"))
    return pages * os.sysconf("SC_PAGE_SIZE"), descriptors, threads


def main(arguments: list[str]) -> int:
    """Live, and tell what was held."""
    life = Life(Path(arguments[0]), int(arguments[2]))
    held: list[tuple[int, int, int]] = []
    for number in range(int(arguments[1])):
        life.step(number)
        if number % REST_EVERY == REST_EVERY - 1:
            held.append(life.rest())
    life.close()
    print(
        json.dumps(dict(zip(("rss_bytes", "descriptors", "threads"), zip(*held, strict=True), strict=True))), flush=True
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
