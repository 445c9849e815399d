"""Boxes on the map: which lie within which, and which meet. Pure numbers."""

import numpy as np
from numpy.typing import NDArray

from photofinder.core.clusters import View


def shift_to(view: View, other: View) -> int:
    """How many worlds a view is to be moved to the right to lie nearest to another."""
    return round((other.left + other.right - view.left - view.right) / 2)


def holds(outer: View, inner: View) -> bool:
    """Whether all of a view lies within another; the world goes round, and nothing lies beyond the poles."""
    shift = shift_to(inner, outer)
    return (
        outer.left <= inner.left + shift
        and inner.right + shift <= outer.right
        and outer.top <= max(0.0, inner.top)
        and min(1.0, inner.bottom) <= outer.bottom
    )


def nearest(view: View, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places across, each where the world's repetition is nearest to the middle of a view."""
    return x + np.round((view.left + view.right) / 2 - x)


def meeting(some: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of some boxes (left, top, right, bottom) meet which others, (some, others)."""
    one, two = some[:, None], others[None]
    across = (one[..., 0] < two[..., 2]) & (one[..., 2] > two[..., 0])
    return across & (one[..., 1] < two[..., 3]) & (one[..., 3] > two[..., 1])
