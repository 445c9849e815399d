"""Turning whatever a decoder or the disk does wrong into a `MediaProblem`."""

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from photofinder.core.errors import FailureKind, MediaProblem

_log = logging.getLogger(__name__)

MAX_PIXELS: Final = 250_000_000
"""Above this a photo is refused before its pixels are decoded: 0.75 GB as RGB, and only bombs are larger."""

_LARGE_PIXELS: Final = 40_000_000


class NotItsTurn(BaseException):
    """Raised in a child process instead of decoding a large photo without leave from the parent.

    Not an error: nothing but the process's own beginning is to catch it, least of all a fallback of some decoder.
    """


class _Large:
    """The turn to decode a large photo. In a child process turns are given by the parent, which may see it die."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.by_leave = False

    @contextmanager
    def turn(self) -> Generator[None]:
        if self.by_leave:
            raise NotItsTurn
        with self.lock:
            yield


large: Final = _Large()
"""Whose turn it is, of the threads of this process (and, through `isolation`, of its children)."""


def check_size(width_px: int, height_px: int) -> None:
    """Raise `MediaProblem` (TOO_LARGE) for a decompression bomb; to be called before pixels are decoded."""
    if width_px * height_px > MAX_PIXELS:
        megapixels = width_px * height_px / 1e6
        raise MediaProblem(
            FailureKind.TOO_LARGE,
            f"It is {width_px} x {height_px} pixels ({megapixels:,.0f} megapixels); "
            f"PhotoFinder reads photos of up to {MAX_PIXELS // 1_000_000} megapixels.",
        )
    if width_px < 1 or height_px < 1:
        raise MediaProblem(FailureKind.UNREADABLE, "It says that it has no pixels.")


@contextmanager
def large_alone(width_px: int, height_px: int) -> Generator[None]:
    """Let only one photo above 40 megapixels be decoded at a time, whatever the number of threads.

    For decoders that hold the whole photo in memory; those that scale while decoding need no such care.
    """
    if width_px * height_px > _LARGE_PIXELS:
        with large.turn():
            yield
    else:
        yield


@contextmanager
def decoding(kind_of_photo: str) -> Generator[None]:
    """Translate all that a decoder raises. Disk errors (an OSError with a number) pass, for `reading`.

    Decoders of damaged content raise nearly anything (SyntaxError, KeyError, struct.error, zlib.error, their
    own), so this is the one place that catches everything; the log keeps the original.
    """
    try:
        yield
    except MediaProblem:
        raise
    except MemoryError as error:
        raise MediaProblem(FailureKind.TOO_LARGE, "There is not enough memory to decode it.") from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        _log.debug("%s decoder: %r", kind_of_photo, error)
        if "memory" in str(error).lower():  # how libheif and LibRaw say it
            raise MediaProblem(FailureKind.TOO_LARGE, "There is not enough memory to decode it.") from error
        if "unsupported" in str(error).lower():
            raise MediaProblem(
                FailureKind.UNSUPPORTED, f"PhotoFinder cannot read this kind of {kind_of_photo} photo."
            ) from error
        raise MediaProblem(FailureKind.UNREADABLE, f"This {kind_of_photo} photo is damaged or incomplete.") from error


@contextmanager
def reading() -> Generator[None]:
    """Translate what goes wrong between us and the disk."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MediaProblem(FailureKind.VANISHED, "It is no longer where it was.") from error
    except PermissionError as error:
        raise MediaProblem(FailureKind.DENIED, "You do not have permission to read it.") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise MediaProblem(FailureKind.UNREADABLE, f"The disk could not read it ({reason}).") from error
    except MemoryError as error:
        raise MediaProblem(FailureKind.TOO_LARGE, "There is not enough memory to read it.") from error
