"""Where a photo lies in a viewport: fit, zoom at a point, pan, turn. Plain arithmetic, no Qt; any thread.

Three kinds of places: photo pixels (upright), turned pixels (after the view's quarter turns), and device pixels of the
viewport. Zoom is device pixels per photo pixel, so that 1.0 is "100 %" on every screen.
"""

import math
from dataclasses import dataclass, replace

MAX_ZOOM = 32.0
MIN_SHOWN_PX = 32.0
"""Zooming out ends when the photo's long side is this small, or at fit if that is smaller still."""

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class View:
    """A photo of `width_px` x `height_px`, turned `turn` quarters clockwise, in a viewport of device pixels.

    `x`, `y` is the turned pixel at the viewport's centre.
    """

    width_px: int
    height_px: int
    viewport_width_px: int
    viewport_height_px: int
    turn: int = 0
    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0

    @property
    def turned_width_px(self) -> int:
        """The photo's width after turning."""
        return self.height_px if self.turn % 2 else self.width_px

    @property
    def turned_height_px(self) -> int:
        """The photo's height after turning."""
        return self.width_px if self.turn % 2 else self.height_px

    @property
    def fit_zoom(self) -> float:
        """The zoom at which the whole photo just fits."""
        return min(
            self.viewport_width_px / self.turned_width_px, self.viewport_height_px / self.turned_height_px, MAX_ZOOM
        )

    @property
    def is_fit(self) -> bool:
        """Whether the whole photo is shown as large as it can be."""
        return math.isclose(self.zoom, self.fit_zoom, rel_tol=1e-9)

    @property
    def overflows(self) -> tuple[bool, bool]:
        """Whether the photo is wider, and higher, than the viewport (by more than rounding)."""
        return (
            self.turned_width_px * self.zoom > self.viewport_width_px + 0.5,
            self.turned_height_px * self.zoom > self.viewport_height_px + 0.5,
        )

    def fitted(self) -> "View":
        """The whole photo, centred."""
        return _clamped(replace(self, zoom=self.fit_zoom))

    def at(self, device: Point) -> Point:
        """The turned pixel at a place of the viewport."""
        return (
            self.x + (device[0] - self.viewport_width_px / 2) / self.zoom,
            self.y + (device[1] - self.viewport_height_px / 2) / self.zoom,
        )

    def where(self, turned: Point) -> Point:
        """The place in the viewport of a turned pixel."""
        return (
            (turned[0] - self.x) * self.zoom + self.viewport_width_px / 2,
            (turned[1] - self.y) * self.zoom + self.viewport_height_px / 2,
        )

    def zoomed(self, zoom: float, around: Point | None = None) -> "View":
        """Another zoom, within limits; what is at the device point `around` (the centre if None) stays there.

        As far as it can: a photo narrower than the viewport is centred, and no gap opens beside one that is wider.
        """
        if around is None:
            around = (self.viewport_width_px / 2, self.viewport_height_px / 2)
        least = min(self.fit_zoom, 1.0, MIN_SHOWN_PX / max(self.width_px, self.height_px))
        zoom = min(max(zoom, least), MAX_ZOOM)
        x, y = self.at(around)
        x -= (around[0] - self.viewport_width_px / 2) / zoom
        y -= (around[1] - self.viewport_height_px / 2) / zoom
        return _clamped(replace(self, zoom=zoom, x=x, y=y))

    def panned(self, dx_px: float, dy_px: float) -> "View":
        """The photo moved by device pixels, never away from the viewport's edge."""
        return _clamped(replace(self, x=self.x - dx_px / self.zoom, y=self.y - dy_px / self.zoom))

    def centred(self, share_x: float, share_y: float, zoom: float) -> "View":
        """Another zoom, with the place at these shares (0 to 1) of the turned photo in the middle."""
        here = replace(self, x=share_x * self.turned_width_px, y=share_y * self.turned_height_px)
        return here.zoomed(zoom)

    def rotated(self, quarters: int) -> "View":
        """Turned further, clockwise; refitted if it was fitted, else around the middle of the viewport."""
        shares = (self.x / self.turned_width_px, self.y / self.turned_height_px)
        for _ in range(quarters % 4):
            shares = (1 - shares[1], shares[0])
        turned = replace(self, turn=(self.turn + quarters) % 4)
        return turned.fitted() if self.is_fit else turned.centred(*shares, self.zoom)

    def resized(self, viewport_width_px: int, viewport_height_px: int) -> "View":
        """In another viewport: refitted if it was fitted, else the same place in the middle."""
        other = replace(self, viewport_width_px=viewport_width_px, viewport_height_px=viewport_height_px)
        return other.fitted() if self.is_fit else other.zoomed(self.zoom)

    def shown(self) -> tuple[int, int, int, int]:
        """The photo's part of the viewport: left, top, width, height in whole device pixels; width 0 if none."""
        left, top = self.where((0, 0))
        right, bottom = self.where((self.turned_width_px, self.turned_height_px))
        x, y = max(0, math.floor(left + 0.5)), max(0, math.floor(top + 0.5))
        width = min(self.viewport_width_px, math.floor(right + 0.5)) - x
        height = min(self.viewport_height_px, math.floor(bottom + 0.5)) - y
        return x, y, max(0, width), max(0, height)

    def source(self, shown: tuple[int, int, int, int]) -> Box:
        """The part of the upright photo (left, top, right, bottom in photo pixels) that fills `shown`."""
        x, y, width, height = shown
        corners = [self._upright(self.at(corner)) for corner in ((x, y), (x + width, y + height))]
        xs, ys = (sorted(each) for each in zip(*corners, strict=True))
        return (
            max(0.0, xs[0]),
            max(0.0, ys[0]),
            min(float(self.width_px), xs[1]),
            min(float(self.height_px), ys[1]),
        )

    def _upright(self, turned: Point) -> Point:
        x, y = turned
        match self.turn:
            case 0:
                return x, y
            case 1:
                return y, self.height_px - x
            case 2:
                return self.width_px - x, self.height_px - y
            case _:
                return self.width_px - y, x


def _clamped(view: View) -> View:
    x = _held(view.x, view.turned_width_px, view.viewport_width_px / view.zoom)
    y = _held(view.y, view.turned_height_px, view.viewport_height_px / view.zoom)
    if view.zoom == 1.0:
        # Whole device pixels, else every photo pixel would be smeared over two.
        left, top = view.viewport_width_px / 2 - x, view.viewport_height_px / 2 - y
        x, y = x + left - math.floor(left + 0.5), y + top - math.floor(top + 0.5)
    return replace(view, x=x, y=y)


def _held(centre: float, extent: float, visible: float) -> float:
    return extent / 2 if visible >= extent else min(max(centre, visible / 2), extent - visible / 2)
