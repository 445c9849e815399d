"""What a line around a part of the map holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photofinder.core.outline import enclosed, simplified, with_short_sides

RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize("middle", [10.0, 180.0, -179.0])
def test_a_line_around_a_box_holds_what_the_box_holds(middle):
    lat, lon = RANDOM.uniform(-80, 80, 3000), RANDOM.uniform(-180, 180, 3000)
    away = (lon - middle + 180) % 360 - 180
    within = (np.abs(away) < 30) & (lat > -20) & (lat < 50)
    sides = [(each + 180) % 360 - 180 for each in (middle - 30, middle + 30)]
    corners = [(-20, sides[0]), (50, sides[0]), (50, sides[1]), (-20, sides[1])]
    np.testing.assert_array_equal(enclosed(lat, lon, corners), within)
    np.testing.assert_array_equal(enclosed(lat, lon, corners[::-1]), within)


def test_what_is_in_the_box_of_a_line_and_not_in_the_line_is_outside():
    corners = [(0, 0), (10, 0), (10, 10), (5, 1), (0, 10)]
    inside = enclosed(np.array([5.0, 5.0, 20.0]), np.array([0.5, 8.0, 0.5]), corners)
    assert inside.tolist() == [True, False, False]


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 500)), min_size=2, max_size=60), st.integers(8, 30))
def test_fewer_corners_are_corners_of_before_and_keep_the_ends(points, at_most):
    line = np.array(points)
    fewer = simplified(line, 1.5, at_most)
    assert len(fewer) <= max(at_most, 2)
    assert {tuple(each) for each in fewer} <= {tuple(each) for each in line}
    assert (fewer[[0, -1]] == line[[0, -1]]).all()


def test_a_circle_stays_one():
    turn = np.linspace(0, 2 * np.pi, 400)
    line = np.stack([200 * np.cos(turn), 200 * np.sin(turn)], axis=1)
    fewer = simplified(line, 1.5, 40)
    assert 10 < len(fewer) <= 40
    middles = (fewer[1:] + fewer[:-1]) / 2
    assert np.hypot(*middles.T).min() > 198 - 1.5


def test_sides_longer_than_half_of_the_world_get_corners_in_between():
    wide = np.array([(0.1, 0.2), (0.9, 0.2), (0.9, 0.6), (0.1, 0.6)])
    found = with_short_sides(wide)
    assert np.abs(np.diff(found[:, 0])).max() < 0.5
    assert {tuple(each) for each in wide} <= {tuple(each) for each in found}
