"""Where the map is looked at from: the unit square of Web Mercator and the points of a widget. No widgets here."""

import math
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QSizeF

from photofinder.core.clusters import View

SIDES = (256, 304, 362, 430)
"""Width of a tile, in points, at the four steps of a zoom: whole numbers, so that tiles meet without a seam."""
FIRST_STEP, LAST_STEP = 2, 18 * len(SIDES)
_TALLEST = 0.5


def tile_zoom(step: int) -> int:
    """The zoom whose tiles are drawn at a step."""
    return step // len(SIDES)


def tile_side(step: int) -> int:
    """How wide a tile is at a step, in points."""
    return SIDES[step % len(SIDES)]


def world_points(step: int) -> float:
    """How wide the world is at a step, in points."""
    return float(tile_side(step) << tile_zoom(step))


@dataclass(frozen=True, slots=True)
class Camera:
    """The middle of the view on the unit square, the world's width in points, the widget's size."""

    x: float
    y: float
    world: float
    size: QSizeF

    @property
    def zoom(self) -> float:
        """In Web Mercator's steps of 256 points."""
        return math.log2(self.world / 256)

    @property
    def left(self) -> int:
        """The widget's left edge in points of the world, whole."""
        return round(self.x * self.world - self.size.width() / 2)

    @property
    def top(self) -> int:
        """The widget's top edge in points of the world, whole."""
        return round(self.y * self.world - self.size.height() / 2)

    def view(self, margin: float = 0.0) -> View:
        """What is seen, and so many points around it."""
        wide, tall = self.size.width(), self.size.height()
        return View(
            (self.left - margin) / self.world,
            (self.top - margin) / self.world,
            (self.left + wide + margin) / self.world,
            (self.top + tall + margin) / self.world,
        )

    def on_widget(self, x: float, y: float) -> QPointF:
        """A place in the widget."""
        return QPointF(x * self.world - self.left, y * self.world - self.top)

    def on_world(self, point: QPointF) -> tuple[float, float]:
        """A point of the widget on the unit square."""
        return (self.left + point.x()) / self.world, (self.top + point.y()) / self.world

    def moved(self, dx: float, dy: float) -> "Camera":
        """The map pushed by so many points."""
        return replace(self, x=self.x - dx / self.world, y=self.y - dy / self.world).bounded()

    def scaled(self, world: float, around: QPointF) -> "Camera":
        """Another scale; what is at a point of the widget stays there."""
        x, y = self.on_world(around)
        dx, dy = around.x() - self.size.width() / 2, around.y() - self.size.height() / 2
        return replace(self, x=x - dx / world, y=y - dy / world, world=world).bounded()

    def bounded(self) -> "Camera":
        """Not beyond the poles; x between 0 and 1."""
        half = min(self.size.height() / 2 / self.world, _TALLEST)
        return replace(self, x=self.x % 1, y=min(max(self.y, half), 1 - half))

    def around(self, view: View, margin: float) -> tuple["Camera", int]:
        """The camera and step that show a view as large as it fits, with so many points around it."""
        wide = max(self.size.width() - 2 * margin, 50) / max(view.right - view.left, 1e-9)
        tall = max(self.size.height() - 2 * margin, 50) / max(view.bottom - view.top, 1e-9)
        step = FIRST_STEP
        while step < 13 * len(SIDES) and world_points(step + 1) <= min(wide, tall):
            step += 1
        middle = replace(self, x=(view.left + view.right) / 2, y=(view.top + view.bottom) / 2, world=world_points(step))
        return middle.bounded(), step
