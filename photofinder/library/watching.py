"""Keeps a library up to date for as long as it is open: what changes on disk is due to be looked at within a second.

    folder watches ─paths→ settling ─┐
    mounts, sleep, periods ──────────┴→ what is due → whoever runs ingests (`index_changes`)

Only the thread that runs ingests changes photos; this one says where to look, and finds drives again.
"""

import enum
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from photofinder.core.errors import EnvironmentProblem
from photofinder.core.types import Root
from photofinder.ingest import volumes
from photofinder.ingest.changes import Place
from photofinder.ingest.settling import Settling
from photofinder.ingest.watch import FolderWatch, Unwatchable, exhausted, watches_allowed
from photofinder.library.library import Library
from photofinder.library.roots import away, drive_name, find_drives, watched

SCAN_EVERY_S = 300.0
"""Roots that cannot be watched are looked through so often."""

ROOTS_EVERY_S = 5.0
"""Roots whose folder goes or comes without a drive doing so are noticed so soon."""

_TICK_S = 0.05
_REST_S = 1.0  # between looks at mounts while nothing changes
_COMPLETE_EVERY_S = 60.0
_ASLEEP_FROM_S = 20.0
_AGAIN_AFTER_S = 30.0

_log = logging.getLogger(__name__)


class How(enum.Enum):
    """How a root is kept up to date."""

    WATCHED = "watched"
    SCANNED = "scanned"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class RootState:
    """How a root is kept up to date, and where not at once: why, and what the user can do about it.

    `drive` is the name of the drive to plug in while it is AWAY.
    """

    root: Root
    how: How
    why: str = ""
    remedy: str = ""
    drive: str = ""

    @property
    def minutes(self) -> int:
        """How often it is looked through if SCANNED."""
        return round(SCAN_EVERY_S / 60)


class SleepSense:
    """Notices that the computer was asleep: then nothing was watched. One thread."""

    def __init__(self, awake: Callable[[], float] = time.monotonic, always: Callable[[], float] | None = None) -> None:
        self._awake, self._always = awake, always or _boottime
        self._last = self._awake(), self._always()

    def slept(self, expected_s: float) -> bool:
        """Whether the computer slept since the last call, which was about `expected_s` ago.

        Either the clock that goes on in sleep is ahead of the one that does not (Linux, macOS), or both jumped
        (Windows). A clock set anew, or a computer too busy to come here, looks the same; a look too many harms nobody.
        """
        before, (now, always) = self._last, (self._awake(), self._always())
        self._last = now, always
        passed = now - before[0]
        return always - before[1] - passed > _ASLEEP_FROM_S or passed - expected_s > 3 * _ASLEEP_FROM_S


def _boottime() -> float:
    """A clock that goes on in sleep: Linux has one that nobody sets, elsewhere it is the clock on the wall."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.time()


@dataclass(slots=True)
class _Kept:
    """One root, as it is kept up to date now. `watch` is there if it is watched."""

    root: Root
    settling: Settling
    watch: FolderWatch | None = None
    told: set[str] = field(default_factory=set[str])  # under the lock
    lost: Unwatchable | None = None
    lost_at_s: float = -_AGAIN_AFTER_S
    scan_at_s: float = 0.0
    check_at_s: float = 0.0


class Watching:
    """Watches all roots of a library, from when it is made until `close`.

    On a thread of its own it calls `on_due` with places to be given to `index_changes` (every root once at the start),
    and `on_states` with the state of every root whenever one changed.
    """

    def __init__(
        self,
        library: Library,
        on_due: Callable[[list[Place]], None],
        on_states: Callable[[list[RootState]], None] = lambda _: None,
    ) -> None:
        self._library = library
        self._on_due = on_due
        self._on_states = on_states
        self._kept: dict[int, _Kept] = {}
        self._roots: list[Root] = []
        self._gone: dict[int, Root] = {}
        self._states: list[RootState] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._roots_at_s = 0.0
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)
        self._thread.start()

    def refresh(self) -> None:
        """Roots were added or taken out. Any thread; returns at once."""
        self._roots_at_s = 0.0
        self._wake.set()

    def retry(self, paths: Iterable[str]) -> None:
        """These files were still being written when looked at. Any thread; returns at once."""
        with self._lock:
            for path in paths:
                for kept in self._kept.values():
                    if path.startswith(kept.root.path):
                        kept.told.add(path)
        self._wake.set()

    def close(self) -> None:
        """Stop, and wait for its threads: some tenths of a second."""
        self._closing = True
        self._wake.set()
        self._thread.join()

    # --- its thread

    def _run(self) -> None:
        mounts, sleep = volumes.MountsWatch(), SleepSense()
        rest_s = 0.0
        try:
            while not self._closing:
                try:
                    if mounts.changed() or time.monotonic() >= self._roots_at_s:
                        self._look_at_roots()
                    self._look_at_changes(slept=sleep.slept(rest_s))
                except EnvironmentProblem as problem:
                    # The catalogue is out of reach for the moment; whoever ingests tells the user, this goes on.
                    _log.info("Watching waits: %s", problem)
                    self._roots_at_s = time.monotonic() + ROOTS_EVERY_S
                rest_s = _TICK_S if any(len(kept.settling) for kept in self._kept.values()) else _REST_S
                self._wake.wait(rest_s)
                self._wake.clear()
        finally:
            mounts.close()
            for kept in self._kept.values():
                self._end(kept)
            self._library.reader.close()

    def _look_at_roots(self) -> None:
        self._roots_at_s = time.monotonic() + ROOTS_EVERY_S
        find_drives(self._library)
        self._gone = away(self._library, anew=True)
        self._roots = watched(self._library)
        there = {root.id: root for root in self._roots if root.id not in self._gone}
        for root_id, kept in list(self._kept.items()):
            if there.get(root_id) != kept.root:  # away, taken out, grown, or mounted elsewhere
                with self._lock:
                    del self._kept[root_id]
                self._end(kept)
        for root in there.values():
            if self._closing:
                return
            if root.id not in self._kept:
                kept = _Kept(root, Settling(root.path))
                with self._lock:
                    self._kept[root.id] = kept
                self._begin(kept)
        self._tell_states()

    def _begin(self, kept: _Kept) -> None:
        """Watch a root if that can be done; then have it looked through, since it may have changed before."""
        kept.lost = kept.watch = None
        try:
            kept.watch = self._watch(kept)
        except Unwatchable as problem:
            kept.lost = problem
        except OSError as error:
            kept.lost = Unwatchable(f"{kept.root.path} cannot be watched ({error.strerror}).")
        now_s = time.monotonic()
        kept.scan_at_s, kept.check_at_s = now_s + SCAN_EVERY_S, now_s + _COMPLETE_EVERY_S
        self._on_due([Place(kept.root)])

    def _watch(self, kept: _Kept) -> FolderWatch:
        network = volumes.network_type(Path(kept.root.path))
        if network is not None:
            raise Unwatchable(f"{kept.root.path} is on a network drive ({network}): changes are not told.")
        taken = sum(other.watch.folders for other in self._kept.values() if other.watch)
        return FolderWatch(
            kept.root.path,
            lambda paths: self._hear(kept, paths),
            lambda problem: self._lose(kept, problem),
            watches_left=watches_allowed() - taken,
        )

    def _end(self, kept: _Kept) -> None:
        if kept.watch is not None:
            kept.watch.close()
            kept.watch = None

    def _look_at_changes(self, *, slept: bool) -> None:
        due: list[Place] = []
        for kept in list(self._kept.values()):
            now_s = time.monotonic()
            with self._lock:
                told, kept.told = kept.told, set()
            kept.settling.note(told, now_s)
            changed = kept.settling.due(now_s)
            due += [Place(kept.root, each.folder, each.deep) for each in changed]
            if kept.watch is not None and any(each.deep for each in changed):
                self._check(kept, now_s)
            if kept.watch is not None and kept.lost is not None:
                self._recover(kept, now_s)
            elif now_s >= kept.scan_at_s and kept.watch is None:
                self._begin(kept)  # perhaps it can be watched by now
                self._tell_states()
            elif slept:
                due.append(Place(kept.root))
        if due:
            self._on_due(due)

    def _check(self, kept: _Kept, now_s: float) -> None:
        """Folders that came may have found no watch left: the system says nothing then."""
        assert kept.watch is not None
        if now_s >= kept.check_at_s:
            kept.check_at_s = now_s + _COMPLETE_EVERY_S
            if not kept.watch.is_complete:
                kept.lost = exhausted(kept.root.path)

    def _recover(self, kept: _Kept, now_s: float) -> None:
        """Watch anew, unless that was lost a moment ago too: then now and then is all there is."""
        why = kept.lost
        self._end(kept)
        if now_s - kept.lost_at_s >= _AGAIN_AFTER_S:
            self._begin(kept)
        else:
            kept.lost, kept.scan_at_s = why, now_s + SCAN_EVERY_S
            self._on_due([Place(kept.root)])
        kept.lost_at_s = now_s
        self._tell_states()

    def _tell_states(self) -> None:
        states = [self._state(root) for root in self._roots]
        if states != self._states:
            self._states = states
            self._on_states(states)

    def _state(self, root: Root) -> RootState:
        if root.id in self._gone:
            return RootState(root, How.AWAY, drive=drive_name(root))
        kept = self._kept.get(root.id)
        if kept is None or kept.lost is None:
            return RootState(root, How.WATCHED)
        return RootState(root, How.SCANNED, kept.lost.what, kept.lost.remedy)

    # --- threads of the folder watches

    def _hear(self, kept: _Kept, paths: set[str]) -> None:
        with self._lock:
            kept.told |= paths
        self._wake.set()

    def _lose(self, kept: _Kept, problem: Unwatchable) -> None:
        kept.lost = problem
        self._wake.set()
