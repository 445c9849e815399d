"""Where photos were taken, in words: looked up offline for those that have a position, and kept in the catalogue."""

import functools
from typing import Final

import numpy as np

from photofinder.core.cancel import CancelToken
from photofinder.library.library import Library
from photofinder.places.gazetteer import Gazetteer

AT_ONCE: Final = 5_000


@functools.cache
def gazetteer() -> Gazetteer:
    """The table of places, one for the program. Any thread."""
    return Gazetteer()


def place_photos(library: Library, cancel: CancelToken | None = None) -> int:
    """Look up every photo with a position that was not looked up yet; how many there were.

    For the thread that changes the library. Raises Cancelled, EnvironmentProblem; what is done is kept.
    """
    total = 0
    while waiting := library.reader.unplaced(AT_ONCE):
        if cancel is not None:
            cancel.check()
        located = gazetteer().locate(np.array([row[1] for row in waiting]), np.array([row[2] for row in waiting]))
        library.writer().put_places(
            [
                ("" if place.at_sea else place.name, place.region, place.country, place.country_code, row[0])
                for row, place in zip(waiting, located, strict=True)
            ]
        )
        total += len(waiting)
    return total
