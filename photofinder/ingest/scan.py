"""What changed under the roots since last time, without opening a file that did not.

A file counts as changed when its size or modification time did. The inode is recorded but not compared: FAT and many
network drives hand out new ones at every mount, and a whole library must not be read again because of that.

What came and what left is told apart from what moved in `moves`. A file that changed within the last moment may still
be written, and waits.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from photofinder.catalogue.known_files import KnownFile, KnownFiles
from photofinder.catalogue.reader import CatalogueReader
from photofinder.core.cancel import CancelToken
from photofinder.core.types import PhotoFile, Role, Root, Unit
from photofinder.ingest.changes import Change, Moved, Place, Returned, Task, Vanished
from photofinder.ingest.listing import Stamps, is_still_there, listing, reason
from photofinder.ingest.moves import Moves
from photofinder.ingest.units import group

SETTLE_S = 0.6
"""A file is complete when its size and modification time have been the same for so long."""


class _Fresh(NamedTuple):
    """A photo with a file that may still be written, and what was known of its folder."""

    root: Root
    unit: Unit
    photo_id: int | None
    known: dict[bytes, KnownFile]


@dataclass(slots=True)
class Scan:
    """One walk over some places. Runs on one thread; iterate over `run()` once, then read the counts."""

    reader: CatalogueReader
    places: Sequence[Place]
    space_id: int
    decoder_version: int
    absent_roots: frozenset[int]  # roots whose volume is away: nothing there can be said to have left
    cancel: CancelToken
    is_there: Callable[[Root], bool] = lambda _: True
    """Asked again before photos are said to have left: a drive may be pulled out while it is looked through."""
    settle_s: float = SETTLE_S
    waits: bool = True
    """Whether to wait for files that may still be written; if not, they are `growing` at once."""
    growing: list[str] = field(default_factory=list[str])  # files left for later
    closed: set[int] = field(default_factory=set[int])  # roots with a place that could not be listed: see `unreadable`
    unchanged: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])  # folder, reason
    _known: KnownFiles = field(init=False)
    _moves: Moves = field(init=False)
    _roots: dict[int, Root] = field(init=False)
    _fresh: list[_Fresh] = field(default_factory=list[_Fresh])
    _last_fresh_s: float = 0.0
    _folders: dict[int, dict[bytes, int]] = field(default_factory=dict[int, dict[bytes, int]])
    _missing_by_folder: dict[int, int] = field(default_factory=dict[int, int])

    def __post_init__(self) -> None:
        self._known = KnownFiles(self.reader)
        self._roots = {place.root.id: place.root for place in self.places}
        self._moves = Moves(self.reader, self._known, self._roots, self.absent_roots, self.is_there, self.cancel)

    @property
    def went_away(self) -> set[int]:
        """Roots that did while they were looked through."""
        return self._moves.went_away

    def run(self) -> Iterator[Task | Moved | Vanished | Returned]:
        """Yield what is to be done. Raises EnvironmentProblem and Cancelled.

        A folder that cannot be listed, also if it is one of the places, is `unreadable`: its photos stay as they are,
        and the rest is looked through. A root that turns out to be away `went_away`.
        """
        self._moves.begin()
        self._missing_by_folder = self._known.missing_by_folder() if self._moves.missing else {}
        for place in self.places:
            yield from self._walk(place)
        yield from self._look_again()
        yield from self._moves.resolved()
        yield from self._moves.gone()
        for root in self._roots_to_finish():
            for photo_id in self._known.unfinished(root.id, self.space_id, self.decoder_version):
                self.cancel.check()
                unit = None if self._moves.is_dealt_with(photo_id) else self.reader.unit(photo_id)
                if unit is not None:
                    yield Task(unit, self._path(root, unit.folder, unit.primary.name), photo_id, Change.UNFINISHED)

    def _roots_to_finish(self) -> list[Root]:
        """Roots that were looked through and whose photos can be tried again."""
        deep = dict.fromkeys(place.root.id for place in self.places if place.deep)
        return [self._roots[root_id] for root_id in deep if root_id not in self.went_away | self.closed]

    def _walk(self, place: Place) -> Iterator[Task | Returned]:
        root = os.fsencode(place.root.path)
        if place.root.id not in self._folders:
            self._folders[place.root.id] = self._known.folders(place.root.id)
        known_folders = self._folders[place.root.id]
        visited: set[bytes] = set()
        closed: list[bytes] = []
        stack = [place.folder]
        while stack:
            self.cancel.check()
            folder = stack.pop()
            folder_id = known_folders.get(folder)
            stamps, photo_count = self._known.folder_stamps(folder_id) if folder_id is not None else ({}, 0)
            where = os.path.join(root, folder) if folder else root  # noqa: PTH118 - bytes
            try:
                inner, found = listing(where, stamps)
            except OSError as error:
                if folder and isinstance(error, (FileNotFoundError, NotADirectoryError)):
                    self._all_left(place.root, folder)
                    continue
                if folder == place.folder:
                    if not self.is_there(place.root):
                        self.went_away.add(place.root.id)
                        return
                    self.closed.add(place.root.id)
                visited.add(folder)
                closed.append(folder)
                self.unreadable.append((os.fsdecode(where), reason(error)))
                continue
            visited.add(folder)
            if place.deep:
                stack.extend(folder + b"/" + name if folder else name for name in inner)
            if found is None and folder_id not in self._missing_by_folder:
                self.unchanged += photo_count
            elif found is None or found or stamps:
                known = self._known.folder_files(folder_id) if folder_id is not None else {}
                if found is None:
                    found = {name: row[1:4] for name, row in known.items()}
                yield from self._compare(place.root, folder, found, known)
        if not place.deep:
            return
        for folder, folder_id in known_folders.items():
            if folder in visited or not _is_inside(folder, place.folder):
                continue
            if not any(_is_inside(folder, shut) for shut in closed):
                self._left(place.root, folder_id)

    def _all_left(self, root: Root, folder: bytes) -> None:
        for inner, folder_id in self._folders[root.id].items():
            if _is_inside(inner, folder):
                self._left(root, folder_id)

    def _left(self, root: Root, folder_id: int) -> None:
        self._moves.left((row[4] for row in self._known.folder_files(folder_id).values()), root)

    def _compare(
        self, root: Root, folder: bytes, found: Stamps, known: dict[bytes, KnownFile]
    ) -> Iterator[Task | Returned]:
        owners = {row[4] for row in known.values()}
        claimed: set[int] = set()
        back: list[int] = []
        for files in group(found):
            photo_id = next((known[f.name][4] for f in files if f.name in known), None)
            if photo_id in claimed:
                photo_id = None
            elif photo_id is not None:
                claimed.add(photo_id)
            if photo_id is not None and _is_unchanged(files, photo_id, known):
                if photo_id in self._moves.missing:
                    back.append(photo_id)
                else:
                    self.unchanged += 1
                continue
            unit = Unit(root.id, folder, files)
            if self._is_fresh(files, known):
                self._fresh.append(_Fresh(root, unit, photo_id, known))
                self._last_fresh_s = time.monotonic()
            else:
                yield from self._look_at(root, unit, photo_id, known)
        if back:
            self._moves.stayed(back)
            yield Returned(tuple(back))
        self._moves.left(owners - claimed, root)

    def _is_fresh(self, files: tuple[PhotoFile, ...], known: dict[bytes, KnownFile]) -> bool:
        """Whether any of these files changed so lately that it may still be written."""
        now_ns = time.time_ns()
        # Clocks of network drives may go before: what seems to come from later than a moment from now counts as old.
        return any(
            abs(now_ns - f.stamp.mtime_ns) < self.settle_s * 1e9
            for f in files
            if f.name not in known or known[f.name][1:3] != (f.stamp.size_bytes, f.stamp.mtime_ns)
        )

    def _look_again(self) -> Iterator[Task]:
        """What was fresh is looked at if it has not changed since; else it is left for later."""
        if self._fresh and self.waits:
            self.cancel.wait(self._last_fresh_s + self.settle_s - time.monotonic())
            self.cancel.check()
        for each in self._fresh:
            folder = os.path.join(os.fsencode(each.root.path), each.unit.folder)  # noqa: PTH118 - bytes
            growing = [
                os.fsdecode(path)
                for f in each.unit.files
                for path in [os.path.join(folder, f.name)]  # noqa: PTH118 - bytes
                if not (self.waits and is_still_there(os.fsdecode(path), f.stamp))
            ]
            self.growing += growing
            if not growing:
                yield from self._look_at(each.root, each.unit, each.photo_id, each.known)

    def _look_at(self, root: Root, unit: Unit, photo_id: int | None, known: dict[bytes, KnownFile]) -> Iterator[Task]:
        change = Change.ADDED if photo_id is None else Change.CHANGED
        task = Task(unit, self._path(root, unit.folder, unit.primary.name), photo_id, change)
        if self._moves.came(task, known.get(unit.primary.name)):
            yield task

    @staticmethod
    def _path(root: Root, folder: bytes, name: bytes) -> str:
        return os.fsdecode(os.path.join(os.fsencode(root.path), folder, name))  # noqa: PTH118 - bytes


def _is_unchanged(files: tuple[PhotoFile, ...], photo_id: int, known: dict[bytes, KnownFile]) -> bool:
    """Whether these are exactly the files that the photo had, untouched and in the same roles."""
    return {name for name, row in known.items() if row[4] == photo_id} == {f.name for f in files} and all(
        known[f.name][1:3] == (f.stamp.size_bytes, f.stamp.mtime_ns) and Role(known[f.name][5]) is f.role for f in files
    )


def _is_inside(folder: bytes, outer: bytes) -> bool:
    return not outer or folder == outer or folder.startswith(outer + b"/")
