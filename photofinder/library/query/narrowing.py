"""When a query's photos were taken, put into its text, and taken out of it again. Pure; any thread."""

from photofinder.library.query.grammar import QuerySyntaxProblem, parse
from photofinder.library.query.tree import All, Field, Node, text_of

UNDATED = Field("is", "undated")


def time_of(words: str) -> Field | None:
    """The `date:`, or `is:undated`, that holds for the whole query; None without, and where words cannot be read."""
    try:
        times = [node for node in _parts(words) if isinstance(node, Field) and _is_time(node)]
    except QuerySyntaxProblem:
        return None
    return times[-1] if times else None


def with_time(words: str, when: Field | None) -> str:
    """The query with another time, or with none; dates within groups and behind a minus stay.

    Raises QuerySyntaxProblem where the words cannot be read.
    """
    rest = [node for node in _parts(words) if not _is_time(node)]
    return text_of(All((*rest, when) if when else tuple(rest)))


def _parts(words: str) -> tuple[Node, ...]:
    tree = parse(words)
    return tree.nodes if isinstance(tree, All) else (tree,)


def _is_time(node: Node) -> bool:
    return isinstance(node, Field) and (node.name == "date" or node == UNDATED)
