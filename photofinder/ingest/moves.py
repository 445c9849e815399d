"""What became of photos between two scans: which of those that came are ones that left.

A renamed or moved photo is recognised by its content: a new file of a known size is held back to the end of the walk;
if a photo of that size and fingerprint has left its place by then, it moved. One that was copied first and deleted
later (which is how files move between drives) is recognised when its first file goes: a copy that came a short while
before, and that nobody has marked, takes its place.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from photofinder.catalogue.known_files import KnownFile, KnownFiles
from photofinder.catalogue.reader import CatalogueReader
from photofinder.core.cancel import CancelToken
from photofinder.core.errors import MediaProblem
from photofinder.core.types import Root, Unit
from photofinder.ingest.changes import Change, Moved, Task, Vanished
from photofinder.ingest.listing import is_still_there
from photofinder.media.fingerprint import fingerprint_of

MOVE_WITHIN_MS = 24 * 3600 * 1000
"""Between the two ends of a move: a copy that is older, when the photo it was made of goes, is a photo of its own."""


@dataclass(slots=True)
class Moves:
    """Hears from one walk what came, stayed and left, and tells moved from new. On the walk's thread; `begin` first."""

    reader: CatalogueReader
    known: KnownFiles
    roots: Mapping[int, Root]  # those that are looked through
    absent_roots: frozenset[int]
    is_there: Callable[[Root], bool]
    cancel: CancelToken
    went_away: set[int] = field(default_factory=set[int])  # roots that did meanwhile; whoever walks adds to them
    missing: set[int] = field(default_factory=set[int])  # photos that had left before
    _vanished: dict[int, Root] = field(default_factory=dict[int, Root])
    _seen: set[int] = field(default_factory=set[int])
    _changing: set[int] = field(default_factory=set[int])  # photos whose content may be another by now
    _moved: dict[int, Unit] = field(default_factory=dict[int, Unit])
    _touched: set[str] = field(default_factory=set[str])  # what came and is what lay there before
    _held: list[Task] = field(default_factory=list[Task])
    _orphans: dict[bytes, int] = field(default_factory=dict[bytes, int])  # photos whose place another one took

    def begin(self) -> None:
        """Ask the catalogue what had left before."""
        self.missing = self.known.missing_ids()
        self._orphans = self.known.orphans(_day_ago_ms()) if self.missing else {}

    def stayed(self, photo_ids: Iterable[int]) -> None:
        """These photos are in their places."""
        self._seen.update(photo_ids)

    def left(self, photo_ids: Iterable[int], root: Root) -> None:
        """The places of these photos are empty, or something else is in them."""
        self._vanished.update(dict.fromkeys(photo_ids, root))

    def came(self, task: Task, before: KnownFile | None) -> bool:
        """Whether what came is to be looked at now; else it is held back. `before` is what its name stood for."""
        stamp = task.unit.primary.stamp
        same_primary = before is not None and before[1:3] == (stamp.size_bytes, stamp.mtime_ns)
        if not same_primary and stamp.size_bytes and (self._orphans or self.known.size_is_known(stamp.size_bytes)):
            self._held.append(task)
            return False
        self._is_looked_at(task)
        return True

    def is_dealt_with(self, photo_id: int) -> bool:
        """Whether this photo has been told of, or has left."""
        return photo_id in self._seen or photo_id in self._vanished

    def gone(self) -> Iterator[Moved | Vanished]:
        """After `resolved`: photos that have left, those first in whose place a copy is."""
        vanished = self._really_vanished()
        heirs = self._heirs(vanished)
        yield from heirs
        yield from self._late_heirs({each.heir_id for each in heirs})
        vanished -= {each.photo_id for each in heirs}
        if vanished:
            yield Vanished(tuple(sorted(vanished)))

    def resolved(self) -> Iterator[Task | Moved]:
        """Tell moved photos from new and changed ones, now that the whole tree has been seen."""
        content = {task.path: self._content(task) for task in self._held}
        # A file that was only touched keeps its photo, before any copy of it may claim to be that photo, moved.
        for task in self._held:
            if task.photo_id is not None and content[task.path] == self.reader.fingerprint(task.photo_id):
                self._touched.add(task.path)
                self._seen.add(task.photo_id)
        moved: dict[str, int] = {}
        for task in self._held:
            if task.path not in self._touched:
                photo_id = self._who_left(task, content[task.path])
                if photo_id is not None:
                    self._seen.add(photo_id)
                    moved[task.path] = photo_id
        gone = set(moved.values())
        for task in self._held:
            if task.path in moved:
                if task.photo_id is not None and task.photo_id not in self._seen:
                    self._vanished[task.photo_id] = self.roots[task.unit.root_id]  # another one has its place now
                self._moved[moved[task.path]] = task.unit
                yield Moved(moved[task.path], task.unit)
            elif task.photo_id in gone or self._is_copy_in_empty_place(task, content[task.path]):
                yield Task(task.unit, task.path, None, Change.ADDED)  # its photo is elsewhere, or gone for good
            else:
                self._is_looked_at(task)
                yield task

    def _is_copy_in_empty_place(self, task: Task, content: bytes | None) -> bool:
        """Whether a copy of another photo was put where one had been: no edited version of that one."""
        return (
            task.photo_id in self.missing
            and task.path not in self._touched
            and any(known[4] == content for known in self.known.primaries_of_size(task.unit.primary.stamp.size_bytes))
        )

    def _is_looked_at(self, task: Task) -> None:
        if task.photo_id is not None:
            self._seen.add(task.photo_id)
            self._changing.add(task.photo_id)

    def _really_vanished(self) -> set[int]:
        """Photos that have left, without those whose drive has."""
        left = self._vanished.keys() - self._seen - self.missing
        roots = {self._vanished[photo_id].id: self._vanished[photo_id] for photo_id in left}
        self.went_away |= {root_id for root_id, root in roots.items() if not self.is_there(root)}
        return {photo_id for photo_id in left if self._vanished[photo_id].id not in self.went_away}

    def _heirs(self, vanished: set[int]) -> list[Moved]:
        """For photos that have left: where a copy of each came, a short while ago, that is nothing but that copy."""
        since_ms = _day_ago_ms()
        taken: set[int] = set()
        found: list[Moved] = []
        for photo_id in sorted(vanished):
            away = taken | vanished | self._changing | (self.missing - self._seen)
            heirs = [each for each in self.known.heirs(photo_id, since_ms) if each not in away]
            unit = (self._moved.get(heirs[0]) or self.reader.unit(heirs[0])) if heirs else None
            if unit is not None:
                taken.add(heirs[0])
                found.append(Moved(photo_id, unit, heirs[0]))
        return found

    def _late_heirs(self, taken: set[int | None]) -> list[Moved]:
        """The same for photos that left before, of copies that were away at that time and have come back."""
        came_back = self._seen & self.missing - self._changing
        found: list[Moved] = []
        elders = self.known.elders(came_back, _day_ago_ms()) if came_back else {}
        for elder_id, heir_id in elders.items():
            unit = self._moved.get(heir_id) or self.reader.unit(heir_id)
            if unit is not None and heir_id not in taken and elder_id not in self._seen:
                taken.add(heir_id)
                found.append(Moved(elder_id, unit, heir_id))
        return found

    def _content(self, task: Task) -> bytes | None:
        self.cancel.check()
        try:
            return fingerprint_of(Path(task.path))
        except MediaProblem:
            return None  # the decoder will meet the same problem and record it

    def _who_left(self, task: Task, content: bytes | None) -> int | None:
        """The photo of this very content whose own place is empty or taken by something else."""
        candidates = [
            (photo_id in self.missing, os.path.basename(path) != os.path.basename(task.path), photo_id)  # noqa: PTH119 - any bytes
            for photo_id, root_id, path, stamp, fingerprint in self.known.primaries_of_size(
                task.unit.primary.stamp.size_bytes
            )
            if content is not None
            and fingerprint == content
            and photo_id not in self._seen
            and photo_id != task.photo_id
            # Of a drive that is away nobody knows what left it, but for what had left while it was there.
            and (photo_id in self.missing or root_id not in self.absent_roots | self.went_away)
            # What its folder no longer lists has left, even if a look finds it: a name that changed in nothing but case
            # is the same name on many drives.
            and (photo_id in self._vanished or not is_still_there(path, stamp))
        ]
        # What has just left before what left long ago; then the same name: of two equal files that moved together each
        # keeps its own history.
        if candidates:
            return min(candidates)[2]
        orphan = None if content is None else self._orphans.get(content)
        return None if orphan in self._seen else orphan


def _day_ago_ms() -> int:
    return time.time_ns() // 1_000_000 - MOVE_WITHIN_MS
