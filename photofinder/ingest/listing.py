"""What lies in a folder, without opening a file."""

import errno
import os

from photofinder.core.types import Stamp
from photofinder.media.formats import COMPANION_SUFFIXES, PHOTO_SUFFIXES, is_ignored_name

Stamps = dict[bytes, tuple[int, int, int]]
"""By name: size in bytes, modification time in ns, inode."""

_WANTED = frozenset(suffix.encode() for suffix in (*PHOTO_SUFFIXES, *COMPANION_SUFFIXES))
_SIGNED_64 = (1 << 63) - 1  # SQLite's integers are signed; inodes need not be


def listing(folder: bytes, known: dict[bytes, tuple[int, int]]) -> tuple[list[bytes], Stamps | None]:
    """Sub-folders to enter, and the stamps of photos and companions: None if they are the known ones, all unchanged.

    Symbolic links are not followed: a loop would never end, and what they point to is found where it lies. Raises
    OSError if the folder cannot be listed.
    """
    inner: list[bytes] = []
    found: Stamps = {}
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


def is_still_there(path: str, stamp: Stamp) -> bool:
    """Whether a file is where it was, unchanged. One that cannot be looked at counts as there."""
    try:
        stat = os.stat(path, follow_symlinks=False)  # noqa: PTH116 - a str may hold any bytes
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True  # not to be seen is not the same as gone
    return (stat.st_size, stat.st_mtime_ns) == (stamp.size_bytes, stamp.mtime_ns)


def reason(error: OSError) -> str:
    """Why a folder could not be listed, for people."""
    if error.errno == errno.ENAMETOOLONG:
        return "it lies deeper than this system's paths may be long; move its photos further up to include them"
    return error.strerror or str(error)


def _stamp(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_size, stat.st_mtime_ns, stat.st_ino & _SIGNED_64
