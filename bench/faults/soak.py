"""Hours of use in minutes: photos come, go, move and break, searches run, the encoder changes; nothing may pile up."""

import json
import random
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.faults.home import own_home
from bench.rows import Row, Settings

STEPS = 360
QUICK_STEPS = 40
WARM_UP = 0.25
GROWTH_GOAL_BYTES = 40e6


@dataclass(slots=True)
class Usage:
    """What the process held whenever its library was closed, every four minutes."""

    rss_bytes: list[int]
    descriptors: list[int]
    threads: list[int]

    def growth(self, what: str) -> float:
        """The median of the last quarter less that of the first one after the warm-up."""
        values: list[int] = getattr(self, what)
        values = values[int(len(values) * WARM_UP) :]
        quarter = max(1, len(values) // 4)
        return statistics.median(values[-quarter:]) - statistics.median(values[:quarter])


def measure(settings: Settings) -> Iterator[Row]:
    """Growth of memory, descriptors and threads after the warm-up."""
    steps = QUICK_STEPS if settings.quick else STEPS
    seed = random.randrange(1 << 16)
    usage = soaked(settings.work / "soak", steps, seed)
    detail = f"{steps} minutes of use in steps, after a warm-up of a quarter; seed {seed}"
    peak = max(usage.rss_bytes) / 1e6
    growth = usage.growth("rss_bytes")
    yield Row(
        "soak, memory grown by", growth / 1e6, "MB", at_most=GROWTH_GOAL_BYTES / 1e6, detail=f"peak {peak:.0f} MB"
    )
    yield Row("soak, file descriptors grown by", usage.growth("descriptors"), "", at_most=0, detail=detail)
    yield Row("soak, threads grown by", usage.growth("threads"), "", at_most=0)


def soaked(work: Path, steps: int, seed: int) -> Usage:
    """Run the steps in a process of their own; raises CalledProcessError if anything in it goes wrong."""
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with own_home(work / "home"):
        command = [sys.executable, "-m", "bench.faults.living", str(work), str(steps), str(seed)]
        ended = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Usage(**json.loads(ended.stdout.splitlines()[-1]))
