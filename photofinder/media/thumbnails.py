"""The thumbnail cache: small JPEGs by fingerprint, so that moved and duplicate photos share one.

A cache: nothing is lost with it, so nothing is flushed to disk. What a power cut leaves empty or torn counts
as missing.
"""

import contextlib
import enum
import errno
import os
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final, cast

import numpy as np
import simplejpeg  # pyright: ignore[reportMissingTypeStubs]
from PIL import Image

from photofinder.core.errors import EnvironmentProblem
from photofinder.core.types import Picture, Pixels
from photofinder.media.picture import THUMBNAIL_LONG_PX

PREVIEW_LONG_PX: Final = 1024
_THUMBNAIL_QUALITY: Final = 82
_PREVIEW_QUALITY: Final = 88
LEFTOVER_S: Final = 3600


class State(enum.Enum):
    """What a thumbnail is found to be."""

    WHOLE = "whole"
    MISSING = "missing"
    DAMAGED = "damaged"


class ThumbnailCache:
    """Thumbnails (320 pixels on the long side) and previews (1024, on demand). Threads: any, several at once.

    Everything raises `EnvironmentProblem` if the folder cannot be written or read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Half-written files wait here, on the same disk, until they are whole; a crash leaves them where they
        # are found and swept, not among 256 folders.
        self._unfinished = folder / "unfinished"

    def sweep(self) -> None:
        """Delete what a crash left half-written: files too old to be somebody's work of this moment."""
        with _environment(self._folder):
            if self._unfinished.is_dir():
                for leftover in self._unfinished.iterdir():
                    with contextlib.suppress(FileNotFoundError):  # finished while we look
                        # Either way: a file from the future was left before the clock was set back.
                        if abs(time.time() - leftover.stat().st_mtime) > LEFTOVER_S:
                            leftover.unlink()

    def path(self, fingerprint: bytes) -> Path:
        """Where the thumbnail lies, if it is there."""
        name = fingerprint.hex()
        return self._folder / name[:2] / f"{name}.jpg"

    def store(self, fingerprint: bytes, pixels: Pixels) -> None:
        """Write the thumbnail of `pixels` (any size; never enlarged), replacing what is there."""
        self._write(self.path(fingerprint), _jpeg(pixels, THUMBNAIL_LONG_PX, _THUMBNAIL_QUALITY))

    def read(self, fingerprint: bytes) -> bytes | None:
        """The thumbnail as JPEG, or None if it is missing or torn."""
        return self._read(self.path(fingerprint))

    def state(self, fingerprint: bytes) -> State:
        """Whether the thumbnail is there and can be decoded: about a millisecond.

        Of damaged disk blocks (512 bytes or more) the decoder notices 99 in 100, of single bytes one in four; nothing
        else is known of what a thumbnail should be. For tests of the whole cache: `read` looks at both ends alone.
        """
        content = self._read(self.path(fingerprint))
        if content is None:
            return State.MISSING
        try:
            simplejpeg.decode_jpeg(content, colorspace="RGB")
        except ValueError:
            return State.DAMAGED
        return State.WHOLE

    def pixels(self, fingerprint: bytes, min_short_px: float) -> Pixels | None:
        """The thumbnail's pixels, or the preview's where only that has so many; None if there is nothing whole."""
        smaller: Pixels | None = None
        for path in (self.path(fingerprint), self._preview_path(fingerprint)):
            content = self._read(path)
            if content is not None:
                with contextlib.suppress(ValueError):  # damaged: as if it were missing
                    smaller = cast("Pixels", simplejpeg.decode_jpeg(content, colorspace="RGB"))
                    if min(smaller.shape[:2]) >= min_short_px:
                        break
        return smaller

    def preview(self, fingerprint: bytes, decode: Callable[[int, int], Picture]) -> bytes:
        """The preview as JPEG; the first time `decode` is asked for a picture of a short and a long side, at least.

        Raises also what `decode` does.
        """
        path = self._preview_path(fingerprint)
        content = self._read(path)
        if content is None:
            picture = decode(1, PREVIEW_LONG_PX)
            content = _jpeg(picture.pixels, PREVIEW_LONG_PX, _PREVIEW_QUALITY)
            self._write(path, content)
        return content

    def remove(self, fingerprint: bytes) -> None:
        """Delete the thumbnail and the preview, if there."""
        with _environment(self._folder):
            self.path(fingerprint).unlink(missing_ok=True)
            self._preview_path(fingerprint).unlink(missing_ok=True)

    def bound_previews(self, most_bytes: int) -> int:
        """Delete previews, the longest ago made first, until the others take `most_bytes`; how many went."""
        found: list[tuple[int, int, Path]] = []
        with _environment(self._folder):
            for path in self._folder.glob(f"??/*-{PREVIEW_LONG_PX}.jpg"):
                with contextlib.suppress(FileNotFoundError):  # removed while we look
                    stat = path.stat()
                    found.append((stat.st_mtime_ns, stat.st_size, path))
            excess = sum(size_bytes for _, size_bytes, _ in found) - most_bytes
            gone = 0
            for _, size_bytes, path in sorted(found):
                if excess <= 0:
                    break
                path.unlink(missing_ok=True)
                excess -= size_bytes
                gone += 1
        return gone

    def size_bytes(self) -> int:
        """What the cache takes on disk. Walks it: a second or so for 100,000 photos."""
        total = 0
        with _environment(self._folder):
            for folder, _, names in os.walk(self._folder):
                for name in names:
                    with contextlib.suppress(FileNotFoundError):  # removed while we look
                        total += (Path(folder) / name).stat().st_size
        return total

    def _preview_path(self, fingerprint: bytes) -> Path:
        name = fingerprint.hex()
        return self._folder / name[:2] / f"{name}-{PREVIEW_LONG_PX}.jpg"

    def _read(self, path: Path) -> bytes | None:
        with _environment(self._folder):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return None
        whole = content.startswith(b"\xff\xd8") and content.endswith(b"\xff\xd9")
        return content if whole else None

    def _write(self, path: Path, content: bytes) -> None:
        unfinished = self._unfinished / f"{path.name}.{os.getpid()}-{threading.get_ident()}"
        with _environment(self._folder):
            try:
                self._place(content, unfinished, path)
            except FileNotFoundError:
                self._place(content, unfinished, path)  # somebody empties the cache: its folders are made again
            except OSError:
                with contextlib.suppress(OSError):
                    unfinished.unlink(missing_ok=True)
                raise

    @staticmethod
    def _place(content: bytes, unfinished: Path, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(path)


def _jpeg(pixels: Pixels, long_px: int, quality: int) -> bytes:
    height_px, width_px = pixels.shape[:2]
    scale = long_px / max(height_px, width_px)
    if scale < 1:
        size = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
        # Hamming: as sharp as bicubic when shrinking, with half its support (Pillow's documentation), so twice as fast.
        image = Image.fromarray(pixels).resize(size, Image.Resampling.HAMMING)
        pixels = np.asarray(image)
    return simplejpeg.encode_jpeg(
        np.ascontiguousarray(pixels), quality=quality, colorspace="RGB", colorsubsampling="420"
    )


@contextlib.contextmanager
def _environment(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            what, remedy = "The disk that holds the thumbnails is full.", f"Free some space for {folder}."
        elif error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
            what = f"PhotoFinder may not write its thumbnails to {folder}."
            remedy = "Allow writing there, or choose another folder."
        else:
            what = f"The thumbnails in {folder} cannot be used: {error.strerror or error}."
            remedy = "Check the disk; the folder can be deleted, thumbnails are made anew."
        raise EnvironmentProblem(what, remedy) from error
