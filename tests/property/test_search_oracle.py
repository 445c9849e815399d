"""Any filter leaves as many hits as exist, ranked as looking at every photo ranks them."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photofinder.catalogue.rows import from_wall_clock_ms
from photofinder.core.types import (
    Gps,
    Ingested,
    Marks,
    Metadata,
    PhotoFile,
    Role,
    Stamp,
    Taken,
    TakenSource,
    Unit,
    Volume,
)
from photofinder.library import answering, concepts
from photofinder.library.answering import background_of, sample_of
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.looks import Space, look_of
from photofinder.library.query import parse
from photofinder.library.query.plan import alternatives
from photofinder.library.search import search
from photofinder.vectors import exact, snapshot

COUNT, DIM = 400, 256
DAY = 86_400_000


@dataclasses.dataclass
class Made:
    library: Library
    vectors: np.ndarray
    iso: np.ndarray
    day: np.ndarray
    north: np.ndarray
    stars: np.ndarray
    missing: np.ndarray


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    random = np.random.default_rng(1)
    vectors = random.standard_normal((COUNT, DIM)).astype(np.float32)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    values = {
        "iso": random.choice([100, 200, 400, 800, 0], COUNT),
        "day": random.integers(0, 30, COUNT),
        "north": random.integers(-80, 80, COUNT),
        "stars": random.integers(0, 6, COUNT),
    }
    with Library(locations(tmp_path_factory.mktemp("oracle")), create=True) as library:
        writer, space = library.writer(), library.space(library.bundle)
        root = writer.add_root(Volume("uuid", None, "/mnt"), b"photos")
        items = []
        for n in range(COUNT):
            metadata = Metadata(
                taken=Taken(from_wall_clock_ms(int(values["day"][n]) * DAY + 5), None, TakenSource.EXIF_ORIGINAL),
                gps=Gps(float(values["north"][n]), 10.0),
                iso=int(values["iso"][n]) or None,
            )
            unit = Unit(root.id, b"f%d" % (n % 7), (PhotoFile(b"IMG_%d.jpg" % n, Role.PRIMARY, Stamp(1, 1, 1)),))
            items.append(
                Ingested(unit, None, n.to_bytes(16, "big"), metadata, "JPEG", 4, 3, vectors[n].astype(np.float32))
            )
        for start in range(0, COUNT, 150):
            library.apply(writer.record(items[start : start + 150], space.id, 1), space)
            if start == 150:
                library.consolidate(library.reader.space(space.digest))
        concepts.embedded(library, library.bundle, patience_s=None)  # as `index` does
        missing = random.random(COUNT) < 0.1
        writer.mark_missing([int(n) + 1 for n in np.flatnonzero(missing)])
        writer.put_marks({n + 1: Marks(rating=int(values["stars"][n])) for n in range(COUNT)})
        yield Made(library, vectors.astype(np.float32), **values, missing=missing)


LEAVES = {
    "iso:100..400": lambda m: (m.iso >= 100) & (m.iso <= 400),
    "iso:>=800": lambda m: m.iso >= 800,
    "rating:5": lambda m: m.stars == 5,
    "rating:<2": lambda m: m.stars < 2,
    "date:1970-01-07": lambda m: m.day == 6,
    "date:1970-01-05..1970-01-09": lambda m: (m.day >= 4) & (m.day <= 8),
    "box:0,10,20,50": lambda m: (m.north >= 10) & (m.north <= 50),
    "near:0,10 within 1200km": lambda m: np.abs(m.north) <= 10,
    "folder:f3": lambda m: np.arange(COUNT) % 7 == 3,
    "file:img_1?.jpg": lambda m: (np.arange(COUNT) >= 10) & (np.arange(COUNT) <= 19),
    '"img 7"': lambda m: np.arange(COUNT) == 7,
    "is:undated": lambda m: np.zeros(COUNT, bool),
    "is:copy": lambda m: np.zeros(COUNT, bool),
    "has:gps": lambda m: np.ones(COUNT, bool),
}


def either(parts):
    return "(" + " OR ".join(text for text, _ in parts) + ")", lambda m: np.logical_or.reduce([f(m) for _, f in parts])


def both(parts):
    return "(" + " ".join(text for text, _ in parts) + ")", lambda m: np.logical_and.reduce([f(m) for _, f in parts])


leaf = st.sampled_from(sorted(LEAVES)).map(lambda text: (text, LEAVES[text]))
filters = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(either),
        st.lists(inner, min_size=2, max_size=3).map(both),
        inner.map(lambda part: (f"-({part[0]})", lambda m: ~part[1](m))),
    ),
    max_leaves=5,
)


def oracle_scores(made, words, _known={}):  # noqa: B006 - one library for all examples
    """Every photo's score, by plain multiplication with the directions of the alternatives."""
    if words not in _known:
        library = made.library
        bundle, space = library.serving()
        encoder = library.text_encoder(bundle)
        known = Space(
            encoder.embed_query,
            None,
            background_of(library, bundle, library.vectors(space)),
            sample_of(library.vectors(space)),
        )
        ways = [look_of(way, known).direction for way in alternatives(parse(words), None)]
        _known[words] = np.max([made.vectors.astype(np.float64) @ way.astype(np.float16) for way in ways], axis=0)
    return _known[words]


@settings(max_examples=40, deadline=None)
@given(filters, st.sampled_from(["a cat", "sand -sea", "snow^2 (red car)^0.5", "cat OR dog", ""]), st.integers(1, 500))
def test_hits_are_those_of_the_oracle(made, condition, words, limit):
    text, answers = condition
    query = f"({words}) {text}" if " OR " in words else f"{words} {text}"
    results = search(made.library, query, limit)
    right = np.flatnonzero(answers(made) & ~made.missing)
    assert results.found == len(right)
    assert len(results.hits) == min(limit, len(right))
    found = [hit.photo.id - 1 for hit in results.hits]
    assert set(found) <= set(right.tolist())
    if words:
        scores = oracle_scores(made, words)
        best = np.sort(scores[right])[::-1][: len(found)]
        assert scores[found] == pytest.approx(best, abs=2e-3)
        assert [hit.score for hit in results.hits] == pytest.approx(scores[found], abs=2e-3)


def test_through_the_graph_a_file_name_is_never_hidden_and_nothing_is_capped(made, monkeypatch):
    everything = search(made.library, "img 77 sand", 400)
    monkeypatch.setattr(answering, "GRAPH_FROM", 10)
    monkeypatch.setattr(answering, "FROM_GRAPH", 20)
    there = [n for n in range(COUNT) if not made.missing[n]]
    for number in there[:30]:
        first = search(made.library, f"IMG_{number}.jpg", 3).hits[0]
        assert first.photo.path.endswith(f"IMG_{number}.jpg")
    for limit in (1, 9, 10, 11, 400):
        found = search(made.library, "img 77 sand", limit)
        assert len(found.hits) == min(limit, len(there))
        assert found.found == len(there)
    assert [hit.photo.id for hit in found.hits] == [hit.photo.id for hit in everything.hits]


@pytest.mark.parametrize("words", ["a cat", "img sand", "img 7 sand", "cat OR dog", "IMG_42.jpg"])
@pytest.mark.parametrize("limit", [1, 5, 60])
def test_a_coarse_look_first_changes_no_answer(made, monkeypatch, words, limit):
    """Neither the hits' order, also of those that are found by their words, nor how many are good."""
    query = f"({words}) iso:100..800"
    whole = search(made.library, query, limit)
    monkeypatch.setattr(snapshot, "SKETCHED_FROM", 1)
    monkeypatch.setattr(exact, "SHARED_FROM", 1)
    coarse = search(made.library, query, limit)
    assert [hit.photo.id for hit in coarse.hits] == [hit.photo.id for hit in whole.hits]
    assert [hit.strength for hit in coarse.hits] == [hit.strength for hit in whole.hits]
    assert coarse.found == whole.found
    # Below the best, scores are rounded: a photo at the very line may count on the other side of it.
    assert abs(coarse.cut.strong - whole.cut.strong) <= 1
    assert abs(coarse.cut.possible - whole.cut.possible) <= 3
