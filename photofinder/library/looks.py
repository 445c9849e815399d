"""What photos should look like, as a direction in an embedding space."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from photofinder.core.types import Vector
from photofinder.library.calibration import Background, Yardstick
from photofinder.library.query.plan import Alternative

SUBTRACTED: Final = 0.25
"""How much of a meaning is taken away. More of it takes away good hits too: measured, see docs/measurements.md."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a direction: the text of the query that it comes from, and its own direction (dim,)."""

    text: str
    direction: Vector


@dataclass(frozen=True, slots=True)
class Look:
    """Photos are ranked by their dot product with `direction` (dim,), which is of any length.

    `spread` makes t of it (`calibration`); None where a cut line has no meaning: without concepts, without words for
    what is to be seen, and with photos as examples.
    """

    direction: Vector
    spread: float | None
    parts: tuple[Part, ...]

    @property
    def length(self) -> float:
        """Of the direction: what a cosine is multiplied by."""
        return float(np.linalg.norm(self.direction))


@dataclass(frozen=True, slots=True)
class Space:
    """What is needed of an encoder and of a library: embedding words and photos, concepts, some photos (m, dim)."""

    words: Callable[[str], Vector]
    photo: Callable[[str], Vector]
    background: Background | None
    sample: Vector


def look_of(alternative: Alternative, space: Space) -> Look:
    """The direction of what an alternative asks to see.

    Meanings add up by their weights; those that are not wanted are taken away by SUBTRACTED of theirs. From each, the
    mean of the common concepts is taken, which takes out what a photo has in common with any words.
    """
    wanted = [(look, space.words(look.text)) for look in alternative.looks if not look.subtract]
    unwanted = [(look, space.words(look.text)) for look in alternative.looks if look.subtract]
    dim = space.sample.shape[1]
    yardstick: Yardstick | None = None
    direction = np.zeros(dim, np.float32)
    mean = np.zeros(dim, np.float32) if space.background is None else space.background.concepts.mean(axis=0)
    if wanted:
        query = _unit(np.stack([np.float32(look.weight) * vector for look, vector in wanted]).sum(axis=0))
        if space.background is not None:
            yardstick = Yardstick.of(space.background, query)
            mean = yardstick.mean
        direction = query - mean
    parts = [Part(look.text, vector - mean) for look, vector in wanted]
    for look, vector in unwanted:
        taken = (vector - mean) * np.float32(look.weight * (SUBTRACTED if wanted or alternative.likes else 1.0))
        direction = direction - taken
        parts.append(Part(f"-{look.text}", vector - mean))
    for like in alternative.likes:
        example = space.photo(like.value)
        parts.append(Part(f"like:{like.value}", example))
        if wanted or unwanted or len(alternative.likes) > 1:
            example = _scaled(example, space, yardstick)
        direction = direction + np.float32(like.weight) * example
    judged = yardstick is not None and not alternative.likes
    return Look(direction, yardstick.spread if yardstick and judged else None, tuple(parts))


def _scaled(example: Vector, space: Space, yardstick: Yardstick | None) -> Vector:
    """An example made comparable to words: photos are far more like each other than they are like any words."""
    if not len(space.sample):
        return example
    centred = example - space.sample.mean(axis=0)
    spread = float((space.sample @ centred).std())
    return centred * np.float32((yardstick.spread if yardstick else spread) / max(spread, 1e-6))


def _unit(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector
