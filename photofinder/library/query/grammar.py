"""Reading a query. The language is described in docs/search.md."""

import difflib
import functools
import re
from typing import Any, Final

from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, VisitError

from photofinder.core.errors import QueryProblem
from photofinder.library.query.fields import FIELDS, canonical_distance
from photofinder.library.query.tree import BARE_VALUE, DISTANCE, All, Either, Exact, Field, Meaning, Node, Not

LONGEST: Final = 4_000
"""Characters of a query; nobody types more, and what is pasted by accident should not be chewed on."""

DEEPEST: Final = 30
"""Groups in groups: readers recurse."""

_GRAMMAR: Final = rf"""
start: [either]
either: every (_OR every)*
every: item+
?item: WORD            -> word
     | QUOTED          -> quoted
     | field
     | group
     | MINUS WORD      -> minus_word
     | MINUS QUOTED    -> without
     | MINUS field     -> without
     | MINUS group     -> without
     | NOT QUOTED      -> not_quoted
     | NOT field       -> without
     | NOT group       -> without
field: FIELD | NEAR WITHIN?
group: LPAR either RPAR

_OR.6: /OR(?![^\s()"])/
NOT.5: /not(?=\s+(?:["(]|(?:f|[a-z]{{2,}}):[^\s]))/i
MINUS.5: /-(?=[^\s\-)])/
NEAR.4: /near:(?:"[^"]*"|{BARE_VALUE})/i
WITHIN.4: /{DISTANCE}/i
FIELD.3: /(?:f|[a-z]{{2,}}):(?:"[^"]*"(?:\^[0-9.]+)?|{BARE_VALUE})/i
QUOTED.2: /"[^"]*"(?:\^[0-9.]+)?/
WORD: /(?!OR(?![^\s()"]))[^\s()"]+/
LPAR: "("
RPAR.1: /\)(?:\^[0-9.]+)?/
%ignore /\s+/
"""

_WEIGHTED = re.compile(r"(.+?)\^(\d*\.?\d+)", re.DOTALL)
_CURLY = str.maketrans("“”„«»\u00a0", '""""" ')


class QuerySyntaxProblem(QueryProblem):
    """A query that cannot be read. `position` counts characters from 0; `length` of what is wrong, 0 at the end."""

    def __init__(self, what: str, remedy: str, position: int, length: int = 0) -> None:
        super().__init__(what, remedy)
        self.position = position
        self.length = length


def parse(text: str) -> Node:
    """The tree of a query; of nothing, `All(())`, which every photo answers.

    Any thread. Raises QuerySyntaxProblem, which says where.
    """
    if len(text) > LONGEST:
        raise QuerySyntaxProblem(f"The query is longer than {LONGEST:,} characters.", "Shorten it.", LONGEST)
    plain = text.translate(_CURLY)
    _check_depth(plain)
    parser: Any = _parser()  # its types are not all known
    try:
        return _Reader().transform(parser.parse(plain))
    except VisitError as error:
        if isinstance(error.orig_exc, QuerySyntaxProblem):
            raise error.orig_exc from None
        raise
    except UnexpectedInput as error:
        raise _explained(error, plain) from None


def pieces(text: str) -> list[list[tuple[str, int, int]]]:
    """Of each alternative of a query that `parse` reads, its items: name of the grammar's rule, first character, end.

    Any thread.
    """
    parser: Any = _parser()
    tree: Any = parser.parse(text.translate(_CURLY))
    (either,) = tree.children
    every: list[Any] = [] if either is None else list(either.children)
    return [[_placed(item) for item in alternative.children] for alternative in every]


def joined(nodes: list[Node], *, either: bool) -> Node:
    """The tree of parts that stand behind each other, or of alternatives."""
    if not nodes:
        return All(())
    return _Reader().either(nodes) if either else _Reader().every(nodes)


def _placed(item: Any) -> tuple[str, int, int]:
    tokens: list[Any] = list(item.scan_values(_is_token))
    return str(item.data), min(token.start_pos for token in tokens), max(token.end_pos for token in tokens)


def _is_token(value: object) -> bool:
    return isinstance(value, Token)


@functools.cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr")


class _Reader(Transformer[Token, Node]):
    def start(self, children: list[Any]) -> Node:
        return children[0] if children and children[0] is not None else All(())

    def either(self, children: list[Node]) -> Node:
        flat = [inner for node in children for inner in (node.nodes if isinstance(node, Either) else (node,))]
        return flat[0] if len(flat) == 1 else Either(tuple(flat))

    def every(self, children: list[Node]) -> Node:
        flat: list[Node] = []
        for node in (inner for child in children for inner in (child.nodes if isinstance(child, All) else (child,))):
            before = flat[-1] if flat else None
            if _mergeable(before) and _mergeable(node):
                assert isinstance(before, Meaning)
                assert isinstance(node, Meaning)
                flat[-1] = Meaning(f"{before.text} {node.text}")
            else:
                flat.append(node)
        return flat[0] if len(flat) == 1 else All(tuple(flat))

    def word(self, children: list[Token]) -> Node:
        (token,) = children
        if str(token).startswith("^"):
            raise _at(token, "A weight belongs right behind a word", "For example: beach^1.5")
        name = token.lower().removesuffix(":")
        if token.endswith(":") and name in FIELDS:
            raise _at(token, f"{token} needs a value", f"For example: {name}:{FIELDS[name].examples[0]}")
        return Meaning(*_weighed(token))

    def quoted(self, children: list[Token]) -> Node:
        (token,) = children
        text, weight = _unquoted(token)
        if weight != 1:
            raise _at(token, "Words in quotation marks occur or do not: they have no weight", f'Write "{text}" only.')
        return Exact(text)

    def minus_word(self, children: list[Token]) -> Node:
        return Meaning(*_weighed(children[1]), subtract=True)

    def not_quoted(self, children: list[Token]) -> Node:
        return Meaning(*_unquoted(children[1]), subtract=True)

    def without(self, children: list[Any]) -> Node:
        sign, what = children
        node = self.quoted([what]) if isinstance(what, Token) else what
        if isinstance(node, Meaning) and not node.subtract and node.weight > 0:
            return Meaning(node.text, node.weight, subtract=True)
        if isinstance(node, Not):
            return node.node
        if _has_meaning(node):
            raise _at(
                sign,
                "What words mean cannot be taken away as a group with other things",
                'Put the minus before each word, or write not "several words".',
            )
        return Not(node)

    def field(self, children: list[Token]) -> Node:
        token = children[0]
        name, _, value = token.partition(":")
        name = name.lower()
        kind = FIELDS.get(name)
        if kind is None:
            near = difflib.get_close_matches(name, FIELDS, 1)
            guess = f"Did you mean {near[0]}:? " if near else ""
            raise _at(token, f"There is no field {name}:", f'{guess}There are {", ".join(FIELDS)}; or write "{token}".')
        weight = 1.0
        if value.startswith('"'):
            inside, _, tail = value[1:].rpartition('"')
            value, weight = inside, _weight(token, tail[1:]) if tail else 1.0
        elif name == "like":
            value, weight = _weighed(token, value)
        try:
            canonical = kind.canonical(_present(value))
        except ValueError as error:
            examples = ", ".join(f"{name}:{example}" for example in kind.examples)
            raise _at(token, f"{token} is not understood: {error}", f"For example: {examples}.") from None
        if weight != 1 and name != "like":
            raise _at(token, f"{name}: has no weight", "Only words and like: have one.")
        within = canonical_distance(children[1].split(maxsplit=1)[1]) if len(children) > 1 else ""
        return Field(name, canonical, within, weight)

    def group(self, children: list[Any]) -> Node:
        _, node, end = children
        if len(end) == 1:
            return node
        if not isinstance(node, Meaning) or node.subtract:
            raise _at(end, "Only words have a weight", "Put words alone in brackets: (a red car)^2")
        return Meaning(node.text, _weight(end, end[2:]) * node.weight)


def _present(value: str) -> str:
    if not value.strip():
        raise ValueError("a value is missing")
    return value


def _mergeable(node: Node | None) -> bool:
    return isinstance(node, Meaning) and node.weight == 1 and not node.subtract


def _has_meaning(node: Node) -> bool:
    match node:
        case Meaning() | Field("like"):
            return True
        case All(nodes) | Either(nodes):
            return any(_has_meaning(inner) for inner in nodes)
        case Not(inner):
            return _has_meaning(inner)
        case _:
            return False


def _weighed(token: Token, text: str | None = None) -> tuple[str, float]:
    found = _WEIGHTED.fullmatch(text or token)
    return (str(text or token), 1.0) if found is None else (found[1], _weight(token, found[2]))


def _unquoted(token: Token) -> tuple[str, float]:
    text, _, weight = token[1:].rpartition('"')
    words = " ".join(text.split())
    if not words:
        raise _at(token, "There is nothing between the quotation marks", 'For example: "Ama Dablam"')
    return words, _weight(token, weight[1:]) if weight else 1.0


def _weight(token: Token, text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = 0.0
    if not 0.05 <= weight <= 20:
        raise _at(token, f"{text} is no weight", "Weights go from 0.05 to 20: beach^1.5")
    return float(f"{weight:g}")


def _at(token: Token, what: str, remedy: str) -> QuerySyntaxProblem:
    position = token.start_pos or 0
    return QuerySyntaxProblem(f"{what} (at character {position + 1}).", remedy, position, len(token))


def _check_depth(text: str) -> None:
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth > DEEPEST:
            raise QuerySyntaxProblem("Brackets are nested too deeply.", "Simplify the query.", position, 1)


def _explained(error: UnexpectedInput, text: str) -> QuerySyntaxProblem:
    position = len(text) if error.pos_in_stream is None or error.pos_in_stream < 0 else error.pos_in_stream
    token = getattr(error, "token", None)
    if isinstance(token, Token) and token.type == "$END":
        position = len(text)
    where = f"(at character {position + 1})"
    if isinstance(error, UnexpectedEOF) or position >= len(text):
        if text.count("(") > text.count(")"):
            opened = _last_open(text)
            return QuerySyntaxProblem(
                f"A bracket is not closed (at character {opened + 1}).", "Add a ) or take the ( away.", opened, 1
            )
        return QuerySyntaxProblem(f"The query stops in the middle {where}.", "Something must follow.", len(text))
    if isinstance(error, UnexpectedCharacters) and text[position] == '"':
        return QuerySyntaxProblem(
            f"A quotation mark is not closed {where}.", 'Put one at the end, as in "Ama Dablam".', position, 1
        )
    if text[position] == ")":
        return QuerySyntaxProblem(
            f"There is a closing bracket too many, or nothing before it {where}.", "Take it away.", position, 1
        )
    if re.match(r"OR\b", text[position:]):
        return QuerySyntaxProblem(
            f"OR stands between two things {where}.", "For example: cat OR dog. The word itself: or", position, 2
        )
    return QuerySyntaxProblem(f"This is not understood {where}.", "See docs/search.md.", position, 1)


def _last_open(text: str) -> int:
    open_: list[int] = []
    for position, character in enumerate(text):
        if character == "(":
            open_.append(position)
        elif character == ")" and open_:
            open_.pop()
    return open_[-1] if open_ else max(0, text.rfind("("))
