"""The cut line's arithmetic, on scores whose truth is known."""

import math

import numpy as np
import pytest

from photofinder.library import near_identical
from photofinder.library.calibration import STEPS, Background, Cut, Yardstick, lines
from photofinder.library.near_identical import joined
from photofinder.vectors.exact import reached


def cut(t, asked):
    return lines(reached(t, STEPS), asked)


def false_strong(count, trials=400):
    random = np.random.default_rng(5)
    return np.mean([(t := random.standard_normal(count)).max() >= cut(t, count).strong for _ in range(trials)])


@pytest.mark.parametrize("count", [20, 365, 10_000])
def test_where_nothing_is_there_few_strong_hits_come_by_chance_however_many_photos(count):
    assert 0.02 <= false_strong(count) <= 0.085


def test_what_stands_out_is_found_and_more_of_it_lowers_the_line():
    random = np.random.default_rng(6)
    background = random.standard_normal(1_000)
    one = cut(np.append(background, 6.0), 1_001)
    many = cut(np.append(background, np.full(60, 3.4)), 1_060)
    assert one.strong <= 6.0
    assert many.strong <= 3.4 < one.strong
    assert many.possible <= many.strong
    assert (one.strong_count, many.strong_count) == (1, 60 + np.count_nonzero(background >= many.strong))
    assert many.possible_count >= many.strong_count


def test_few_that_were_asked_need_less_than_many():
    t = np.array([3.2, 0.1, -0.4, 0.3])
    assert cut(t, 4).strong <= 3.2
    assert cut(t, 100_000).strong == math.inf
    assert cut(np.empty(0), 0).strong == math.inf


def test_the_yardstick_leaves_out_what_means_the_same_and_has_no_unit():
    random = np.random.default_rng(7)
    concepts = random.standard_normal((60, 16))
    concepts /= np.linalg.norm(concepts, axis=1, keepdims=True)
    photos = random.standard_normal((200, 16))
    photos /= np.linalg.norm(photos, axis=1, keepdims=True)
    found = Yardstick.of(Background.of(concepts, photos), concepts[3])
    likeness = concepts @ concepts[3]
    assert found.mean == pytest.approx(concepts[likeness < 0.6].mean(axis=0))
    wider = Yardstick.of(Background(concepts, 3 * (photos @ concepts.T)), concepts[3])
    assert wider.spread == pytest.approx(3 * found.spread)


def test_nothing_is_nothing():
    assert Cut(0, 0, 9).nothing
    assert not Cut(0, 1, 9).nothing


def unit(*rows):
    vectors = np.array(rows, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_copies_and_bursts_join_and_others_do_not():
    vectors = unit([1, 0, 0], [1, 0, 0], [1, 0.05, 0], [1, 0.3, 0], [0, 1, 0], [1, 0.01, 0])
    taken = np.array([0, 500_000, 10_000, 20_000, 0, -1])
    fingerprints = [b"a", b"a", b"b", b"c", b"d", b"e"]
    # The second is a copy at another time; the third a frame of the burst; the fourth looks too different; the fifth is
    # something else; the sixth has no time, and is the same picture encoded anew.
    assert joined(fingerprints, taken, vectors, 1.0) == [[0, 1, 2, 5], [3], [4]]


def test_the_same_look_at_another_time_is_another_photo():
    vectors = unit([1, 0, 0], [1, 0, 0])
    assert joined([b"a", b"b"], np.array([0, 3_600_000]), vectors, 1.0) == [[0], [1]]
    assert joined([b"a", b"b"], np.array([0, 1_000]), vectors, 1.0) == [[0, 1]]
    assert joined([None, None], np.array([-1, -1]), None, 1.0) == [[0], [1]]


def test_photos_alike_are_joined_as_one_by_one_however_many_there_are(monkeypatch):
    random = np.random.default_rng(7)
    shots = random.standard_normal((40, 16))
    vectors = shots[random.integers(0, 40, 300)] + 0.02 * random.standard_normal((300, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    taken = np.where(random.random(300) < 0.3, -1, random.integers(0, 3, 300) * 20_000)
    leaders, right = [], {}
    for place in range(300):
        for leader in leaders:
            distance, apart = 1 - vectors[leader] @ vectors[place], abs(int(taken[leader] - taken[place]))
            dated = taken[leader] >= 0 and taken[place] >= 0
            if (distance <= 0.02 and apart <= 30_000) if dated else distance <= 0.008:
                right[leader].append(place)
                break
        else:
            leaders.append(place)
            right[place] = [place]
    assert max(map(len, right.values())) > 3
    for block in (7, 512):
        monkeypatch.setattr(near_identical, "_BLOCK", block)
        assert joined([None] * 300, taken, vectors, 1.0) == list(right.values())
