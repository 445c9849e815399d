"""Boxes on the map: which lie within which, and which meet. Pure numbers."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from photofinder.core.clusters import View


def holds(outer: View, inner: View) -> bool:
    """Whether all of a view lies within another; the world goes round."""
    shift = round(outer.left + (outer.right - outer.left) / 2 - inner.left - (inner.right - inner.left) / 2)
    return (
        outer.left <= inner.left + shift
        and inner.right + shift <= outer.right
        and outer.top <= inner.top
        and inner.bottom <= outer.bottom
    )


def edges_of(boxes: list[QRectF]) -> NDArray[np.float64]:
    """Left, top, right, bottom of each, (n, 4)."""
    return np.array([(box.left(), box.top(), box.right(), box.bottom()) for box in boxes]).reshape(-1, 4)


def meeting(some: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of some boxes (left, top, right, bottom) meet which others, (some, others)."""
    one, two = some[:, None], others[None]
    across = (one[..., 0] < two[..., 2]) & (one[..., 2] > two[..., 0])
    return across & (one[..., 1] < two[..., 3]) & (one[..., 3] > two[..., 1])
