"""The bundled files of `resources/places/`, opened. Arrays come as they are stored."""

import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photofinder.core.errors import EnvironmentProblem
from photofinder.core.resources import resources_dir

PER_DEGREE = 10_000
"""Coordinates are stored in steps of 1/10,000 of a degree (11 m)."""

Table = dict[str, NDArray[Any]]


def load(name: str) -> Table:
    """All arrays of one file. Raises EnvironmentProblem if it is not there or not whole."""
    path = resources_dir() / "places" / f"{name}.npz"
    try:
        with np.load(path) as stored:
            return {key: stored[key] for key in stored.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise EnvironmentProblem(
            f"The table of places {path} cannot be read ({error}).", "Install PhotoFinder again."
        ) from error


class Lines:
    """Many short texts in one array of bytes, decoded one by one when they are needed."""

    def __init__(self, text: NDArray[np.uint8]) -> None:
        self._text = text.tobytes()
        ends = np.flatnonzero(text == ord("\n"))
        self._starts = np.concatenate([[0], ends + 1])
        self._ends = np.concatenate([ends, [len(text)]])

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, row: int) -> str:
        return self._text[self._starts[row] : self._ends[row]].decode()

    def all(self) -> list[str]:
        """Every one of them."""
        return self._text.decode().split("\n")
