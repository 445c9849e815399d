"""The encoder of photos, kept open from one small ingest to the next: opening takes longer than a photo that comes."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from photofinder.core.types import Vector
from photofinder.encoder.bundle import Bundle

if TYPE_CHECKING:  # loads onnxruntime, which a library that is only looked at does not need
    from photofinder.encoder.sessions import ImageEncoder

KEPT_S = 60.0
"""So long after its last use; with a good encoder it is hundreds of megabytes."""


class KeptEncoder:
    """Opens the encoder of a bundle when it is first used, and lets go of it some time after the last use.

    One at a time: another bundle's takes its place. Any thread, several at once; while one waits to let go it has a
    thread of its own, which `let_go` ends.
    """

    def __init__(self, open_encoder: "Callable[[Bundle], ImageEncoder]", kept_s: float = KEPT_S) -> None:
        self._open_encoder = open_encoder
        self._kept_s = kept_s
        self._lock = threading.Lock()
        self._opened: tuple[Bundle, ImageEncoder] | None = None
        self._used_at_s = 0.0
        self._timer: threading.Timer | None = None

    def of(self, bundle: Bundle) -> "EncoderOf":
        """The encoder of a bundle, not opened yet."""
        return EncoderOf(self, bundle)

    def embed(self, bundle: Bundle, batch: NDArray[np.float32]) -> Vector:
        """As `ImageEncoder.embed`. Raises BundleProblem, also where the encoder cannot be opened."""
        encoder = self._encoder(bundle)
        try:
            return encoder.embed(batch)
        finally:
            self._used_at_s = time.monotonic()

    def let_go(self) -> None:
        """Close it now; what is being embedded is finished. It may be used again."""
        with self._lock:
            self._opened = None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _encoder(self, bundle: Bundle) -> "ImageEncoder":
        with self._lock:
            self._used_at_s = time.monotonic()
            if self._opened is None or self._opened[0] != bundle:
                self._opened = None  # never two at once
                self._opened = bundle, self._open_encoder(bundle)
            if self._timer is None:
                self._wait(self._kept_s)
            return self._opened[1]

    def _wait(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._rest)
        self._timer.name, self._timer.daemon = "kept encoder", True
        self._timer.start()

    def _rest(self) -> None:
        with self._lock:
            if self._timer is not threading.current_thread():
                return  # let go of meanwhile
            left_s = self._used_at_s + self._kept_s - time.monotonic()
            if left_s > 0:
                self._wait(left_s)
            else:
                self._opened = self._timer = None


@dataclass(frozen=True, slots=True)
class EncoderOf:
    """What an ingest embeds with."""

    kept: KeptEncoder
    bundle: Bundle

    def embed(self, batch: NDArray[np.float32]) -> Vector:
        """Embed prepared photos: (n, 3, size_px, size_px) to (n, dim) of unit length. Any thread.

        Raises BundleProblem, also where the encoder cannot be opened.
        """
        return self.kept.embed(self.bundle, batch)
