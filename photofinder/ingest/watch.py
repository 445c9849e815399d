"""Hears from the system what changes below a folder: the home of watchfiles.

Linux (inotify) wants one watch for every folder, and a user has only so many; so the folders are counted first. What
the system tells is a hint where to look, never the truth: a scan of the place is. Why watchfiles, and what it does not
tell: docs/decisions/2026-11-watching.md.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from photofinder.core.errors import EnvironmentProblem

LIMITS = Path("/proc/sys/fs/inotify")
"""Where Linux says how many watches and watchers a user may have."""

BURST = 6_000
"""So many changes at once may be more than the kernel's queue (16,384 by default) holds: some may have been lost."""

_GATHER_MS = 100  # told at most this late; the thread sleeps in between
_LOOK_MS = 50
_REST_MS = 5_000


class Unwatchable(EnvironmentProblem):
    """A folder of which the system will not, or no longer, tell changes. It can still be scanned now and then."""


class FolderWatch:
    """Watches one folder with all inside, from when it is made until `close`. Raises Unwatchable.

    `on_changed` is called with absolute paths, on a thread of the watch's own; `on_lost` at most once, on that thread,
    with the reason: what changed lately may have been missed then, and nothing more will be told.
    """

    def __init__(
        self,
        top: str,
        on_changed: Callable[[set[str]], None],
        on_lost: Callable[[Unwatchable], None],
        *,
        watches_left: int | None = None,
    ) -> None:
        self.top = top
        self._on_changed = on_changed
        self._on_lost = on_lost
        self._stop = threading.Event()
        allowed = watches_allowed() if watches_left is None else watches_left
        self.folders = count_folders(top, allowed)
        if self.folders > allowed:
            raise exhausted(top)
        before = _watchers()
        try:
            self._told = RustNotify([top], False, False, 0, True, False)
        except FileNotFoundError as error:
            raise Unwatchable(f"{top} is not there.", "Plug in its drive.") from error
        except PermissionError as error:
            raise Unwatchable(f"Folders in {top} may not be read.", "Check the permissions of its folders.") from error
        except (OSError, WatchfilesRustInternalError) as error:
            raise exhausted(top) from error
        except UnicodeEncodeError as error:
            raise Unwatchable(f"The name of {top} is not written in UTF-8.", "Rename it.") from error
        self._own = _watchers() - before
        self._thread = threading.Thread(target=self._run, name="folder-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait for the thread: a tenth of a second."""
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join()
        self._told.close()

    @property
    def is_complete(self) -> bool:
        """Whether every folder has its watch, also those made since. Counts them; elsewhere than on Linux it is so."""
        if not self._own:
            return True
        watches = sum(_watch_count(each) for each in self._own)
        return count_folders(self.top, watches) <= watches

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                told = self._told.watch(_GATHER_MS, _LOOK_MS, _REST_MS, self._stop)
            except WatchfilesRustInternalError as error:
                self._on_lost(_lost(self.top, str(error)))
                return
            if not isinstance(told, str):
                if len(told) > BURST:
                    self._on_changed({path for _, path in told} | {self.top})
                else:
                    self._on_changed({path for _, path in told})


def watches_allowed() -> int:
    """How many folders this user's programs may watch in all; elsewhere than on Linux that is not limited."""
    try:
        return int((LIMITS / "max_user_watches").read_text())
    except (OSError, ValueError):
        return sys.maxsize


def count_folders(top: str, at_most: int) -> int:
    """Folders from `top` down, as far as `at_most` + 1. Links are followed, as the watch follows them.

    Raises Unwatchable for one that may not be listed: no watch can be put on it either.
    """
    count = 0
    stack = [top]
    while stack and count <= at_most:
        folder = stack.pop()
        count += 1
        try:
            with os.scandir(folder) as entries:
                stack.extend(
                    entry.path
                    for entry in entries
                    if entry.is_dir() and not (entry.is_symlink() and _leads_up(entry.path))
                )
        except PermissionError as error:
            raise Unwatchable(f"The folder {folder} may not be read.", "Check its permissions.") from error
        except OSError:
            continue  # gone, or a link to nothing
    return count


def exhausted(top: str) -> Unwatchable:
    """The system has no watches left for this folder."""
    if sys.platform != "linux":
        return Unwatchable(f"The system cannot watch {top}.", "Close other programs that watch folders.")
    needed = max(524_288, 2 * watches_allowed())
    return Unwatchable(
        f"The system's watches do not suffice for all folders in {top} (it allows {watches_allowed():,}).",
        f"Allow more: sudo sysctl fs.inotify.max_user_watches={needed} fs.inotify.max_user_instances=1024,"
        " and write the same into /etc/sysctl.d/60-photofinder.conf so that it stays.",
    )


def _lost(top: str, reason: str) -> Unwatchable:
    if "decode path" in reason:
        return Unwatchable(f"A file in {top} has a name that is not written in UTF-8.", "Rename it.")
    return exhausted(top)


def _leads_up(link: str) -> bool:
    """Whether a link leads to a folder that it lies in: following it would never end."""
    target, here = os.path.realpath(link), os.path.realpath(os.path.dirname(link))  # noqa: PTH120
    return here == target or here.startswith(target.rstrip(os.sep) + os.sep)


def _watchers() -> set[str]:
    """What this process watches with: files below /proc that tell about it (Linux; none elsewhere)."""
    found: set[str] = set()
    with contextlib.suppress(OSError):
        for descriptor in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):  # the listing's own descriptor is gone by now
                if "inotify" in str(descriptor.readlink()):
                    found.add(f"/proc/self/fdinfo/{descriptor.name}")
    return found


def _watch_count(told_in: str) -> int:
    with contextlib.suppress(OSError):
        return Path(told_in).read_bytes().count(b"inotify wd:")
    return 0
