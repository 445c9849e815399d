"""kill -9 at any moment: after the restart everything that was committed is there, once, and the work ends complete."""

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.faults.home import own_home
from bench.faults.photos import contents, make_photos
from bench.faults.scenes import Scene, scenes
from bench.rows import Row, Settings

ROUNDS = 220
QUICK_ROUNDS = 24
PHOTOS = 24
PATIENCE_S = 300


@dataclass(slots=True)
class Tally:
    """What the rounds of one scene came to."""

    rounds: int = 0
    killed: int = 0
    told: int = 0
    losses: list[str] = field(default_factory=list[str])


def measure(settings: Settings) -> Iterator[Row]:
    """Rounds survived, by scene."""
    work = settings.work / "kill"
    shutil.rmtree(work, ignore_errors=True)
    rounds = QUICK_ROUNDS if settings.quick else ROUNDS
    seed = int(time.time())
    with own_home(work / "home"):
        tallies = run_rounds(work, rounds, seed)
    for name, tally in tallies.items():
        survived = tally.rounds - len(tally.losses)
        detail = f"{tally.killed} killed before their end, {tally.told} commits told before"
        yield Row(f"kill -9, {name}", survived, f"of {tally.rounds}", at_least=tally.rounds, detail=detail)
        for loss in tally.losses:
            print(f"LOST: {name}: {loss}", file=sys.stderr)
    total = sum(tally.rounds for tally in tallies.values())
    survived = total - sum(len(tally.losses) for tally in tallies.values())
    killed = sum(tally.killed for tally in tallies.values())
    yield Row("kill -9, all", survived, f"of {total}", at_least=total, detail=f"{killed} killed; seed {seed}")


def run_rounds(work: Path, rounds: int, seed: int, only: Collection[str] = ()) -> dict[str, Tally]:
    """Kill and check, each scene in turn (`only` those of some names); by scene. `work` is a folder to be made."""
    choose = random.Random(seed)
    stage = work / "stage"
    (stage / "photos").mkdir(parents=True)
    make_photos(stage / "photos", PHOTOS)
    plays = [Play(scene, work, choose) for scene in scenes(stage) if not only or scene.name in only]
    tallies: dict[str, Tally] = {play.scene.name: Tally() for play in plays}
    for number in range(rounds):
        play = plays[number % len(plays)]
        tally = tallies[play.scene.name]
        tally.rounds += 1
        play.round(tally)
    return tallies


class Play:
    """One scene, played over and over: set up, killed, looked at, gone on with."""

    def __init__(self, scene: Scene, work: Path, choose: random.Random) -> None:
        self.scene = scene
        self._choose = choose
        self._data = work / "library"
        self._errors = work / "stderr"
        self._set_up()
        began = time.monotonic()
        told, code = self._run("count", None)
        self._seconds = time.monotonic() - began
        if code:
            raise RuntimeError(f"{scene.name} ends with {code} by itself: {self._errors.read_text()}")
        self._counts: dict[str, int] = told[-1]["counts"]

    def round(self, tally: Tally) -> None:
        """Kill once, at a moment of the clock's or of the program's, and look what is left."""
        self._set_up()
        before = contents(self.scene.photos)
        kind = self._choose.choice(("clock", "statement", "file"))
        if kind == "clock" or not self._counts[kind]:
            moment, after_s = "never", self._choose.uniform(0.2, 1.0) * self._seconds
        else:
            moment, after_s = f"{kind}:{self._choose.randrange(1, self._counts[kind] + 1)}", None
        told, code = self._run(moment, after_s)
        tally.killed += code == -signal.SIGKILL
        tally.told += len(told)
        try:
            assert code in (0, -signal.SIGKILL), f"ended with {code}: {self._errors.read_text()}"
            check_file(self._data / "catalogue.sqlite")
            self.scene.check(self._data, told)
            self.scene.go_on(self._data)
            assert contents(self.scene.photos) == before, "an original changed"
        except Exception as loss:  # noqa: BLE001 - whatever it is, it is a loss, and the next round goes on
            kept = self._data.with_name(f"lost-{tally.rounds}-{self.scene.name.replace(' ', '-')}")
            shutil.rmtree(kept, ignore_errors=True)
            self._data.replace(kept)
            when = moment if after_s is None else f"after {after_s:.2f} s"
            tally.losses.append(f"{when}: {type(loss).__name__}: {loss} ({kept})")

    def _set_up(self) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        if self.scene.template is not None:
            shutil.copytree(self.scene.template, self._data)

    def _run(self, moment: str, after_s: float | None) -> tuple[list[dict[str, Any]], int]:
        reading, writing = os.pipe()
        arguments = [argument.replace("LIBRARY", str(self._data)) for argument in self.scene.arguments]
        command = [sys.executable, "-m", "bench.faults.victim", str(writing), moment, *arguments]
        with self._errors.open("wb") as errors:
            child = subprocess.Popen(command, pass_fds=(writing,), stdout=subprocess.DEVNULL, stderr=errors)
        os.close(writing)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(after_s if after_s is not None else PATIENCE_S)
        child.kill()
        code = child.wait()
        with os.fdopen(reading, "rb") as pipe:
            return [json.loads(line) for line in pipe.read().splitlines() if line.endswith(b"}")], code


def check_file(path: Path) -> None:
    """The catalogue is whole. Raises AssertionError."""
    if not path.exists() or not path.stat().st_size:
        return  # killed before it was made
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
