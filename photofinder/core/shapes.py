"""Lines and areas on the unit square, and what of them lies in a box. Immutable; any thread."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shapes:
    """Many lines or rings, each (n, 2), and the boxes around them, (shapes, 4): left, top, right, bottom.

    If they are of the whole world, it repeats to both sides.
    """

    lines: list[Floats]
    boxes: Floats
    whole: bool = True

    @classmethod
    def of(cls, lines: list[Floats], *, whole: bool = True) -> Self:
        """Lines with their boxes."""
        boxes = [[*line.min(axis=0), *line.max(axis=0)] for line in lines]
        return cls(lines, np.array(boxes, np.float64).reshape(-1, 4), whole)

    def part_of_areas(self, box: tuple[float, float, float, float]) -> Self:
        """What `areas_in` gives for a box, to be asked for smaller boxes in it."""
        return self.of(list(self.areas_in(box)), whole=False)

    def part_of_lines(self, box: tuple[float, float, float, float]) -> Self:
        """What `lines_in` gives for a box, to be asked for smaller boxes in it."""
        return self.of([line.copy() for line in self.lines_in(box)], whole=False)

    def part_of_rings(self, box: tuple[float, float, float, float]) -> Self:
        """The rings that touch a box, whole: for rings that are filled and outlined."""
        return self.of([self.lines[number] + (shift, 0.0) for number, shift in self._touching(box)], whole=False)

    def areas_in(self, box: tuple[float, float, float, float]) -> Iterator[Floats]:
        """What of each ring lies in a box, as rings. May have edges along the box."""
        for number, shift in self._touching(box):
            left, top, right, bottom = self.boxes[number]
            ring = self.lines[number] + (shift, 0.0)
            if left + shift < box[0] or right + shift > box[2] or top < box[1] or bottom > box[3]:
                ring = clipped(ring, box)
            if len(ring) > 2:
                yield ring

    def lines_in(self, box: tuple[float, float, float, float]) -> Iterator[Floats]:
        """The pieces of each line that pass a box, a step further than the box at either end."""
        for number, shift in self._touching(box):
            line = self.lines[number] + (shift, 0.0)
            if len(line) < 50:
                yield line
                continue
            # A step matters if it is not wholly to one side of the box.
            a, b = line[:-1], line[1:]
            passes = (
                (np.maximum(a[:, 0], b[:, 0]) >= box[0])
                & (np.minimum(a[:, 0], b[:, 0]) <= box[2])
                & (np.maximum(a[:, 1], b[:, 1]) >= box[1])
                & (np.minimum(a[:, 1], b[:, 1]) <= box[3])
            )
            turns = np.flatnonzero(np.diff(np.concatenate([[False], passes, [False]]).astype(np.int8)))
            for start, stop in zip(turns[0::2].tolist(), turns[1::2].tolist(), strict=True):
                yield line[start : stop + 1]

    def _touching(self, box: tuple[float, float, float, float]) -> Iterator[tuple[int, float]]:
        if not self.lines:
            return
        for shift in (-1.0, 0.0, 1.0) if self.whole else (0.0,):
            touches = (
                (self.boxes[:, 0] + shift <= box[2])
                & (self.boxes[:, 2] + shift >= box[0])
                & (self.boxes[:, 1] <= box[3])
                & (self.boxes[:, 3] >= box[1])
            )
            for number in np.flatnonzero(touches).tolist():
                yield number, shift


def clipped(ring: Floats, box: tuple[float, float, float, float]) -> Floats:
    """What of a ring lies in a box, as one ring: side by side (Sutherland and Hodgman 1974), all corners at once."""
    for axis, limit, sign in ((0, box[0], 1.0), (0, box[2], -1.0), (1, box[1], 1.0), (1, box[3], -1.0)):
        if len(ring) < 3:
            return ring[:0]
        inside = (ring[:, axis] - limit) * sign >= 0
        if inside.all():
            continue
        if not inside.any():
            return ring[:0]
        following = np.roll(ring, -1, axis=0)
        crosses = inside != np.roll(inside, -1)
        step = following[:, axis] - ring[:, axis]
        along = (limit - ring[:, axis]) / np.where(step == 0, 1, step)
        met = ring + (following - ring) * along[:, None]
        met[:, axis] = limit
        # Each corner gives itself, if inside, and then the point where the way to the next meets the side.
        pairs = np.stack([ring, met], axis=1).reshape(-1, 2)
        ring = pairs[np.stack([inside, crosses], axis=1).reshape(-1)]
    return ring
