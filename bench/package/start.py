"""From the start of the process to the painted window: the frozen program and the source in turn.

In turn, so that what else the computer does falls on both. The source runs in the environment that the program was
frozen from, with the same libraries. *Cold* means: none of the program's files is in the system's cache
(`posix_fadvise`, which needs no administrator and leaves other programs' files alone; pages that some process has
mapped stay). Without that call there are no cold rows.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from bench.rows import Row, Settings

REPOSITORY: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "packaging"))
from drawn_photos import draw  # noqa: E402 - a folder of programs, not a package
from smoke_test import Program, size_mb, source_commands  # noqa: E402

FROZEN: Final = REPOSITORY / "build" / "frozen" / "photofinder"
SOURCE: Final = REPOSITORY / ".venv-package" / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def measure(settings: Settings) -> Iterator[Row]:
    """Sizes and starts; one row that says so where nothing was built."""
    if not (FROZEN.is_dir() and SOURCE.exists()):
        yield Row("frozen program", "not built", detail="make package first")
        return
    yield Row("frozen program on disk", round(size_mb(FROZEN), 1), "MB", detail="with the building system's libraries")
    for deb in sorted((REPOSITORY / "build" / "dist").glob("photofinder_*.deb")):
        told = subprocess.run(
            ["dpkg-deb", "--field", deb, "Installed-Size"], capture_output=True, text=True, check=True
        )
        yield Row("Debian package, installed", round(int(told.stdout) * 1024 / 1e6, 1), "MB", at_most=350)
    with tempfile.TemporaryDirectory(prefix="photofinder-bench-") as made:
        home = Path(made).resolve()
        frozen = Program([str(FROZEN / "photofinder")], [str(FROZEN / "photofinder-gui")], home)
        source = Program(*source_commands(str(SOURCE)), home)
        frozen.ask("index", draw(home / "drawn").folder)
        rounds = 2 if settings.quick else 9
        yield from _rows("warm", rounds, frozen, source, {frozen: [], source: []})
        if hasattr(os, "posix_fadvise"):
            of_source = [*libraries_of(SOURCE), REPOSITORY / "photofinder", REPOSITORY / "resources"]
            files = {frozen: files_below([FROZEN]), source: files_below(of_source)}
            yield from _rows("cold", rounds, frozen, source, files)


def _rows(
    name: str, rounds: int, frozen: Program, source: Program, forgotten: dict[Program, list[Path]]
) -> Iterator[Row]:
    seconds: dict[Program, list[float]] = {frozen: [], source: []}
    for each in (frozen, source):
        each.open_window()
    for number in range(rounds):
        for each in (frozen, source) if number % 2 else (source, frozen):
            forget(forgotten[each])
            seconds[each].append(each.open_window())
    of_frozen, of_source = (statistics.median(seconds[each]) for each in (frozen, source))
    detail = f"median of {rounds}, in turn; each {{:.2f}} to {{:.2f}}"
    for title, median, program in (("frozen", of_frozen, frozen), ("source", of_source, source)):
        told = detail.format(min(seconds[program]), max(seconds[program]))
        yield Row(f"window painted, {title}, {name}", round(median, 3), "s", detail=told)
    ratio = round(of_frozen / of_source, 3)
    yield Row(f"frozen against source, {name}", ratio, "x", at_most=1.5, detail="of the medians")


def libraries_of(python: Path) -> list[Path]:
    """Where a Python keeps its own modules and those installed."""
    look = "import sysconfig as s; print(s.get_path('stdlib')); print(s.get_path('purelib'))"
    return [Path(line) for line in _told(python, "-c", look).splitlines()]


def files_below(folders: Iterable[Path]) -> list[Path]:
    """All files, links not followed."""
    return [path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def forget(files: Iterable[Path]) -> None:
    """Take them out of the system's cache, as far as nobody has them mapped."""
    for path in files:
        with contextlib.suppress(FileNotFoundError):  # a compiled module that has been written anew meanwhile
            opened = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(opened)


def _told(*command: object) -> str:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=True).stdout
