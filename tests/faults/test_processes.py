"""Two programs on one library: one writes, the others read or are refused in words; and a killed one blocks nobody."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from bench.faults.home import own_home
from bench.faults.kill import check_file, run_rounds
from bench.faults.scenes import check_told, finish
from photofinder.core.errors import EnvironmentProblem
from photofinder.library import marks
from photofinder.library.backups import restore
from photofinder.library.doctor import diagnose
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.search import search

HOLDER = """
import sys
from pathlib import Path
from photofinder.library.library import Library
from photofinder.library.locations import locations
with Library(locations(Path(sys.argv[1]))) as library:
    library.writer()
    print("holding", flush=True)
    sys.stdin.read()
"""


def command(where, *arguments):
    return [sys.executable, "-m", "photofinder", *map(str, arguments), "--library", str(where.data)]


@pytest.fixture
def holder(indexed):
    """Another PhotoFinder that is changing the library."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(indexed.data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout.readline() == b"holding\n"
    yield child
    child.kill()
    child.communicate()


def test_the_second_reads_and_is_refused_in_words_when_it_would_write(indexed, holder, photos):
    with Library(indexed) as library:
        assert len(search(library, "a cat", 10).hits) == 6
        refused = [
            lambda: index(library, [photos]),
            lambda: marks.rate(library, [1], 5),
            lambda: library.use_bundle("mini"),
            lambda: restore(indexed, 1),
        ]
        for change in refused:
            with pytest.raises(
                EnvironmentProblem, match=r"Another PhotoFinder is changing the library.*searching works"
            ):
                change()
    assert diagnose(indexed) == []
    ended = subprocess.run(command(indexed, "index"), capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("photofinder: Another PhotoFinder is changing the library")
    assert len(ended.stderr.splitlines()) == 1
    assert subprocess.run(command(indexed, "search", "a cat"), capture_output=True, check=False).returncode == 0


def test_the_lock_of_a_killed_process_is_free_at_once(indexed, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with Library(indexed) as library:
        index(library, [])
        marks.rate(library, [1], 5)


def test_many_at_once_on_a_new_library_leave_every_photo_once(where, photos):
    children = [
        subprocess.Popen(command(where, "index", photos), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        for _ in range(3)
    ]
    ended = [(child.communicate()[1], child.returncode) for child in children]
    assert 0 in [code for _, code in ended]
    for told, code in ended:
        assert code == 0 or "Another PhotoFinder is changing the library" in told, told
    with contextlib.closing(sqlite3.connect(where.catalogue)) as catalogue:
        assert catalogue.execute("SELECT count(*), count(DISTINCT fingerprint) FROM photos").fetchone() == (6, 6)
        assert catalogue.execute("SELECT count(*) FROM migrations").fetchone() == (
            catalogue.execute("PRAGMA user_version").fetchone()
        )
    assert diagnose(where) == []


QUICK = ("a first index", "another encoder", "the vector index", "preferences", "a restore", "an update from version 1")


def test_losses_are_noticed(indexed, photos):
    """The checks of the killed rounds can fail: each is given what it must not let pass."""
    check_file(indexed.catalogue)
    check_told(indexed.data, [{"files": [b"chelsea.png".hex()], "embedded": [1]}])
    with pytest.raises(AssertionError, match="committed files are lost"):
        check_told(indexed.data, [{"files": [b"never.png".hex()]}])
    with contextlib.closing(sqlite3.connect(indexed.catalogue, isolation_level=None)) as catalogue:
        catalogue.execute("DELETE FROM embeddings WHERE photo_id = 1")
        with pytest.raises(AssertionError, match="committed embeddings are lost"):
            check_told(indexed.data, [{"embedded": [1]}])
        catalogue.execute("INSERT INTO photos (added_at_ms, decoder_version, fingerprint) VALUES (0, 1, x'00')")
        with pytest.raises(AssertionError, match="7 photos of"):
            finish(indexed.data, photos)
        catalogue.execute("PRAGMA foreign_keys = OFF")
        catalogue.execute("UPDATE files SET photo_id = 99 WHERE photo_id = 2")
    with pytest.raises(AssertionError):
        check_file(indexed.catalogue)


def losses(tmp_path, rounds, seed, only=()):
    with own_home(tmp_path / "home"):
        tallies = run_rounds(tmp_path / "kill", rounds, seed, only)
    assert sum(tally.rounds for tally in tallies.values()) == rounds
    assert sum(tally.killed for tally in tallies.values()) >= rounds // 2
    return [loss for tally in tallies.values() for loss in tally.losses]


def test_killed_at_a_few_moments_nothing_is_lost(samples, tmp_path):
    assert losses(tmp_path, 12, seed=5, only=QUICK) == []


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_killed_at_many_moments_nothing_is_lost(samples, tmp_path):
    assert losses(tmp_path, 100, seed=int.from_bytes(os.urandom(4))) == []
