"""Which photos are being decoded at this moment, written down so that it is known after a crash of the whole program.

Kept in a mapped file: writing costs a copy of some bytes and no call of the system. What a process has written there
survives the process, though not a loss of power, which is no photo's doing.
"""

import contextlib
import json
import logging
import mmap
import queue
import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from photofinder.media.original import Original

_log = logging.getLogger(__name__)

_SLOTS: Final = 64
_SLOT_BYTES: Final = 8192
_WAIT_S: Final = 5
_SUFFIX: Final = ".decoding"
_SUSPECTS: Final = "suspects.json"
_MOST_SUSPECTS: Final = 1000

_Key = tuple[str, int, int]
"""Path, size in bytes, modification time in nanoseconds."""


class Journal:
    """One process's journal, and the suspects that crashed processes left in theirs. Threads: any.

    A folder that cannot be written costs the journal, not the photos: that is logged, and nothing is raised.
    """

    def __init__(self, folder: Path) -> None:
        self._suspects: set[_Key] = set()
        self._free: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._map: mmap.mmap | None = None
        self._path = folder / f"{uuid.uuid4().hex}{_SUFFIX}"
        self._lock = _lock_of(self._path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._suspects = _collected(folder)
            self._begin()
        except (OSError, Timeout) as error:
            _log.warning("what is being decoded is not written down, because %s cannot be used: %s", folder, error)

    def suspects(self, original: Original) -> bool:
        """Whether the program ended without its consent while it decoded this very file."""
        return bool(self._suspects) and _key(original) in self._suspects

    @contextlib.contextmanager
    def decoding(self, original: Original) -> Generator[None]:
        """Have it written down while a photo is decoded."""
        mapped = self._map
        if mapped is None:
            yield
            return
        slot = self._free.get()  # waits, should there ever be more threads
        start = slot * _SLOT_BYTES
        record = _record(original)
        if len(record) <= _SLOT_BYTES:
            mapped[start : start + len(record)] = record
        try:
            yield
        finally:
            if not mapped.closed:
                mapped[start] = 0
            self._free.put(slot)

    def close(self) -> None:
        """Nothing is being decoded any more: leave no file behind."""
        mapped, self._map = self._map, None
        if mapped is not None:
            mapped.close()
            self._path.unlink(missing_ok=True)
            self._lock.release()
            Path(self._lock.lock_file).unlink(missing_ok=True)

    def _begin(self) -> None:
        self._lock.acquire()
        with self._path.open("xb+") as file:
            file.write(bytes(_SLOTS * _SLOT_BYTES))  # written, not only sized: a full disk says so now
            file.flush()
            self._map = mmap.mmap(file.fileno(), _SLOTS * _SLOT_BYTES)
        for slot in range(_SLOTS):
            self._free.put(slot)


def _key(original: Original) -> _Key:
    return str(original.path), original.size_bytes, original.mtime_ns


def _record(original: Original) -> bytes:
    # A path may hold lone surrogates, for bytes that are not UTF-8.
    return json.dumps(_key(original), ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\0"


def _collected(folder: Path) -> set[_Key]:
    """The suspects known before and those in the journals of processes that are gone, which are removed."""
    path = folder / _SUSPECTS
    with FileLock(folder / f"{_SUSPECTS}.lock", timeout=_WAIT_S):
        before: set[_Key] = set()
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
            before = {_as_key(each) for each in json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))}
        found = {key for key in before if _is_still(key)}
        for journal in folder.glob(f"*{_SUFFIX}"):
            lock = _lock_of(journal)
            try:
                lock.acquire()
            except Timeout:
                continue  # its process is at work
            left = _left_in(journal)
            for name, _, _ in left:
                _log.warning("the program ended while it decoded %s, which will be decoded apart", name)
            found |= left
            journal.unlink()
            lock.release()
            Path(lock.lock_file).unlink(missing_ok=True)
        if found != before:
            text = json.dumps(sorted(found)[:_MOST_SUSPECTS], ensure_ascii=False)
            unfinished = path.with_suffix(".unfinished")
            unfinished.write_bytes(text.encode("utf-8", "surrogatepass"))
            unfinished.replace(path)
    return found


def _left_in(journal: Path) -> set[_Key]:
    content = journal.read_bytes()
    left: set[_Key] = set()
    for start in range(0, len(content), _SLOT_BYTES):
        record = content[start : start + _SLOT_BYTES].partition(b"\0")[0]
        with contextlib.suppress(ValueError, TypeError):  # empty, or torn in the middle of writing
            left.add(_as_key(json.loads(record.decode("utf-8", "surrogatepass"))))
    return left


def _as_key(value: Any) -> _Key:
    name, size_bytes, mtime_ns = value
    return str(name), int(size_bytes), int(mtime_ns)


def _is_still(key: _Key) -> bool:
    """Whether a suspect may still be what it was; one that cannot be looked at now may."""
    try:
        status = Path(key[0]).stat()
    except (OSError, ValueError):
        return True
    return (status.st_size, status.st_mtime_ns) == key[1:]


def _lock_of(journal: Path) -> FileLock:
    return FileLock(f"{journal}.lock", timeout=0, thread_local=False)
