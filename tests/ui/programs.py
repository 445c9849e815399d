"""The whole program, opened on one library as often as a test likes, and what its window shows."""

import threading
from pathlib import Path

from photofinder.library.locations import locations
from photofinder.ui.app import Program
from photofinder.ui.upkeep import State
from tests.ui.leaks import threads_left

WAIT_MS = 60_000


class Programs:
    """Opens and closes; `close_all` in the end, which fails on bugs, on threads that go on, and on slow ends."""

    def __init__(self, library):
        self._where = locations(library)
        self._running = []
        self._before = set(threading.enumerate())

    def start(self, shown=True):
        program = Program(self._where)
        program.bugs = []
        program.bridge.crashed.connect(program.bugs.append)
        program.told = []
        program.bridge.problem_met.connect(program.told.append)
        if shown:
            program.window.show()
        self._running.append(program)
        return program

    def close(self, program):
        self._running.remove(program)
        program.window.close()
        assert program.close()
        assert not program.bugs
        program.window.deleteLater()
        if not self._running:
            left = threads_left(self._before)
            assert not left, left

    def close_all(self):
        for program in list(self._running):
            self.close(program)


def idle(program):
    return program.window.upkeep.state is State.IDLE


def shown(program):
    """Names of the photos in the grid, in order."""
    ids = program.window.grid.photos.listing.ids.tolist()
    known = program.library.reader.photos(ids)
    return [Path(known[photo_id].path).name for photo_id in ids]


def photo(program, photo_id):
    """What the catalogue knows of a photo."""
    return program.library.reader.photos([photo_id])[photo_id]
