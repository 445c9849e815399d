"""Any text is either read, and written down so that it reads the same, or refused with its place."""

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from photofinder.library.query import QuerySyntaxProblem, parse, text_of
from photofinder.library.query.completions import completions
from photofinder.library.query.grammar import joined
from photofinder.library.query.parts import Kind, parts, without

PARTS = st.sampled_from(
    """cat|a|Ürümqi|x-y|-night|not|OR|or|(|)|)^2|"|"two words"|-"no"|^2|b^1.5|not "a crowd"^0.5|iso:>=1600|f:<2.8
    date:last-summer|near:x|within 20km|within|near:"A B" within 3 mi|-in:nepal|file:IMG_(1)*|like:/a^b^2|is:copy
    like:"a b^3"|c:|--|-|:|not |(within 5km)|(within 2 mi of x)""".replace("\n    ", "|").split("|")
)


def check_told(problem, text):
    assert 0 <= problem.position <= problem.position + problem.length <= len(text)
    assert problem.what
    assert problem.remedy


def check(text):
    try:
        tree = parse(text)
    except QuerySyntaxProblem as problem:
        check_told(problem, text)
        return
    written = text_of(tree)
    assert parse(written) == tree
    assert text_of(parse(written)) == written


@given(st.lists(PARTS, max_size=9), st.sampled_from(["", " "]))
@example(['near:"A B" within 3 mi', '"two words"'], "")
def test_made_of_parts(parts, between):
    check(between.join(parts))


@given(st.text(max_size=40))
def test_any_text(text):
    check(text)


@given(st.text(alphabet='ab-:^()" ORnotf1.', max_size=20), st.integers(0, 20))
def test_completions_never_fail_and_stay_inside(text, cursor):
    cursor = min(cursor, len(text))
    for offered in completions(text, cursor):
        assert 0 <= offered.start <= offered.end == cursor


def check_parts(text):
    try:
        found = parts(text)
    except QuerySyntaxProblem as problem:
        check_told(problem, text)
        return
    tree = parse(text)
    between = [text[first.end : second.start] for first, second in itertools.pairwise(found)]
    either = any(part.kind is Kind.ALTERNATIVE for part in found)
    assert {each.strip() for each in between} <= ({"OR"} if either else {""})
    if found:
        assert not text[: found[0].start].strip()
        assert not text[found[-1].end :].strip()
    texts = [text[part.start : part.end] for part in found]
    nodes = [parse(each) for each in texts]
    assert joined(nodes, either=either) == tree
    for number in range(len(found)):
        left = without(text, number)
        expected = joined(nodes[:number] + nodes[number + 1 :], either=either)
        assert parse(left) == expected or parse(text_of(expected)) == parse(left)


@given(st.lists(PARTS, max_size=9), st.sampled_from(["", " ", "  "]))
def test_taken_apart_and_put_together_again(made_of, between):
    check_parts(between.join(made_of))


@given(st.text(alphabet='ab-:^()" ORnotf1.\u201c\u00a0', max_size=20))
def test_any_text_taken_apart(text):
    check_parts(text)
