"""Where photos were taken, for the map."""

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue import positions
from photofinder.core.clusters import Points
from photofinder.library.library import Library


def points(library: Library, only: NDArray[np.int64] | None = None) -> Points:
    """The photos with a place, ready for any view of the map; of `only` these ids. Any thread.

    Raises EnvironmentProblem. Takes some tenths of a second for a million photos, most of it without the interpreter
    lock.
    """
    found = positions.positions(library.reader)
    if only is None:
        return Points(found.ids, found.latitude, found.longitude)
    rows = np.flatnonzero(np.isin(found.ids, only))
    return Points(found.ids[rows], found.latitude[rows], found.longitude[rows])
