"""What changed under the roots since last time, without opening a file that did not.

A file counts as changed when its size or modification time did. The inode is recorded but not compared: FAT and many
network drives hand out new ones at every mount, and a whole library must not be read again because of that.

A renamed or moved photo is recognised by its content: a new file of a known size is held back to the end of the walk;
if a photo of that size and fingerprint has left its place by then, it moved. One that was copied first and deleted
later (which is how files move between drives) is recognised when its first file goes: a copy that came a short while
before, and that nobody has marked, takes its place.

A file that changed within the last moment may still be written, and waits.
"""

import enum
import errno
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from photofinder.catalogue.known_files import KnownFile, KnownFiles
from photofinder.catalogue.reader import CatalogueReader
from photofinder.core.cancel import CancelToken
from photofinder.core.errors import MediaProblem
from photofinder.core.types import PhotoFile, Role, Root, Stamp, Unit
from photofinder.ingest.units import group
from photofinder.media.fingerprint import fingerprint_of
from photofinder.media.formats import COMPANION_SUFFIXES, PHOTO_SUFFIXES, is_ignored_name

_WANTED = frozenset(suffix.encode() for suffix in (*PHOTO_SUFFIXES, *COMPANION_SUFFIXES))
_SIGNED_64 = (1 << 63) - 1  # SQLite's integers are signed; inodes need not be

SETTLE_S = 0.6
"""A file is complete when its size and modification time have been the same for so long."""

MOVE_WITHIN_MS = 24 * 3600 * 1000
"""Between the two ends of a move: a copy that is older, when the photo it was made of goes, is a photo of its own."""

_Stamps = dict[bytes, tuple[int, int, int]]


class Change(enum.Enum):
    """Why a photo is to be looked at."""

    ADDED = "added"
    CHANGED = "changed"
    UNFINISHED = "unfinished"  # known and unchanged, but with no embedding yet, or worth another try


@dataclass(frozen=True, slots=True)
class Task:
    """A photo to decode and embed."""

    unit: Unit
    path: str
    photo_id: int | None
    change: Change


@dataclass(frozen=True, slots=True)
class Moved:
    """A known photo in a new place. `heir_id` is what that place was known as, if it was: a copy, to be forgotten."""

    photo_id: int
    unit: Unit
    heir_id: int | None = None


@dataclass(frozen=True, slots=True)
class Vanished:
    """Photos whose files are gone from a root that is there."""

    photo_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """Photos that were missing and are back, unchanged."""

    photo_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What to scan: a root, or a folder inside it (`folder`, relative, "/"-separated; empty for all of it).

    With `deep` also all folders inside. A folder that is gone may be named: its photos have left then.
    """

    root: Root
    folder: bytes = b""
    deep: bool = True

    @property
    def is_root(self) -> bool:
        """Whether this is the whole of a root."""
        return self.deep and not self.folder


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
    went_away: set[int] = field(default_factory=set[int])  # roots that did while they were looked through
    closed: set[int] = field(default_factory=set[int])  # roots with a place that could not be listed: see `unreadable`
    unchanged: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])  # folder, reason
    _known: KnownFiles = field(init=False)
    _missing: set[int] = field(default_factory=set[int])
    _vanished: dict[int, Root] = field(default_factory=dict[int, Root])
    _seen: set[int] = field(default_factory=set[int])
    _changing: set[int] = field(default_factory=set[int])  # photos whose content may be another by now
    _moved: dict[int, Unit] = field(default_factory=dict[int, Unit])
    _held: list[Task] = field(default_factory=list[Task])
    _fresh: list[_Fresh] = field(default_factory=list[_Fresh])
    _last_fresh_s: float = 0.0
    _folders: dict[int, dict[bytes, int]] = field(default_factory=dict[int, dict[bytes, int]])
    _roots: dict[int, Root] = field(default_factory=dict[int, Root])
    _orphans: dict[bytes, int] = field(default_factory=dict[bytes, int])  # photos whose place another one took
    _missing_by_folder: dict[int, int] = field(default_factory=dict[int, int])

    def __post_init__(self) -> None:
        self._known = KnownFiles(self.reader)

    def run(self) -> Iterator[Task | Moved | Vanished | Returned]:
        """Yield what is to be done. Raises EnvironmentProblem and Cancelled.

        A folder that cannot be listed, also if it is one of the places, is `unreadable`: its photos stay as they are,
        and the rest is looked through. A root that turns out to be away `went_away`.
        """
        self._missing = self._known.missing_ids()
        self._orphans = self._known.orphans(_day_ago_ms()) if self._missing else {}
        self._missing_by_folder = self._known.missing_by_folder() if self._missing else {}
        self._roots = {place.root.id: place.root for place in self.places}
        for place in self.places:
            yield from self._walk(place)
        yield from self._look_again()
        yield from self._resolve_held()
        vanished = self._really_vanished()
        if vanished:
            heirs = self._heirs(vanished)
            yield from heirs
            vanished -= {each.photo_id for each in heirs}
        if vanished:
            yield Vanished(tuple(sorted(vanished)))
        for root in self._roots_to_finish():
            for photo_id in self._known.unfinished(root.id, self.space_id, self.decoder_version):
                self.cancel.check()
                unit = None if photo_id in self._seen or photo_id in vanished else self.reader.unit(photo_id)
                if unit is not None:
                    yield Task(unit, self._path(root, unit.folder, unit.primary.name), photo_id, Change.UNFINISHED)

    def _roots_to_finish(self) -> list[Root]:
        """Roots that were looked through and whose photos can be tried again."""
        deep = dict.fromkeys(place.root.id for place in self.places if place.deep)
        return [self._roots[root_id] for root_id in deep if root_id not in self.went_away | self.closed]

    def _really_vanished(self) -> set[int]:
        """Photos that have left, without those whose drive has."""
        left = self._vanished.keys() - self._seen - self._missing
        roots = {self._vanished[photo_id].id: self._vanished[photo_id] for photo_id in left}
        self.went_away |= {root_id for root_id, root in roots.items() if not self.is_there(root)}
        return {photo_id for photo_id in left if self._vanished[photo_id].id not in self.went_away}

    def _heirs(self, vanished: set[int]) -> list[Moved]:
        """For photos that have left: where a copy of each came, a short while ago, that is nothing but that copy."""
        since_ms = _day_ago_ms()
        taken: set[int] = set()
        found: list[Moved] = []
        for photo_id in sorted(vanished):
            heirs = [
                each for each in self._known.heirs(photo_id, since_ms) if each not in taken | vanished | self._changing
            ]
            unit = (self._moved.get(heirs[0]) or self.reader.unit(heirs[0])) if heirs else None
            if unit is not None:
                taken.add(heirs[0])
                found.append(Moved(photo_id, unit, heirs[0]))
        return found

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
                inner, found = _listing(where, stamps)
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
                self.unreadable.append((os.fsdecode(where), _reason(error)))
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
        self._vanished.update((row[4], root) for row in self._known.folder_files(folder_id).values())

    def _compare(
        self, root: Root, folder: bytes, found: _Stamps, known: dict[bytes, KnownFile]
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
                if photo_id in self._missing:
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
            self._seen.update(back)
            yield Returned(tuple(back))
        self._vanished.update(dict.fromkeys(owners - claimed, root))

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
                if not (self.waits and _is_still_there(os.fsdecode(path), f.stamp))
            ]
            self.growing += growing
            if not growing:
                yield from self._look_at(each.root, each.unit, each.photo_id, each.known)

    def _look_at(self, root: Root, unit: Unit, photo_id: int | None, known: dict[bytes, KnownFile]) -> Iterator[Task]:
        change = Change.ADDED if photo_id is None else Change.CHANGED
        task = Task(unit, self._path(root, unit.folder, unit.primary.name), photo_id, change)
        before = known.get(unit.primary.name)
        same_primary = before is not None and before[1:3] == (
            unit.primary.stamp.size_bytes,
            unit.primary.stamp.mtime_ns,
        )
        if (
            not same_primary
            and unit.primary.stamp.size_bytes
            and (self._orphans or self._known.size_is_known(unit.primary.stamp.size_bytes))
        ):
            self._held.append(task)
            return
        if photo_id is not None:
            self._seen.add(photo_id)
            self._changing.add(photo_id)
        yield task

    def _resolve_held(self) -> Iterator[Task | Moved]:
        """Tell moved photos from new and changed ones, now that the whole tree has been seen."""
        content = {task.path: self._content(task) for task in self._held}
        # A file that was only touched keeps its photo, before any copy of it may claim to be that photo, moved.
        touched: set[str] = set()
        for task in self._held:
            if task.photo_id is not None and content[task.path] == self.reader.fingerprint(task.photo_id):
                touched.add(task.path)
                self._seen.add(task.photo_id)
        moved: dict[str, int] = {}
        for task in self._held:
            if task.path not in touched:
                photo_id = self._who_left(task, content[task.path])
                if photo_id is not None:
                    self._seen.add(photo_id)
                    moved[task.path] = photo_id
        gone = set(moved.values())
        for task in self._held:
            if task.path in moved:
                if task.photo_id is not None and task.photo_id not in self._seen:
                    self._vanished[task.photo_id] = self._roots[task.unit.root_id]  # another one has its place now
                self._moved[moved[task.path]] = task.unit
                yield Moved(moved[task.path], task.unit)
            elif task.photo_id in gone:  # its photo is elsewhere now, and something new lies in its place
                yield Task(task.unit, task.path, None, Change.ADDED)
            else:
                if task.photo_id is not None:
                    self._seen.add(task.photo_id)
                    self._changing.add(task.photo_id)
                yield task

    def _content(self, task: Task) -> bytes | None:
        self.cancel.check()
        try:
            return fingerprint_of(Path(task.path))
        except MediaProblem:
            return None  # the decoder will meet the same problem and record it

    def _who_left(self, task: Task, content: bytes | None) -> int | None:
        """The photo of this very content whose own place is empty or taken by something else."""
        candidates = [
            (os.path.basename(path) != os.path.basename(task.path), photo_id)  # noqa: PTH119 - any bytes
            for photo_id, root_id, path, stamp, fingerprint in self._known.primaries_of_size(
                task.unit.primary.stamp.size_bytes
            )
            if content is not None
            and fingerprint == content
            and photo_id not in self._seen
            and photo_id != task.photo_id
            and root_id not in self.absent_roots | self.went_away
            # What its folder no longer lists has left, even if a look finds it: a name that changed in nothing but case
            # is the same name on many drives.
            and (photo_id in self._vanished or not _is_still_there(path, stamp))
        ]
        # The same name first: of two equal files that moved together each keeps its own history.
        if candidates:
            return min(candidates)[1]
        orphan = None if content is None else self._orphans.get(content)
        return None if orphan in self._seen else orphan

    @staticmethod
    def _path(root: Root, folder: bytes, name: bytes) -> str:
        return os.fsdecode(os.path.join(os.fsencode(root.path), folder, name))  # noqa: PTH118 - bytes


def _reason(error: OSError) -> str:
    if error.errno == errno.ENAMETOOLONG:
        return "it lies deeper than this system's paths may be long; move its photos further up to include them"
    return error.strerror or str(error)


def _listing(folder: bytes, known: dict[bytes, tuple[int, int]]) -> tuple[list[bytes], _Stamps | None]:
    """Sub-folders to enter, and the stamps of photos and companions: None if they are the known ones, all unchanged.

    Symbolic links are not followed: a loop would never end, and what they point to is found where it lies.
    """
    inner: list[bytes] = []
    found: _Stamps = {}
    unchanged = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            before = known.get(name)
            if before is not None:
                # Nearly every file of nearly every scan comes this way: nothing is done here that need not be.
                try:
                    stat = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # gone between listing and looking
                if stat.st_size == before[0] and stat.st_mtime_ns == before[1]:
                    unchanged += 1
                    continue
            if entry.is_dir(follow_symlinks=False):
                if not is_ignored_name(os.fsdecode(name)):
                    inner.append(name)
            elif name[name.rfind(b".") :].lower() in _WANTED and not is_ignored_name(os.fsdecode(name)):
                try:
                    if entry.is_file(follow_symlinks=False):
                        found[name] = _stamp(entry.stat(follow_symlinks=False))
                except FileNotFoundError:
                    continue
    if unchanged == len(known) and not found:
        return inner, None
    if unchanged:
        for name in known:
            if name not in found:
                try:
                    stat = os.stat(os.path.join(folder, name), follow_symlinks=False)  # noqa: PTH116, PTH118 - bytes
                except FileNotFoundError:
                    continue
                found[name] = _stamp(stat)
    return inner, found


def _day_ago_ms() -> int:
    return time.time_ns() // 1_000_000 - MOVE_WITHIN_MS


def _stamp(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_size, stat.st_mtime_ns, stat.st_ino & _SIGNED_64


def _is_unchanged(files: tuple[PhotoFile, ...], photo_id: int, known: dict[bytes, KnownFile]) -> bool:
    """Whether these are exactly the files that the photo had, untouched and in the same roles."""
    return {name for name, row in known.items() if row[4] == photo_id} == {f.name for f in files} and all(
        known[f.name][1:3] == (f.stamp.size_bytes, f.stamp.mtime_ns) and Role(known[f.name][5]) is f.role for f in files
    )


def _is_still_there(path: str, stamp: Stamp) -> bool:
    try:
        stat = os.stat(path, follow_symlinks=False)  # noqa: PTH116 - a str may hold any bytes
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # not to be seen is not the same as gone
    return (stat.st_size, stat.st_mtime_ns) == (stamp.size_bytes, stamp.mtime_ns)


def _is_inside(folder: bytes, outer: bytes) -> bool:
    return not outer or folder == outer or folder.startswith(outer + b"/")
