"""Growing a graph in a process of its own: USearch holds the interpreter lock while it reads and writes a graph.

That is 130 ms for 100,000 vectors and over a second for a million, in which a window would not move.
"""

import multiprocessing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import EnvironmentProblem
from photofinder.vectors.file import IndexFile
from photofinder.vectors.graph import GraphBuilder, row_ids

APART_FROM: Final = 50_000
"""Vectors in the file from which a process of its own (0.3 s) is worth it."""

_LOOK_S: Final = 0.1
_ROWS_AT_ONCE: Final = 512

_Answer = tuple[Literal["ids"], NDArray[np.int64]] | tuple[Literal["problem"], str, str]


@dataclass(frozen=True, slots=True)
class Growth:
    """A file's graph, with these vectors (n, dim) under these ids (n,) inserted, to be written to `to`."""

    dim: int
    old: Path
    to: Path
    ids: NDArray[np.int64]
    vectors: NDArray[np.float16]
    threads: int


def grown_apart(growth: Growth, cancel: CancelToken) -> NDArray[np.int64]:
    """Write the grown graph; ids of its rows, in row order. Blocks; leaves the interpreter to others meanwhile.

    Raises EnvironmentProblem, Cancelled; what is in `to` is then of no use.
    """
    spawning = multiprocessing.get_context("spawn")  # forking would copy locks that other threads hold
    ours, theirs = spawning.Pipe(duplex=False)
    process = spawning.Process(target=_serve, args=(theirs, growth), name="vector index", daemon=True)
    process.start()
    theirs.close()
    try:
        while not ours.poll(_LOOK_S):
            cancel.check()
        answer: _Answer = ours.recv()
    except EOFError as error:
        process.join()
        raise EnvironmentProblem(
            f"Writing the vector index ended before its time (exit code {process.exitcode}).",
            "Perhaps the memory was full. Searching goes on meanwhile, and the next look for changes tries again.",
        ) from error
    finally:
        process.terminate()
        process.join()
        process.close()
        ours.close()
    if answer[0] == "problem":
        raise EnvironmentProblem(*answer[1:])
    return answer[1]


def _serve(pipe: Connection, growth: Growth) -> None:
    """In the process: do it, and say what came of it. A bug ends the process with its traceback."""
    answer: _Answer
    try:
        answer = "ids", grown(growth)
    except EnvironmentProblem as problem:
        answer = "problem", problem.what, problem.remedy
    pipe.send(answer)
    pipe.close()


def grown(growth: Growth) -> NDArray[np.int64]:
    """Write the grown graph in this process; ids of its rows. Raises EnvironmentProblem."""
    graph = GraphBuilder(growth.dim, IndexFile(growth.old, growth.dim).serialised)
    for start in range(0, len(growth.ids), _ROWS_AT_ONCE):
        some = slice(start, start + _ROWS_AT_ONCE)
        graph.add(growth.ids[some], growth.vectors[some], growth.threads)
    graph.save(growth.to)
    return row_ids(np.memmap(growth.to, np.uint8, "r"), growth.dim)
