"""Saved searches: albums that fill themselves. What is kept is the question; the photos are found anew each time."""

from dataclasses import dataclass

from photofinder.core.errors import QueryProblem
from photofinder.library.library import Library
from photofinder.library.query import parse, text_of
from photofinder.library.search import count


@dataclass(frozen=True, slots=True)
class Album:
    """A saved search. `photos` is how many it finds now; None where it cannot be asked: `problem` says why."""

    name: str
    query: str
    photos: int | None = None
    problem: str | None = None


def save(library: Library, name: str, query: str) -> Album:
    """Keep a query under a name; one of that name is replaced. Needs the writer.

    Raises QueryProblem for a query that cannot be read or a name that is empty, EnvironmentProblem.
    """
    kept = " ".join(name.split())
    if not kept:
        raise QueryProblem("An album needs a name.", 'For example: photofinder search "a cat" --save Cats')
    written = text_of(parse(query))
    if not written:
        raise QueryProblem("An album needs a query.", 'For example: photofinder search "a cat" --save Cats')
    library.writer().put_album(kept, written)
    return Album(kept, written)


def remove(library: Library, name: str) -> None:
    """Forget a saved search; photos are not touched. Raises QueryProblem where there is none of that name."""
    query_of(library, name)
    library.writer().remove_album(name)


def query_of(library: Library, name: str) -> str:
    """The query of a saved search. Any thread. Raises QueryProblem where there is none of that name."""
    for known, query in library.reader.albums():
        if known == name:
            return query
    raise QueryProblem(f'There is no album "{name}".', "photofinder albums lists them.")


def all_albums(library: Library) -> list[Album]:
    """All saved searches by name, without counts. Any thread."""
    return [Album(name, query) for name, query in library.reader.albums()]


def counted(library: Library) -> list[Album]:
    """All saved searches by name, with how many photos each finds now. Any thread. Raises EnvironmentProblem."""
    found: list[Album] = []
    for album in all_albums(library):
        try:
            found.append(Album(album.name, album.query, count(library, album.query)))
        except QueryProblem as problem:  # a place or photo that is not there any more
            found.append(Album(album.name, album.query, None, str(problem)))
    return found
