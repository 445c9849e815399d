"""Decides in which process a photo is decoded. Whoever decodes a user's photo comes this way.

JPEG, PNG, WebP, GIF and BMP are decoded in the program's own process, being the formats whose decoders meet the most
hostile files of all in every browser. The other decoders, and photos that did harm before, work in child processes.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.core.types import Picture
from photofinder.media.copies import Said, jpeg_copy
from photofinder.media.decode import is_sturdy, picture_of
from photofinder.media.guard import reading
from photofinder.media.isolation import Isolation, Limits
from photofinder.media.journal import Journal
from photofinder.media.load import Loaded, load_original
from photofinder.media.original import Original
from photofinder.media.picture import THUMBNAIL_LONG_PX, Need

_log = logging.getLogger(__name__)

T = TypeVar("T")

_HARM: Final = frozenset({FailureKind.CRASHED, FailureKind.TOO_SLOW})
_MOST_REMEMBERED: Final = 1000


class Decoders:
    """The decoders of one library, in this process and in children of it. Threads: any, several at once.

    `folder` is where is kept what photos are being decoded, so that those that took the whole program down are decoded
    in children from then on. Everything raises `MediaProblem`, `Cancelled` after `close`, and `EnvironmentProblem` if
    children cannot be started.
    """

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self._journal = Journal(folder)
        self._isolation = Isolation(limits or Limits())
        self._harmful: dict[tuple[Path, int, int], MediaProblem] = {}

    def load(
        self, path: Path, min_short_px: int, *, failed_before: bool = False, stop: CancelToken | None = None
    ) -> Loaded:
        """`media.load.load`, for ingest. Tries also what did harm before: whether that is to be is known there."""
        return self._run(load_original, path, min_short_px, in_child=failed_before, stop=stop)

    def decode(self, path: Path, min_short_px: int, min_long_px: int = THUMBNAIL_LONG_PX) -> Picture:
        """`media.decode.decode`; what did harm once is not tried again while it stays as it is."""
        return self._seen(picture_of, path, min_short_px, min_long_px)

    def jpeg_copy(self, path: Path, need: Need, long_px: int | None, quality: int, said: Said) -> bytes:
        """`media.copies.jpeg_copy`; what did harm once is not tried again while it stays as it is."""
        return self._seen(jpeg_copy, path, need, long_px, quality, said)

    def rest(self) -> None:
        """End children that have nothing to do, after much work."""
        self._isolation.rest()

    def close(self) -> None:
        """End all children; who waits for them gets `Cancelled`."""
        self._isolation.close()
        self._journal.close()

    def _seen(self, work: Callable[..., T], path: Path, *args: Any) -> T:
        with reading():
            status = path.stat()
        key = (path, status.st_size, status.st_mtime_ns)
        if key in self._harmful:
            raise self._harmful[key]
        try:
            return self._run(work, path, *args)
        except MediaProblem as problem:
            if problem.kind in _HARM and len(self._harmful) < _MOST_REMEMBERED:
                self._harmful[key] = problem
            raise

    def _run(
        self, work: Callable[..., T], path: Path, *args: Any, in_child: bool = False, stop: CancelToken | None = None
    ) -> T:
        if not in_child:
            with reading(), Original(path) as original:
                if is_sturdy(original) and not self._journal.suspects(original):
                    with self._journal.decoding(original):
                        return work(original, *args)
        return self._isolation.run(work, path, *args, stop=stop)
