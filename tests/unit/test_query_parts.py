"""Parts of a query, as the window shows them: what they are, and the text without one."""

import pytest

from photofinder.library.query import QuerySyntaxProblem
from photofinder.library.query.parts import Kind, parts, without


def told(text):
    return [(text[part.start : part.end], part.kind) for part in parts(text)]


def test_every_kind():
    text = (
        'a big dog  -people not "parked cars" "Ama Dablam" date:2023 near:x within 5km -in:nepal (red car)^2 beach^1.5'
    )
    assert told(text) == [
        ("a big dog", Kind.WORDS),
        ("-people", Kind.LESS),
        ('not "parked cars"', Kind.LESS),
        ('"Ama Dablam"', Kind.EXACT),
        ("date:2023", Kind.FIELD),
        ("near:x within 5km", Kind.FIELD),
        ("-in:nepal", Kind.WITHOUT),
        ("(red car)^2", Kind.GROUP),
        ("beach^1.5", Kind.WORDS),
    ]


def test_alternatives_and_nothing():
    assert told("cat date:2023 OR dog OR (a OR b)") == [
        ("cat date:2023", Kind.ALTERNATIVE),
        ("dog", Kind.ALTERNATIVE),
        ("(a OR b)", Kind.ALTERNATIVE),
    ]
    assert parts("  ") == []


@pytest.mark.parametrize(
    ("text", "number", "left"),
    [
        ("snow -people  date:2023", 1, "snow date:2023"),
        ("snow -people  date:2023", 0, "-people  date:2023"),
        ("snow -people  date:2023", 2, "snow -people"),
        ("snow", 0, ""),
        ("cat OR dog  OR  bird", 0, "dog  OR  bird"),
        ("cat OR dog  OR  bird", 1, "cat  OR  bird"),
        ("cat OR dog", 1, "cat"),
        ("near:x -y within 5km", 1, "(near:x) within 5km"),
        ('not -y "crowd"', 1, '(not) "crowd"'),
        ("\u201cAma Dablam\u201d iso:400", 1, "\u201cAma Dablam\u201d"),
    ],
)
def test_without_one_the_others_stay_as_they_were_typed(text, number, left):
    assert without(text, number) == left


def test_what_cannot_be_read_has_no_parts():
    with pytest.raises(QuerySyntaxProblem):
        parts("date:2023-13")
