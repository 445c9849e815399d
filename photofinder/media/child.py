"""What happens in a child process of `isolation`: begin, keep to the limits, do one photo after another.

Everything that is imported here is loaded by every child; no encoder, no catalogue, no window.
"""

import contextlib
import faulthandler
import multiprocessing
import os
import pickle
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.media import guard
from photofinder.media.original import Original

BY_FILE_FROM_BYTES: Final = 1 << 20
"""Pixels from this size on come through a file and not through the pipe: a fifth of the time at 12 megapixels."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A result, pickled. Its arrays lie apart: in `buffers`, or one after another (`sizes`, bytes) in a file."""

    pickled: bytes
    buffers: list[bytes] | None
    sizes: list[int]


@dataclass(frozen=True, slots=True)
class Refused:
    """The `MediaProblem` that the photo ended in."""

    kind: FailureKind
    what: str


@dataclass(frozen=True, slots=True)
class NeedsTurn:
    """It is a large photo, and not decoded before its turn."""


def begin(memory_bytes: int, folder: Path) -> None:
    """The first thing in a child: hold it to its memory, and see to it that it ends with the program.

    `folder` is where results are put; a child that outlives the program removes it.
    """
    # Pool libraries ask politely, in Python: a codec that hangs would never hear it.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    guard.large.by_leave = True
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)  # libtiff alone writes hundreds of lines about one damaged photo
    os.close(nowhere)
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - there is none elsewhere

        msvcrt.SetErrorMode(msvcrt.SEM_FAILCRITICALERRORS | msvcrt.SEM_NOGPFAULTERRORBOX)  # no dialog when it crashes
    else:
        import resource  # noqa: PLC0415 - there is none on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no gigabytes of core files with people's photos in them
        if sys.platform == "linux":  # elsewhere the limit is not kept, or does not count what codecs allocate
            all_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
            limit = _data_bytes() + min(memory_bytes, all_bytes // 2)
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    threading.Thread(target=_end_with_parent, args=(folder,), name="parent watch", daemon=True).start()


def _data_bytes() -> int:
    """The private, writable memory of this process, as RLIMIT_DATA counts it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _end_with_parent(folder: Path) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)


def do(
    work: Callable[..., Any], path: Path, args: tuple[Any, ...], seconds: float, result: Path, *, has_turn: bool
) -> Answer | Refused | NeedsTurn:
    """`work(original, *args)`; large arrays of what it returns go to `result`, a file that is not there yet."""
    guard.large.by_leave = not has_turn
    with _ending_after(2 * seconds):
        try:
            with guard.reading(), Original(path) as original:
                return _answer(work(original, *args), result)
        except MediaProblem as problem:
            return Refused(problem.kind, problem.what)
        except guard.NotItsTurn:
            return NeedsTurn()


@contextlib.contextmanager
def _ending_after(seconds: float) -> Generator[None]:
    """End this process when time is up twice over: where the parent, which should have seen to it, is gone.

    A thread of `faulthandler` does it, which does not wait for the codec to give Python a turn.
    """
    with Path(os.devnull).open("w", encoding="ascii") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


def _answer(made: Any, result: Path) -> Answer:
    arrays: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(made, protocol=5, buffer_callback=arrays.append)
    views = [each.raw() for each in arrays]
    sizes = [view.nbytes for view in views]
    if sum(sizes) >= BY_FILE_FROM_BYTES:
        try:
            with result.open("xb") as file:
                for view in views:
                    file.write(view)
        except OSError:  # the disk for temporary files is full: the slower way is left
            result.unlink(missing_ok=True)
        else:
            return Answer(pickled, None, sizes)
    return Answer(pickled, [view.tobytes() for view in views], sizes)


def unpacked(answer: Answer, result: Path) -> Any:
    """What `work` returned, in the parent. Removes the file."""
    if answer.buffers is not None:
        return pickle.loads(answer.pickled, buffers=answer.buffers)  # noqa: S301 - from our own child
    with result.open("rb") as file:
        arrays = [np.fromfile(file, np.uint8, size) for size in answer.sizes]
    result.unlink()
    return pickle.loads(answer.pickled, buffers=arrays)  # noqa: S301 - from our own child
