from datetime import date, timedelta

import pytest

from photofinder.library.query import All, Either, Exact, Field, Meaning, Not, QuerySyntaxProblem, parse, text_of
from photofinder.library.query.amounts import interval
from photofinder.library.query.completions import completions
from photofinder.library.query.dates import days
from photofinder.library.query.fields import FIELDS, corners, metres

EPOCH = date(1970, 1, 1)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", All(())),
        ("  ", All(())),
        ("a cat  on a sofa", Meaning("a cat on a sofa")),
        ("cat or dog", Meaning("cat or dog")),
        ("cats not dogs", Meaning("cats not dogs")),
        ("black-and-white, what's this?", Meaning("black-and-white, what's this?")),
        ("cat -night", All((Meaning("cat"), Meaning("night", subtract=True)))),
        ('cat not "a crowd"', All((Meaning("cat"), Meaning("a crowd", subtract=True)))),
        ('"Ama Dablam"', Exact("Ama Dablam")),
        ("“Ama Dablam”", Exact("Ama Dablam")),
        ('-"Ama Dablam"', Not(Exact("Ama Dablam"))),
        ("beach^1.5 sand", All((Meaning("beach", 1.5), Meaning("sand")))),
        ("(red car)^2", Meaning("red car", 2.0)),
        ('not "a crowd"^0.5', Meaning("a crowd", 0.5, subtract=True)),
        ("ISO:>=1600", Field("iso", ">=1600")),
        ("date:Last-Summer", Field("date", "last-summer")),
        ('near:"Namche Bazaar" within 20 km', Field("near", "Namche Bazaar", "20km")),
        ("near:namche within 5 miles", Field("near", "namche", "5mi")),
        ("a house within 5 km", Meaning("a house within 5 km")),
        ("near:namche (within 5 km)", All((Field("near", "namche"), Meaning("within 5 km")))),
        ("-near:namche (within 5km)", All((Not(Field("near", "namche")), Meaning("within 5km")))),
        ("snow near:namche high", All((Meaning("snow"), Field("near", "namche"), Meaning("high")))),
        ("file:IMG_(1).jpg", Field("file", "IMG_(1).jpg")),
        ("type:JPG", Field("type", "jpeg")),
        ("like:/a/b.jpg^2", Field("like", "/a/b.jpg", weight=2.0)),
        ('like:"C:\\my photos\\b.jpg"', Field("like", "C:\\my photos\\b.jpg")),
        ("box:86.5,27.60,87.1,28", Field("box", "86.5,27.6,87.1,28")),
        ("area:27.70,86.5;28,86.8;27,87;", Field("area", "27.7,86.5;28,86.8;27,87")),
        ("a OR b c OR d", Either((Meaning("a"), Meaning("b c"), Meaning("d")))),
        ("(a OR b) iso:100", All((Either((Meaning("a"), Meaning("b"))), Field("iso", "100")))),
        ("(a OR (b OR c))", Either((Meaning("a"), Meaning("b"), Meaning("c")))),
        ("-(iso:100 OR f:8)", Not(Either((Field("iso", "100"), Field("f", "8"))))),
        ("-iso:100", Not(Field("iso", "100"))),
        ("not iso:100", Not(Field("iso", "100"))),
        ("-(-iso:100)", Field("iso", "100")),
    ],
)
def test_what_is_typed_is_understood_and_written_down_again(text, tree):
    assert parse(text) == tree
    assert parse(text_of(tree)) == tree


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ('cat "on a', 4, "quotation mark is not closed"),
        ("(cat (dog)", 0, "bracket is not closed"),
        ("cat)", 3, "closing bracket"),
        ("cat ()", 5, "closing bracket"),
        ("cat OR", 6, "stops in the middle"),
        ("OR cat", 0, "OR stands between"),
        ("cat OR OR dog", 7, "OR stands between"),
        ("cat colour:red", 4, "no field colour:"),
        ("cat camra:canon", 4, "Did you mean camera:?"),
        ("cat iso:fast", 4, "'fast' is no number"),
        ("iso:400..100", 0, "100 is less than 400"),
        ("date:2023-02-30", 0, "not in the calendar"),
        ("date:2023..2021", 0, "2021 is before 2023"),
        ("date:..", 0, "a beginning or an end"),
        ("date: 2023", 0, "needs a value"),
        ("label:purple", 0, "red, yellow, green, blue"),
        ("box:1,2,3", 0, "four numbers"),
        ("box:0,50,10,40", 0, "south before north"),
        ("area:1,2;3,4", 0, "three corners"),
        ("area:1,2;3,4;5", 0, "three corners"),
        ("area:1,2;3,4;95,6", 0, "latitudes go from"),
        ("area:1,2;3,four;5,6", 0, "its corners are"),
        ('"cat"^2', 0, "have no weight"),
        ("cat^90", 0, "Weights go from"),
        ("cat ^2", 4, "right behind a word"),
        ("(iso:100)^2", 8, "Only words have a weight"),
        ("cat -(dog OR mouse)", 4, "Put the minus before each word"),
        ('cat ""', 4, "nothing between"),
        ("(" * 40, 30, "too deeply"),
        ("a" * 5000, 4000, "longer than"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text, position, part):
    with pytest.raises(QuerySyntaxProblem) as caught:
        parse(text)
    assert caught.value.position == position
    assert part in str(caught.value)
    assert caught.value.remedy


def test_every_example_of_every_field_is_understood():
    for name, kind in FIELDS.items():
        for example in kind.examples:
            tree = parse(f"{name}:{example}")
            assert isinstance(tree, Field), example
            assert tree.name == name


def test_distances_and_corners():
    assert metres("20km") == 20_000
    assert metres("500 m") == 500
    assert metres("1mi") == pytest.approx(1609.344)
    assert corners("170,-10,-170,10") == (170, -10, -170, 10)


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2023", "2023-01-01", "2023-12-31"),
        ("2023-05", "2023-05-01", "2023-05-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-05-17", "2023-05-17", "2023-05-17"),
        ("2023-05..2023-08", "2023-05-01", "2023-08-31"),
        ("today", "2024-07-10", "2024-07-10"),
        ("yesterday", "2024-07-09", "2024-07-09"),
        ("this-week", "2024-07-08", "2024-07-14"),
        ("last-week", "2024-07-01", "2024-07-07"),
        ("last-month", "2024-06-01", "2024-06-30"),
        ("last-year", "2023-01-01", "2023-12-31"),
        ("this-summer", "2024-06-01", "2024-08-31"),
        ("last-summer", "2023-06-01", "2023-08-31"),
        ("last-spring", "2024-03-01", "2024-05-31"),
        ("this-winter", "2023-12-01", "2024-02-29"),
        ("last-winter", "2023-12-01", "2024-02-29"),
        ("summer-2022", "2022-06-01", "2022-08-31"),
        ("winter-2022", "2022-12-01", "2023-02-28"),
    ],
)
def test_dates(value, first, last):
    found = days(value, date(2024, 7, 10))
    assert (EPOCH + timedelta(found.start)).isoformat() == first
    assert (EPOCH + timedelta(found.stop - 1)).isoformat() == last


def test_dates_with_an_open_end():
    assert days("2023..", date(2024, 7, 10)).start == (date(2023, 1, 1) - EPOCH).days
    assert days("..2023", date(2024, 7, 10)).stop == (date(2024, 1, 1) - EPOCH).days
    assert days("..2023", date(2024, 7, 10)).start < -700_000


@pytest.mark.parametrize(
    ("name", "value", "yes", "no"),
    [
        ("iso", "400", [400], [399, 401]),
        ("iso", ">=1600", [1600, 3200], [1599]),
        ("iso", "100..400", [100, 200, 400], [99, 401]),
        ("iso", "<400", [399], [400]),
        ("f", "2.8", [2.8, 2.79], [2.6, 3.2]),
        ("f", "f/2.8", [2.8], [2.6]),
        ("f", "<2.8", [2.0, 1.4], [2.8, 2.79, 4]),
        ("focal", "50mm", [50], [49, 52]),
        ("shutter", "1/250", [0.004], [0.005]),
        ("shutter", "1/60", [0.0166, 1 / 60], [1 / 50]),
        ("shutter", "<1/1000", [1 / 2000], [1 / 1000, 1]),
        ("shutter", ">=2s", [2, 30], [1]),
        ("rating", ">=4", [4, 5], [3]),
    ],
)
def test_amounts(name, value, yes, no):
    low, high = interval(name, value)
    assert all(low <= number <= high for number in yes)
    assert not any(low <= number <= high for number in no)


def test_completions_of_names_and_values():
    assert [c.text for c in completions("a cat la", 8)] == ["label:"]
    (one,) = completions("a cat label:y", 13)
    assert (one.start, one.end, one.text) == (6, 13, "label:yellow")
    assert [c.text for c in completions("-is:port", 8)] == ["is:portrait"]
    assert completions('"a cat la', 9) == []
    assert completions("wörd la", 4) == []


def test_completions_know_the_library_and_quote_what_needs_it():
    found = completions("cat camera:can", 14, lambda name: ["Canon EOS 6D", "NIKON D90"] if name == "camera" else [])
    assert [c.text for c in found][:1] == ['camera:"Canon EOS 6D"']
    assert all("NIKON" not in c.text for c in found)
    assert parse(found[0].text) == Field("camera", "Canon EOS 6D")
