"""What dragging on the timeline does to the days that are asked for. Pure, no widgets."""

import enum

from photofinder.ui.timeline_scale import Scale, bin_of, edges

GRIP_PX = 5
"""So near to an end of the brush, dragging moves the end."""


class Grip(enum.Enum):
    """What of the brush is dragged; NEW makes another one."""

    NEW = enum.auto()
    START = enum.auto()
    STOP = enum.auto()
    WHOLE = enum.auto()


def grip_at(scale: Scale, brush: range | None, x: float) -> Grip:
    """What dragging from a place takes hold of."""
    if brush is None:
        return Grip.NEW
    left, right = scale.x_of(brush.start), scale.x_of(brush.stop)
    for place, end in ((right, Grip.STOP), (left, Grip.START)):
        if abs(x - place) <= GRIP_PX:
            return end
    return Grip.WHOLE if left < x < right else Grip.NEW


def brushed(scale: Scale, brush: range | None, grip: Grip, start_x: float, x: float) -> range:
    """The brush after dragging from one place to another: its ends stand between bars."""
    here = scale.bin_at(x)
    if brush is None or grip is Grip.NEW:
        return scale.snapped(start_x, x)
    if grip is Grip.START:
        return range(min(here.start, bin_of(brush.stop - 1, scale.unit).start), brush.stop)
    if grip is Grip.STOP:
        return range(brush.start, max(here.stop, bin_of(brush.start, scale.unit).stop))
    return _moved(scale, brush, round((x - start_x) / scale.day_px))


def _moved(scale: Scale, brush: range, days: int) -> range:
    """As many bars elsewhere where it covers whole ones, else as many days."""
    bars = edges(brush, scale.unit).tolist()
    if (bars[0], bars[-1]) != (brush.start, brush.stop):
        return range(brush.start + days, brush.stop + days)
    start = bin_of((bars[0] + bars[1]) // 2 + days, scale.unit).start
    found = edges(range(start, start + 2 * len(brush)), scale.unit).tolist()
    return range(start, found[len(bars) - 1])
