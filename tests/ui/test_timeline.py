"""The timeline's numbers, against the plain reading of each: counting, zooming, what a bar stands for."""

import itertools
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photofinder.library.browse import DAY_MS, UNDATED_MS
from photofinder.library.query import dates
from photofinder.library.query.narrowing import UNDATED, time_of, with_time
from photofinder.library.query.tree import Field
from photofinder.ui.timeline_counts import FIRST_DAY, LAST_DAY, NOTHING, counted
from photofinder.ui.timeline_scale import LEAST_DAYS, Scale, Unit, bin_of, edges, fitted

EPOCH = date(1970, 1, 1)
some_days = st.integers(FIRST_DAY, LAST_DAY - 1)


def day(*when):
    return (date(*when) - EPOCH).days


def counts_of(*days, undated=0):
    noon = [each * DAY_MS + DAY_MS // 2 for each in days]
    return counted(np.array([*noon, *[UNDATED_MS] * undated], np.int64))


@given(st.lists(st.integers(-40_000, 40_000)), st.integers(0, 3), st.lists(st.integers(-50_000, 50_000)))
def test_bars_hold_the_photos_of_their_days(days, undated, cuts):
    found = counts_of(*days, undated=undated)
    assert (found.dated, found.undated) == (len(days), undated)
    cuts = np.array(sorted(cuts), np.int64)
    expected = [sum(one <= each < other for each in days) for one, other in itertools.pairwise(cuts)]
    assert found.between(cuts).tolist() == expected
    assert found.extent == (range(min(days), max(days) + 1) if days else None)


@given(st.lists(st.integers(-100, 100), min_size=1), st.integers(-120, 120))
def test_the_next_days_with_photos(days, here):
    found = counts_of(*days)
    assert found.next_day(here) == min((each for each in days if each >= here), default=None)
    assert found.last_day(here) == max((each for each in days if each < here), default=None)


def test_photos_before_1970_and_within_the_last_millisecond_belong_to_their_own_day():
    found = counted(np.array([-1, 0, DAY_MS - 1], np.int64))
    assert found.between(np.array([-1, 0, 1])).tolist() == [1, 2]


def test_a_clock_that_claims_the_year_9000_takes_no_memory_and_no_room():
    found = counts_of(day(2023, 5, 1), 2_567_000, -999_999)
    assert found.extent.stop <= LAST_DAY + 1
    assert found.within(range(day(2023, 5, 1), day(2023, 5, 2))) == 1
    assert len(found.before) < 200_000


def test_a_few_wrong_clocks_do_not_squeeze_the_others():
    trip = [day(2023, 5, 1) + n % 30 for n in range(1_000)]
    found = counts_of(*trip, day(1980, 1, 1), day(2098, 1, 1))
    assert found.bulk() == range(day(2023, 5, 1), day(2023, 5, 31))
    assert counts_of(*trip[:30]).bulk() == range(day(2023, 5, 1), day(2023, 5, 31))
    old = [day(1970, 1, 1)] * 10
    assert counts_of(*trip, *old).bulk().start == day(1970, 1, 1), "one in a hundred is no mistake"
    assert counts_of(*trip[:40], day(2098, 1, 1)).bulk() == range(day(2023, 5, 1), day(2023, 5, 31)), "one of many"
    assert counts_of(*trip[:4], day(2098, 1, 1)).bulk().stop == day(2098, 1, 2), "but not of five"
    assert NOTHING.bulk() is None


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (Unit.DAY, [(2024, 2, 28), (2024, 2, 29), (2024, 3, 1)]),
        (Unit.MONTH, [(2024, 2, 1), (2024, 3, 1)]),
        (Unit.YEAR, [(2024, 1, 1), (2025, 1, 1)]),
    ],
)
def test_bars_end_where_months_and_years_do(unit, expected):
    found = edges(range(day(2024, 2, 28), day(2024, 3, 1)), unit)
    assert found.tolist() == [day(*each) for each in expected]


@given(some_days, st.sampled_from(Unit))
def test_a_bar_holds_its_day(which, unit):
    found = bin_of(which, unit)
    assert which in found
    assert bin_of(found.start, unit) == bin_of(found.stop - 1, unit) == found


def test_years_then_months_then_days_come_into_view():
    scale, seen = fitted(range(FIRST_DAY, LAST_DAY), 1_000), []
    while scale.days > LEAST_DAYS:
        seen += [] if seen and seen[-1] is scale.unit else [scale.unit]
        assert len(scale.bins()) < 1_000, "no more bars than points"
        scale = scale.zoomed(1.2, 400)
    assert seen == [Unit.YEAR, Unit.MONTH, Unit.DAY]


@given(st.floats(0.2, 5), st.floats(0, 1_000), st.floats(20, 9_000))
def test_zooming_keeps_the_day_under_the_pointer(factor, x, days):
    scale = Scale(10_000.0, days, 1_000.0)
    assert scale.zoomed(factor, x).day_at(x) == pytest.approx(scale.day_at(x), abs=1e-6)


@given(some_days, st.integers(1, 400), st.floats(-5_000, 5_000), st.floats(0.01, 100))
def test_no_view_leaves_the_days_of_photography(first, count, push, factor):
    scale = fitted(range(first, first + count), 800).moved(push).zoomed(factor, 100)
    assert scale.left >= FIRST_DAY
    assert scale.right <= LAST_DAY + 1e-6


def test_a_brush_takes_whole_bars():
    scale = fitted(range(day(2020, 1, 1), day(2024, 1, 1)), 1_000)
    assert scale.unit is Unit.MONTH
    one, other = scale.x_of(day(2021, 5, 20)), scale.x_of(day(2021, 3, 10))
    assert scale.snapped(one, other) == range(day(2021, 3, 1), day(2021, 6, 1))


@given(some_days, st.integers(1, 4_000), st.sampled_from(Unit))
def test_a_span_of_days_is_written_as_it_is_read(start, count, unit):
    whole = range(bin_of(start, unit).start, bin_of(start + count - 1, unit).stop)
    for span in (whole, range(start, start + count)):
        assert dates.days(dates.written(span), EPOCH) == span


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ((2023, 1, 1), (2023, 12, 31), "2023"),
        ((2021, 1, 1), (2023, 12, 31), "2021..2023"),
        ((2023, 10, 1), (2023, 10, 31), "2023-10"),
        ((2023, 11, 1), (2024, 2, 29), "2023-11..2024-02"),
        ((2023, 10, 7), (2023, 10, 7), "2023-10-07"),
        ((2023, 10, 1), (2023, 10, 30), "2023-10-01..2023-10-30"),
    ],
)
def test_a_span_is_written_as_short_as_it_can_be(first, last, expected):
    assert dates.written(range(day(*first), day(*last) + 1)) == expected
    with pytest.raises(ValueError, match="no days"):
        dates.written(range(5, 5))


@pytest.mark.parametrize(
    ("words", "narrowed"),
    [
        ("", "date:2023"),
        ("a cat", "a cat date:2023"),
        ("date:2019 a cat is:undated", "a cat date:2023"),
        ("cat OR dog", "(cat OR dog) date:2023"),
        ("(cat OR dog) date:2021..2022", "(cat OR dog) date:2023"),
        ("cat OR (dog date:2019)", "(cat OR dog date:2019) date:2023"),
        ("-date:2020 in:nepal", "-date:2020 in:nepal date:2023"),
        ('"date:2020" in:nepal', '"date:2020" in:nepal date:2023'),
    ],
)
def test_a_time_takes_the_place_of_another_and_holds_for_every_alternative(words, narrowed):
    when = Field("date", "2023")
    assert with_time(words, when) == narrowed
    assert time_of(narrowed) == when
    assert with_time(narrowed, UNDATED) == f"{narrowed.removesuffix('date:2023')}is:undated"
    assert time_of(with_time(narrowed, None)) is None


def test_words_that_cannot_be_read_have_no_time():
    assert time_of('date:2023 "cat') is None


def test_counting_holds_for_every_way_to_count():
    random = np.random.default_rng(3)
    taken_ms = random.integers(day(1999, 1, 1) * DAY_MS, day(2024, 1, 1) * DAY_MS, 5_000)
    found = counted(taken_ms)
    for span in (range(day(2001, 1, 1), day(2002, 1, 1)), range(day(2010, 6, 3), day(2010, 6, 9))):
        expected = np.count_nonzero((taken_ms >= span.start * DAY_MS) & (taken_ms < span.stop * DAY_MS))
        assert found.within(span) == expected
    assert EPOCH + timedelta(days=found.extent.start) >= date(1999, 1, 1)
