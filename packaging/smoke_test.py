"""Runs the whole program once, as a photographer would, and prints what it costs: `python packaging/smoke_test.py`.

The same scenario serves the frozen program (`--program build/frozen/photofinder`), an installed one
(`--program /usr/bin`), and the source (`--source PYTHON`): index, search with words, filters and places, similar,
doctor, the window opens and closes; all without a network. Photos made by rule are always among those indexed, so that
some answers are known; photographs come with them where there are any (--photos, else the folder `library` in
PHOTOFINDER_TEST_PHOTOS or ../shared/photos). Only the standard library is used, so any Python 3.11 can run it anywhere.
Exit code 0 if all went well; --json FILE keeps the figures.
"""

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drawn_photos import KEYWORD, DrawnPhotos, draw

REPOSITORY = Path(__file__).resolve().parent.parent
CORPUS = Path(os.environ.get("PHOTOFINDER_TEST_PHOTOS") or REPOSITORY.parent / "shared" / "photos") / "library"
TIMEOUT_S = 600
SUFFIX = ".exe" if sys.platform == "win32" else ""


class Failed(Exception):  # noqa: N818 - said to people
    """Something did not work; the text says what."""


class Program:
    """One PhotoFinder, however it came here, with a home of its own and no network."""

    def __init__(self, console: list[str], window: list[str], home: Path) -> None:
        self.console, self.window, self.home = console, window, home
        self.library = home / "library"
        self._block, self.blocked_by = network_block()
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PHOTOFINDER"))},
            **{name: str(home) for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "USERPROFILE")},
            **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9"),
            "QT_QPA_PLATFORM": "offscreen",
        }

    def run(self, *arguments: object, expect: int = 0) -> str:
        """One command; returns what it printed. Raises Failed if its exit code is another than expected."""
        command = [*self._block, *self.console, *map(str, arguments)]
        done = subprocess.run(
            command,
            env=self._environment,
            cwd=self.home,
            capture_output=True,
            encoding="utf-8",
            timeout=TIMEOUT_S,
            check=False,
        )
        if done.returncode != expect:
            raise Failed(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout if expect == 0 else done.stderr

    def ask(self, command: str, *arguments: object) -> Any:
        """One command on the library, its JSON document."""
        return json.loads(self.run(command, "--library", self.library, "--json", *arguments))

    def open_window(self) -> float:
        """Open the window until it is painted, and close it; seconds from start to painted."""
        painted = self.home / "painted"
        painted.unlink(missing_ok=True)
        command = [*self._block, *self.window, "--library", str(self.library)]
        began = time.time()
        done = subprocess.run(
            command,
            env={**self._environment, "PHOTOFINDER_PAINTED": str(painted)},
            cwd=self.home,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        if done.returncode != 0 or not painted.is_file():
            raise Failed(f"{' '.join(command)} ended with {done.returncode} and no window:\n{done.stderr}")
        return float(painted.read_text(encoding="utf-8")) - began


def source_commands(python: str) -> tuple[list[str], list[str]]:
    """How this Python runs the source: the command line, and the window."""
    start = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); from photofinder.__main__ import "
    console, window = ([python, "-c", f"{start}{name}; sys.exit({name}())"] for name in ("main", "window"))
    return console, window


def network_block() -> tuple[list[str], str]:
    """What to put before a command so that it has no network, and what that is."""
    if sys.platform == "linux" and shutil.which("unshare"):
        for block in (["unshare", "--net"], ["unshare", "--user", "--map-current-user", "--net"]):
            if subprocess.run([*block, "true"], capture_output=True, check=False).returncode == 0:
                return block, "a network namespace with nothing in it"
    if sys.platform == "darwin":
        return ["sandbox-exec", "-p", "(version 1)(allow default)(deny network-outbound (remote ip))"], "sandbox-exec"
    return [], "proxies that do not answer"


def scenario(
    program: Program, photos: Path | None, drawn: DrawnPhotos, starts: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Everything once; returns figures. `photos` are photographs, if there are any. Raises Failed."""
    say(f"version: {program.run('--version').strip()}; no network: {program.blocked_by}")
    indexed = program.ask("index", drawn.folder, *([photos] if photos else []))
    added, failed = indexed["added"], indexed["failed"]
    if added < len(drawn.all) or len(failed) > added // 10:
        raise Failed(f"Of the photos, {added} were taken in and {len(failed)} failed: {failed[:3]}")
    say(f"index: {added} photos in {indexed['seconds']:.1f} s, {len(failed)} failed")
    ask_what_is_known(program, drawn, say)

    hits = program.ask("search", "a cat", "--limit", 5)["hits"]
    if not hits:
        raise Failed("A search found nothing at all.")
    relevant = labelled(photos, "a cat") if photos else set[Path]()
    if relevant and Path(hits[0]["path"]) not in relevant:
        raise Failed(f"The first hit for a cat is {hits[0]['path']}.")
    say(f'search "a cat": {", ".join(Path(hit["path"]).name for hit in hits)}')

    first = hits[0]["path"]
    alike = [hit["path"] for hit in program.ask("similar", first, "--limit", 5)["hits"]]
    if not alike or first in alike:
        raise Failed(f"Similar to {first}: {alike}")
    say(f"similar: {', '.join(Path(path).name for path in alike)}")

    again = program.ask("index")
    if again["added"] or again["changed"]:
        raise Failed(f"A second index found something new: {again}")
    health = program.ask("doctor")
    if not health["healthy"]:
        raise Failed(f"doctor: {health['findings']}")
    say("doctor: healthy")

    refused = program.run("bundles", "install", "tinyclip-vit-8m16", "--library", program.library, expect=1)
    say(f"a download without a network: {refused.strip().splitlines()[-1]}")
    starts_s = [program.open_window() for _ in range(starts + 1)]
    say(f"window: painted after {', '.join(f'{start_s:.2f}' for start_s in starts_s)} s")
    return {
        "photos": added,
        "first_start_s": round(starts_s[0], 3),
        "start_s": round(statistics.median(starts_s[1:]), 3),
    }


def ask_what_is_known(program: Program, drawn: DrawnPhotos, say: Callable[[str], None]) -> None:
    """Queries of the language whose answer is known of the photos made by rule. Raises Failed."""
    expected = {
        'near:"Namche Bazaar" within 2km file:drawn-*': drawn.placed,
        f'coloured blocks in:nepal "{KEYWORD}" -snow': drawn.placed,
        f'(in:nepal OR type:tiff) file:drawn-* -"{KEYWORD}"': drawn.tiff - drawn.placed,
        "in:peru file:drawn-*": frozenset[Path](),
    }
    for query, wanted in expected.items():
        hits = program.ask("search", query, "--every", "--limit", 100)["hits"]
        found = {Path(hit["path"]) for hit in hits}
        if found != wanted:
            raise Failed(f"{query} found {sorted(map(str, found))} and not {sorted(map(str, wanted))}.")
        places = {hit["place"] for hit in hits if Path(hit["path"]) in drawn.placed}
        if not all(place and place.endswith("Nepal") for place in places):
            raise Failed(f"{query}: the places are {places}.")
        say(f"search {query}: {len(hits)}, as it should be")


def labelled(photos: Path, words: str) -> set[Path]:
    """The photos that queries.csv, where it lies beside the folder, calls right for these words."""
    file = photos.parent / "queries.csv"
    if not file.is_file():
        return set()
    with file.open(encoding="utf-8", newline="") as rows:
        found = {row["query"]: row["relevant"].split(" | ") for row in csv.DictReader(rows)}
    return {photos / name for name in found.get(words, [])}


def size_mb(folder: Path) -> float:
    """What a folder takes, links not counted, in megabytes (10^6 bytes)."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description="Run PhotoFinder once, as a photographer would.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--program", type=Path, help="the folder of a frozen or installed program")
    what.add_argument("--source", metavar="PYTHON", help="run the source with this Python")
    parser.add_argument("--photos", type=Path, help="photographs to index besides those made by rule")
    parser.add_argument("--starts", type=int, default=5, help="how often the window is opened after its first time (5)")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="photofinder-smoke-") as made:
        home = Path(made)
        if options.program:
            folder = options.program.resolve()
            console, window = ([str(folder / f"photofinder{part}{SUFFIX}")] for part in ("", "-gui"))
        else:
            console, window = source_commands(options.source)
        photos: Path | None = options.photos or (CORPUS if CORPUS.is_dir() else None)
        try:
            drawn = draw(home.resolve() / "drawn")
            figures = scenario(
                Program(console, window, home), photos and photos.resolve(), drawn, options.starts, print
            )
        except Failed as problem:
            print(f"FAILED: {problem}", file=sys.stderr)
            return 1
        if options.program and (options.program / "_internal").is_dir():
            figures["size_mb"] = round(size_mb(options.program), 1)
        print(json.dumps(figures))
        if options.json:
            options.json.write_text(json.dumps(figures) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
