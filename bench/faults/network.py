"""No connection is tried: everything but `bundles install`, in a network namespace of its own where that is allowed."""

import functools
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.faults.home import own_home
from bench.faults.photos import make_photos
from bench.rows import Row, Settings


@dataclass(frozen=True, slots=True)
class Attempts:
    """What one act tried. `by_kernel` is None where no namespace could be had: Python's own calls are seen always."""

    code: int
    by_python: list[str]
    by_kernel: int | None

    @property
    def count(self) -> int:
        """All that was seen."""
        return len(self.by_python) + (self.by_kernel or 0)


@functools.cache
def namespace() -> tuple[str, ...]:
    """The beginning of a command that runs the rest without a network; empty where that is not allowed."""
    for command in (("unshare", "--net"), ("unshare", "--user", "--map-root-user", "--net")):
        if (
            shutil.which("unshare")
            and not subprocess.run([*command, "true"], check=False, capture_output=True).returncode
        ):
            return command
    return ()


def watched(*act: str) -> Attempts:
    """Run an act of `bench.faults.guarded` and tell what it tried."""
    command = [*namespace(), sys.executable, "-m", "bench.faults.guarded", *act]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(ended.stdout.splitlines()[-1])
    return Attempts(told["code"], told["tried"], told["kernel"] if namespace() else None)


def strangers(home: Path) -> list[str]:
    """Files below a user's home that are not PhotoFinder's: what a library underneath writes down of its own accord."""
    found = [path.relative_to(home) for path in home.rglob("*") if path.is_file()]
    return sorted(str(path) for path in found if "PhotoFinder" not in path.parts)


def acts(data: Path, photos: Path) -> dict[str, tuple[str, ...]]:
    """Everything that a user does, but for installing a bundle."""
    on = ("--library", str(data))
    some_photo = str(next(photos.rglob("*.jpg")))
    return {
        "index": ("index", str(photos), *on),
        "search": ("search", "a cat", *on),
        "similar": ("similar", some_photo, *on),
        "show": ("show", some_photo, *on),
        "status": ("status", *on),
        "doctor": ("doctor", "--repair", *on),
        "backup": ("backup", *on),
        "restore": ("restore", "1", *on),
        "bundles list": ("bundles", "list", *on),
        "window": ("window", str(data), str(photos)),
    }


def measure(settings: Settings) -> Iterator[Row]:
    """Connections tried, by all acts together; and by `bundles install`, to show that the guard sees them."""
    work = settings.work / "network"
    shutil.rmtree(work, ignore_errors=True)
    make_photos(work / "photos", 12)
    how = "namespace and Python's audit events" if namespace() else "Python's audit events only"
    with own_home(work / "home"):
        tried = {name: watched(*act) for name, act in acts(work / "library", work / "photos").items()}
        left = strangers(work / "home")
        install = watched("bundles", "install", "siglip2-base-224")
    done = ", ".join(tried)
    count = sum(attempts.count for attempts in tried.values())
    yield Row("connections tried", count, "", at_most=0, detail=f"{done}; {how}")
    yield Row("files of others in the user's home", len(left), "", at_most=0, detail=", ".join(left))
    yield Row("connections tried by bundles install", install.count, "", at_least=1, detail="the guard sees them")
