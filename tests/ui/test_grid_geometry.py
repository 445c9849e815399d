"""Every photo has one place, every place at most one photo; and adding photos gives what laying out anew gives."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photofinder.library.browse import DAY_MS, UNDATED_MS, Listing, Order
from photofinder.ui.grid_geometry import Frame, GridGeometry
from photofinder.ui.grid_sections import Level, fitting_level, sections_of
from tests.ui.grid_samples import listing

frames = st.builds(
    Frame,
    width_px=st.integers(1, 3000),
    cell_px=st.integers(48, 512),
    justified=st.booleans(),
)


@st.composite
def listings(draw, most=60):
    order = draw(st.sampled_from([Order.NEWEST, Order.OLDEST, Order.NAME]))
    days = draw(st.lists(st.one_of(st.just(UNDATED_MS // DAY_MS), st.integers(-400, 30_000)), max_size=most))
    days = np.sort(np.array(days, np.int64))[:: 1 if order is Order.OLDEST else -1]
    aspects = draw(st.lists(st.floats(1 / 128, 100, width=32), min_size=len(days), max_size=len(days)))
    ids = np.arange(1, len(days) + 1, dtype=np.int64)
    return Listing(order, ids, days * DAY_MS, days * DAY_MS, np.array(aspects, np.float32))


def geometry_of(photos, frame, level=None):
    sections = sections_of(photos)
    if level is not None and sections.level is Level.DAY:
        sections = sections.coarser(level)
    return GridGeometry(frame, sections, photos.aspects)


@given(listings(), frames, st.sampled_from([Level.DAY, Level.MONTH, Level.YEAR]))
@settings(max_examples=150, deadline=None)
def test_places_and_photos_agree(photos, frame, level):
    geometry = geometry_of(photos, frame, level)
    cells = [geometry.cell(row) for row in range(len(photos))]
    seen = np.zeros(len(photos), int)
    for line in range(geometry.line_count):
        first, stop = geometry.line_rows(line)
        assert cells[first:stop] == geometry.cells(line)
        seen[first:stop] += 1
    assert (seen == 1).all()
    for row, cell in enumerate(cells):
        assert cell.width > 0
        assert cell.height > 0
        assert cell.x >= frame.margin_px
        assert geometry.row_at(cell.x, cell.y) == row
        assert geometry.row_at(cell.x + cell.width - 1, cell.y + cell.height - 1) == row
        assert geometry.row_at(cell.x - 1, cell.y) is None
        assert geometry.row_at(cell.x, cell.y + cell.height) is None
        assert geometry.rows_between(cell.y, cell.y + 1).start <= row < geometry.rows_between(cell.y, cell.y + 1).stop
        assert cell.y + cell.height <= geometry.height_px
    for before, after in itertools.pairwise(cells):
        assert after.y > before.y or (after.y == before.y and after.x >= before.x + before.width + frame.gap_px)


@given(listings(), frames, st.integers(-50, 5000), st.integers(-500, 20_000))
@settings(max_examples=150, deadline=None)
def test_a_point_leads_to_the_photo_that_covers_it_or_to_none(photos, frame, x, y):
    geometry = geometry_of(photos, frame)
    covering = [
        row
        for row in range(len(photos))
        for cell in [geometry.cell(row)]
        if cell.x <= x < cell.x + cell.width and cell.y <= y < cell.y + cell.height
    ]
    assert geometry.row_at(x, y) == (covering[0] if covering else None)


@given(listings(), frames, st.integers(-100, 10_000), st.integers(1, 3_000))
@settings(max_examples=100, deadline=None)
def test_what_shows_between_two_heights_is_found(photos, frame, top, page):
    geometry = geometry_of(photos, frame)
    cells = [geometry.cell(row) for row in range(len(photos))]
    shown = [row for row, cell in enumerate(cells) if cell.y + cell.height > top and cell.y < top + page]
    assert list(geometry.rows_between(top, top + page)) == shown
    sections = geometry.sections
    for section in range(len(sections)):
        if sections.level is Level.PLAIN:
            break
        upper = geometry.section_top(section)
        lower = upper + frame.heading_px
        assert lower == cells[int(sections.starts[section])].y
        found = [number for number, _ in geometry.headings_between(top, top + page)]
        assert (section in found) == (lower > top and upper < top + page)


def _without(photos, gone):
    kept = (column[~gone] for column in (photos.ids, photos.taken_ms, photos.keys, photos.aspects))
    return Listing(photos.order, *kept)


@given(listings(), frames, st.data())
@settings(max_examples=150, deadline=None)
def test_newcomers_change_only_what_they_touch(photos, frame, data):
    if not photos.order.by_date:
        photos = Listing(Order.NEWEST, photos.ids, photos.taken_ms, photos.keys, photos.aspects)
    came = np.array(data.draw(st.lists(st.booleans(), min_size=len(photos), max_size=len(photos))), bool)
    level = data.draw(st.sampled_from([Level.DAY, Level.MONTH, Level.YEAR]))
    after = sections_of(photos)
    old = Listing(
        photos.order, *(column[~came] for column in (photos.ids, photos.taken_ms, photos.keys)), photos.aspects[~came]
    )
    before = sections_of(old)
    grown = before.with_newcomers(photos.keys[came] // DAY_MS, ascending=photos.order.ascending)
    assert grown.starts.tolist() == after.starts.tolist()
    assert grown.keys.tolist() == after.keys.tolist()
    was = GridGeometry(frame, before.coarser(level), old.aspects)
    spliced = was.with_newcomers(grown.coarser(level), photos.aspects, np.flatnonzero(came))
    anew = GridGeometry(frame, after.coarser(level), photos.aspects)
    assert [spliced.cell(row) for row in range(len(photos))] == [anew.cell(row) for row in range(len(photos))]
    assert spliced.height_px == anew.height_px


@given(frames, st.lists(st.floats(0.4375, 3.5, width=32), min_size=12, max_size=80))
@settings(max_examples=100, deadline=None)
def test_justified_lines_end_at_one_edge(frame, aspects):
    frame = Frame(max(frame.width_px, 700), min(frame.cell_px, 200), justified=True)
    count = len(aspects)
    taken = np.zeros(count, np.int64)
    photos = Listing(Order.NAME, np.arange(count), taken, taken, np.array(aspects, np.float32))
    geometry = geometry_of(photos, frame)
    for line in range(geometry.line_count):
        last = geometry.cells(line)[-1]
        full = last.x + last.width == frame.margin_px + frame.inner_px
        assert full or last.height <= frame.cell_px


def test_photos_keep_their_shapes_when_justified():
    photos = listing(200)
    geometry = geometry_of(photos, Frame(1200, 180, justified=True), Level.YEAR)
    for row in range(200):
        cell = geometry.cell(row)
        assert cell.width / cell.height == pytest.approx(float(photos.aspects[row]), rel=0.03)


def test_a_panorama_does_not_shrink_its_line_to_a_ribbon():
    aspects = np.array([1.5] * 10 + [20.0] + [1.5] * 10, np.float32)
    zeros = np.zeros(21, np.int64)
    geometry = geometry_of(Listing(Order.NAME, np.arange(21), zeros, zeros, aspects), Frame(1000, 180, justified=True))
    assert min(geometry.cell(row).height for row in range(21)) > 90


def test_an_empty_grid_has_no_height():
    geometry = geometry_of(listing(0), Frame(800, 200, justified=True))
    assert geometry.height_px == 0
    assert geometry.row_at(10, 10) is None
    assert list(geometry.rows_between(0, 1000)) == []
    assert geometry.headings_between(0, 1000) == []
    with pytest.raises(IndexError):
        geometry.cell(0)


def test_headings_are_days_under_large_thumbnails_and_years_over_small_ones():
    dense = sections_of(listing(5_000, per_day=40))
    assert [fitting_level(dense, px, 5) for px in (250, 120, 64)] == [Level.DAY, Level.MONTH, Level.YEAR]


def test_headings_are_never_so_fine_that_lines_stay_empty():
    sparse = sections_of(listing(300, per_day=1))
    assert fitting_level(sparse, 250, 6) is Level.MONTH
    hours = np.arange(300, dtype=np.int64) * 40 * DAY_MS
    photos = Listing(Order.OLDEST, np.arange(300), hours, hours, np.ones(300, np.float32))
    assert fitting_level(sections_of(photos), 250, 6) is Level.YEAR


def test_months_and_years_follow_the_calendar():
    days = [np.datetime64(day) for day in ("2023-12-31", "2024-01-01", "2024-01-31", "2024-02-29", "2024-03-01")]
    keys = np.array([int(day.astype(int)) * DAY_MS for day in days], np.int64)
    keys = np.append(keys[::-1], UNDATED_MS)
    sections = sections_of(Listing(Order.NEWEST, np.arange(6), keys, keys, np.ones(6, np.float32)))
    assert sections.coarser(Level.MONTH).counts.tolist() == [1, 1, 2, 1, 1]
    assert sections.coarser(Level.YEAR).counts.tolist() == [4, 1, 1]


def test_a_million_photos_fit_in_the_coordinates_of_qt():
    photos = listing(1_000_000, per_day=130)
    for justified in (False, True):
        geometry = geometry_of(photos, Frame(600, 512, justified))
        assert 0 < geometry.height_px < 2**31
        cell = geometry.cell(777_777)
        assert geometry.row_at(cell.x + 3, cell.y + 3) == 777_777
