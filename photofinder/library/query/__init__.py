"""What a person types, understood: `parse` makes a tree of it, `text_of` writes the tree down again."""

from photofinder.library.query.grammar import QuerySyntaxProblem, parse
from photofinder.library.query.tree import All, Either, Exact, Field, Meaning, Node, Not, text_of

__all__ = ["All", "Either", "Exact", "Field", "Meaning", "Node", "Not", "QuerySyntaxProblem", "parse", "text_of"]
