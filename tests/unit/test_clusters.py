import numpy as np
import pytest

from photofinder.core.clusters import Points, View
from photofinder.core.mercator import project
from photofinder.core.shapes import Shapes, clipped

WORLD = View(0.0, 0.0, 0.999999, 0.999999)


def made(count=2000, seed=0):
    random = np.random.default_rng(seed)
    lat, lon = random.uniform(-80, 80, count), random.uniform(-180, 180, count)
    ids = random.permutation(count) + 1000
    return Points(ids, lat, lon), ids, lat, lon


@pytest.mark.parametrize("level", [1, 3, 6])
def test_every_photo_is_in_one_cluster(level):
    points, ids, _, _ = made()
    clusters = points.clusters(WORLD, level)
    assert clusters.counts.sum() == len(ids)
    held = np.concatenate([points.ids_in(ranges) for ranges in clusters.ranges])
    assert sorted(held.tolist()) == sorted(ids.tolist())
    for number, ranges in enumerate(clusters.ranges):
        assert clusters.shown[number] in points.ids_in(ranges)
        assert len(points.ids_in(ranges)) == clusters.counts[number]


def test_clusters_lie_in_the_middle_of_their_photos():
    points, ids, lat, lon = made()
    place = dict(zip(ids.tolist(), zip(*project(lat, lon), strict=True), strict=True))
    clusters = points.clusters(WORLD, 4)
    for number, ranges in enumerate(clusters.ranges):
        held = np.array([place[one] for one in points.ids_in(ranges).tolist()])
        np.testing.assert_allclose([clusters.x[number], clusters.y[number]], held.mean(axis=0), atol=1e-9)


def test_clusters_split_as_one_zooms_in():
    points, *_ = made()
    counts = [len(points.clusters(WORLD, level)) for level in range(1, 9)]
    assert counts == sorted(counts)
    assert counts[0] <= 4
    assert counts[-1] > 1900


def test_close_neighbours_are_one():
    lon = np.array([-0.001, 0.001])  # on both sides of a line of the grid
    points = Points(np.array([1, 2]), np.array([40.0, 40.0]), lon)
    clusters = points.clusters(WORLD, 8)
    assert clusters.counts.tolist() == [2]
    assert sorted(points.ids_in(clusters.ranges[0]).tolist()) == [1, 2]


def test_the_world_repeats_to_the_sides():
    points, *_ = made(50)
    away = points.clusters(View(2.0, 0.0, 2.999999, 0.999999), 5)
    here = points.clusters(WORLD, 5)
    np.testing.assert_allclose(away.x - 2, here.x)
    np.testing.assert_array_equal(away.counts, here.counts)


def test_the_grid_counts_every_photo():
    points, ids, *_ = made()
    counts = points.grid(WORLD, 5)
    assert counts.shape == (32, 32)
    assert counts.sum() == len(ids)


def test_clusters_meet_across_the_180th_meridian():
    points = Points(np.array([1, 2, 3]), np.array([-17.0, -17.0, -17.0]), np.array([179.0, -179.0, 0.0]))
    _, (bottom, top) = project(np.array([-20.0, -10.0]), np.zeros(2))
    assert len(points.clusters(View(178 / 360 + 0.5, top, 182 / 360 + 0.5, bottom), 4)) == 1


@pytest.mark.parametrize("turned", [0.0, 150.0, -170.0])
def test_the_extent_holds_all_and_no_more(turned):
    random = np.random.default_rng(1)
    lat, lon = random.uniform(-40, 60, 500), (random.uniform(-50, 30, 500) + turned + 180) % 360 - 180
    extent = Points(np.arange(500), lat, lon).extent
    x, y = project(lat, lon)
    across = (x - extent.left + 1e-12) % 1 + extent.left
    assert extent.right == pytest.approx(across.max())
    assert (extent.top, extent.bottom) == pytest.approx((y.min(), y.max()))
    assert extent.right - extent.left < 81 / 360


def test_the_extent_goes_the_short_way_around():
    points = Points(np.array([1, 2]), np.array([-17.0, -18.0]), np.array([179.0, -179.0]))
    extent = points.extent
    assert extent.right - extent.left == pytest.approx(2 / 360)
    assert Points(np.empty(0, np.int64), np.empty(0), np.empty(0)).extent is None


def test_places_are_given_for_the_ids_that_are_known():
    points, ids, lat, lon = made()
    x, y = points.places_of(np.array([ids[5], 99, ids[7]]))
    there = project(lat[[5, 7]], lon[[5, 7]])
    np.testing.assert_allclose(x, there[0])
    np.testing.assert_allclose(y, there[1])


def test_a_ring_is_cut_at_a_box():
    ring = np.array([[-1.0, 0.2], [0.5, 0.2], [0.5, 2.0], [-1.0, 2.0]])
    cut = clipped(ring, (0.0, 0.0, 1.0, 1.0))
    assert {tuple(corner) for corner in cut.tolist()} == {(0.0, 0.2), (0.5, 0.2), (0.5, 1.0), (0.0, 1.0)}
    assert len(clipped(ring + 5, (0.0, 0.0, 1.0, 1.0))) == 0


def test_lines_that_pass_a_box_are_found_wherever_the_world_is():
    long = np.stack([np.linspace(0, 1, 101), np.full(101, 0.5)], axis=1)
    shapes = Shapes.of([long, np.array([[0.1, 0.9], [0.2, 0.9]])])
    (piece,) = shapes.lines_in((0.405, 0.4, 0.455, 0.6))
    assert piece[0, 0] <= 0.405
    assert piece[-1, 0] >= 0.455
    assert len(piece) < 10
    (moved,) = shapes.lines_in((1.405, 0.4, 1.455, 0.6))
    np.testing.assert_allclose(moved - piece, [[1, 0]] * len(piece), atol=1e-12)
