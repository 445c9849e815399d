"""Between two known moments: where one was, and how sure that is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photofinder.core.tracks import ROAMING_M_S, WALKING_M_S, Trail, along, trails


def trail(*points):
    columns = np.array(points, np.float64).reshape(-1, 3)
    return Trail(columns[:, 0], columns[:, 1], columns[:, 2], np.full(len(columns), np.nan))


def at(path, *moments, limit_s=600):
    return along(path, np.array(moments, np.float64), limit_s)


def test_between_two_points_one_was_on_the_way():
    found = at(trail((0, 10, 20), (100, 10.01, 20)), 25)
    assert found.known.all()
    assert found.latitude[0] == pytest.approx(10.0025, abs=1e-6)
    assert found.longitude[0] == pytest.approx(20, abs=1e-6)
    assert found.apart_s[0] == 25
    assert found.reach_m[0] == pytest.approx(25 * 1111.95 / 100, rel=1e-3)  # at the speed of this leg, 11 m/s
    assert found.nearest[0] == 0


def test_the_way_across_the_date_line_is_the_short_one():
    found = at(trail((0, -17, 179.99), (60, -17, -179.99)), 30, 45)
    assert abs(abs(found.longitude[0]) - 180) < 1e-9
    assert found.longitude[1] == pytest.approx(-179.995, abs=1e-6)


def test_who_stands_still_may_have_walked():
    found = at(trail((0, 10, 20), (200, 10, 20)), 100)
    assert found.reach_m[0] == pytest.approx(100 * WALKING_M_S)


def test_beyond_the_ends_only_within_the_limit():
    found = at(trail((1000, 10, 20)), 399, 400, 1000, 1600, 1601)
    assert found.known.tolist() == [False, True, True, True, False]
    assert found.reach_m[1] == pytest.approx(600 * ROAMING_M_S)


def test_in_a_long_gap_the_nearest_point_counts_and_nothing_is_made_up_in_the_middle():
    found = at(trail((0, 10, 20), (7200, 11, 20)), 60, 3600, 7140)
    assert found.known.tolist() == [True, False, True]
    assert (found.latitude[0], found.latitude[2]) == (10, 11)


def test_a_leg_faster_than_any_airliner_was_not_travelled():
    found = at(trail((0, 10, 20), (60, 40, 20)), 0, 30, 60)
    assert found.known.tolist() == [True, False, True]  # at the points themselves nothing is between


def test_pieces_that_follow_are_one_trail_and_those_that_overlap_are_not():
    first, second, other = trail((0, 1, 1), (10, 1, 1)), trail((20, 2, 2), (30, 2, 2)), trail((5, 50, 50), (25, 50, 50))
    made = trails([second, other, first])
    assert sorted(len(each) for each in made) == [2, 4]
    assert next(each for each in made if len(each) == 4).at_s.tolist() == [0, 10, 20, 30]


def test_moments_in_disorder_and_twice():
    (made,) = trails([trail((30, 3, 3), (10, 1, 1), (10, 9, 9), (20, 2, 2))])
    assert made.at_s.tolist() == [10, 20, 30]
    assert made.latitude.tolist() == [1, 2, 3]


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.floats(-60, 60), st.floats(-180, 180)), max_size=30),
    st.lists(st.floats(-1000, 6000), min_size=1, max_size=30),
)
def test_what_is_known_lies_between_its_neighbours_in_time(points, moments):
    for made in trails([trail(*points)]) or [trail()]:
        found = at(made, *moments)
        for n in np.flatnonzero(found.known):
            assert found.apart_s[n] == np.abs(made.at_s - moments[n]).min()
            assert found.apart_s[n] <= 600
            assert np.isfinite([found.latitude[n], found.longitude[n], found.reach_m[n]]).all()
            assert found.reach_m[n] >= 0
