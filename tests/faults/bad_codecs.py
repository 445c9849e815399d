"""Stand-ins for codecs that do harm, run in the children of `isolation` in the place of `load_original`.

What they do stands at the end of the photo's file; a photo without such an end is loaded as ever.
"""

import os
import time
from pathlib import Path

import numpy as np

from photofinder.media.load import load_original

ABORT, SPIN, SLEEP, EAT, EXIT, KILL = (
    b"!abort!", b"!spin!", b"!sleep!", b"!eat!", b"!exit!", b"!kill!",
)  # fmt: skip


def load(original, min_short_px, _min_long_px=320):
    content = original.content()
    if content.endswith(ABORT):
        os.abort()
    if content.endswith(SPIN):
        pow(3, 10**9)  # for minutes, and without giving Python a turn
    if content.endswith(SLEEP):
        time.sleep(600)
    if content.endswith(EAT):
        hoard = [np.zeros(1 << 28, np.uint8) for _ in range(1 << 8)]  # 64 GiB, asked for and never touched
        return len(hoard)
    if content.endswith(EXIT):
        os._exit(3)
    if content.endswith(KILL):
        os.kill(os.getpid(), 9)
    return load_original(original, min_short_px)


def process(_original):
    return os.getpid()


def modules(_original):
    import sys

    return sorted({name.partition(".")[0] for name in sys.modules})


def large(original, width_px, height_px):
    from photofinder.media.guard import large_alone

    with large_alone(width_px, height_px):
        return original.path.name


def pixels(_original, height_px, width_px):
    return np.arange(height_px * width_px * 3, dtype=np.uint64).astype(np.uint8).reshape(height_px, width_px, 3)


def sleep(_original, file, seconds):
    Path(file).write_text(str(os.getpid()))
    time.sleep(seconds)


def spin(_original, file):
    Path(file).write_text(str(os.getpid()))
    pow(3, 10**9)
