"""Fit, zoom at a point, pan, turn: the arithmetic, tried on many photos and windows."""

import math

from hypothesis import assume, given
from hypothesis import strategies as st

from photofinder.ui.picture_geometry import MAX_ZOOM, View

sides = st.integers(1, 20_000)
windows = st.integers(50, 4_000)
shares = st.floats(0, 1)
views = st.builds(View, sides, sides, windows, windows, turn=st.integers(0, 3))


def near(one, other, within):
    return all(math.isclose(a, b, abs_tol=within, rel_tol=1e-9) for a, b in zip(one, other, strict=True))


@given(views)
def test_fit_shows_all_and_touches(view):
    fitted = view.fitted()
    width, height = fitted.turned_width_px * fitted.zoom, fitted.turned_height_px * fitted.zoom
    assert fitted.is_fit
    assert width <= fitted.viewport_width_px * (1 + 1e-9)
    assert height <= fitted.viewport_height_px * (1 + 1e-9)
    if fitted.zoom < MAX_ZOOM:
        assert math.isclose(width, fitted.viewport_width_px) or math.isclose(height, fitted.viewport_height_px)


large = st.integers(500, 20_000)
small = st.integers(50, 2_000)


@given(
    st.builds(View, large, large, small, small, turn=st.integers(0, 3)),
    st.tuples(shares, shares),
    st.tuples(shares, shares),
    st.floats(1.01, 2),
    st.floats(1, 4),
)
def test_zooming_in_keeps_the_point_under_the_cursor(view, middle, cursor, beyond, factor):
    covering = max(
        view.viewport_width_px / view.turned_width_px,
        view.viewport_height_px / view.turned_height_px,
    )
    start = view.centred(*middle, covering * beyond)
    cursor = (cursor[0] * view.viewport_width_px, cursor[1] * view.viewport_height_px)
    zoomed = start.zoomed(start.zoom * factor, cursor)
    assert zoomed.zoom == start.zoom * factor
    # At 100 % the photo is laid on whole device pixels: half a one at most.
    assert near(zoomed.where(start.at(cursor)), cursor, (0.5 if zoomed.zoom == 1 else 0) + 1e-6)


@given(views, shares, shares, st.floats(0.01, 40), st.floats(-5000, 5000), st.floats(-5000, 5000))
def test_no_gap_opens_beside_a_photo(view, x, y, zoom, dx, dy):
    moved = view.centred(x, y, zoom).panned(dx, dy)
    left, top = moved.where((0, 0))
    right, bottom = moved.where((moved.turned_width_px, moved.turned_height_px))
    slack = 0.51 if moved.zoom == 1 else 1e-3
    for near_side, far_side, extent in (
        (left, right, moved.viewport_width_px),
        (top, bottom, moved.viewport_height_px),
    ):
        if far_side - near_side > extent:
            assert near_side <= slack
            assert far_side >= extent - slack
        else:
            assert math.isclose(near_side, extent - far_side, abs_tol=2 * slack)


@given(views, shares, shares, st.floats(0.05, 8))
def test_the_source_lies_within_the_photo(view, x, y, zoom):
    placed = view.centred(x, y, zoom)
    shown = placed.shown()
    assume(shown[2] > 0)
    assume(shown[3] > 0)
    left, top, right, bottom = placed.source(shown)
    assert 0 <= left < right <= view.width_px
    assert 0 <= top < bottom <= view.height_px
    across, down = (bottom - top, right - left) if view.turn % 2 else (right - left, bottom - top)
    assert math.isclose(across * placed.zoom, shown[2], abs_tol=1.01)
    assert math.isclose(down * placed.zoom, shown[3], abs_tol=1.01)


@given(views, shares, shares, st.floats(0.5, 8))
def test_four_turns_are_none(view, x, y, zoom):
    placed = view.centred(x, y, zoom)
    turned = placed.rotated(1).rotated(1).rotated(1).rotated(1)
    assert turned.turn == placed.turn
    assert math.isclose(turned.zoom, placed.zoom)


def test_turning_keeps_what_is_in_the_middle():
    view = View(4000, 3000, 800, 600).centred(0.25, 0.75, 2.0)
    turned = view.rotated(1)
    assert near((turned.x, turned.y), (0.25 * 3000, 0.25 * 4000), 1e-6)


def test_hundred_percent_lies_on_whole_pixels():
    view = View(1001, 777, 640, 481).zoomed(1.0, (13.3, 200.7)).panned(3.3, -7.9)
    left, top = view.where((0, 0))
    assert near((left, top), (round(left), round(top)), 1e-9)
