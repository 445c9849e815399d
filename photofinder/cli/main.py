"""Reads the command line, runs one command, and says in plain words what went wrong.

Exit codes: 0 done, 1 a problem of the user's or the computer's, 2 wrong usage, 130 stopped with Ctrl-C.
"""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from photofinder import __version__
from photofinder.cli.terminal import say_error
from photofinder.core.errors import Cancelled, PhotoFinderError

DESCRIPTION = "Find your own photos with words, offline. Nothing leaves this computer."

EPILOG = """\
examples:
  photofinder index ~/Pictures                     look at all photos there; later runs only at what changed
  photofinder search "a cat asleep on a sofa"      photos that look like that, best first
  photofinder search 'snow near:27.8,86.7 date:2023'  seen there and then
  photofinder similar ~/Pictures/2019/IMG_1234.jpg photos that look like this one
  photofinder show ~/Pictures/2019/IMG_1234.jpg    all that is known of a photo

Originals are only ever read. Only `photofinder bundles install` uses the network.
Exit codes: 0 done, 1 something went wrong (said in words), 2 wrong usage, 130 stopped.
"""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        "photofinder",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"PhotoFinder {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--library", type=Path, metavar="DIR", help="the library's folder (else your own library)")
    common.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    limit = argparse.ArgumentParser(add_help=False)
    limit.add_argument("--limit", type=int, default=20, metavar="N", help="how many hits at most (20)")

    def command(name: str, help: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:  # noqa: A002
        made = commands.add_parser(
            name, help=help, description=help[0].upper() + help[1:] + ".", parents=[common, *parents]
        )
        made.set_defaults(module=name)
        return made

    index = command("index", "look at the photos in folders, so that words find them; again: at what changed")
    index.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="none: all folders of the library")
    index.add_argument("--watch", action="store_true", help="go on, and take in what changes within 2 s; Ctrl-C ends")
    index.add_argument(
        "--keep-missing", type=int, metavar="DAYS", help="remember deleted photos for so long (30; stays set)"
    )
    search = command("search", "find photos with words", limit)
    asked = search.add_mutually_exclusive_group(required=True)
    asked.add_argument("words", metavar="QUERY", nargs="?", help="words, fields and so on: docs/search.md")
    asked.add_argument("--album", metavar="NAME", help="ask the query of an album again")
    search.add_argument("--all", action="store_true", help="print weak hits too (--json has them anyway)")
    search.add_argument("--every", action="store_true", help="near-identical photos one by one, not as one hit")
    search.add_argument("--save", metavar="NAME", help="keep the query as an album")
    similar = command("similar", "find photos that look like a photo", limit)
    similar.add_argument("photo", type=Path, metavar="PHOTO", help="of the library, or any file on disk")
    show = command("show", "show all that is known of a photo")
    show.add_argument("photo", type=Path, metavar="PHOTO")
    albums = command("albums", "list saved searches with how many photos they find")
    albums.add_argument("--remove", metavar="NAME", help="forget a saved search; photos are not touched")
    clock = command("shift-time", "put capture times right where the camera's clock was wrong; files stay as they are")
    clock.set_defaults(module="shift_time")
    clock.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="all are moved by the same time")
    how = clock.add_mutually_exclusive_group(required=True)
    how.add_argument("--by", metavar="TIME", help="such as +1h, -30m, 2d12h or -1y; write --by=-1h where it is earlier")
    how.add_argument("--taken-at", metavar="WHEN", help="when the first was taken: 2023-05-17T14:03:00")
    how.add_argument("--as-in-file", action="store_true", help="take all shifts back")
    state = command("status", "show counts, sizes, the encoder and what runs it")
    state.add_argument("--missing", action="store_true", help="also list photos whose files are gone, and since when")
    doctor = command("doctor", "check that catalogue, vector index and disk agree")
    doctor.add_argument("--repair", action="store_true", help="mend what can be mended")
    command("backup", "copy the catalogue now (a copy is also made weekly, and before every update of its form)")
    restore = command("restore", "put back a backup of the catalogue, keeping what is there; without a number: list")
    restore.add_argument("number", nargs="?", type=int, metavar="NUMBER")

    places = commands.add_parser(
        "places", help="propose places for photos that state none", description="Places of photos that state none."
    )
    steps = places.add_subparsers(metavar="ACTION", required=True)

    def step(name: str, help: str) -> argparse.ArgumentParser:  # noqa: A002
        made = steps.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".", parents=[common])
        made.set_defaults(module="places", action=name)
        return made

    propose = step("propose", "propose places, from a GPX track and from photos taken within minutes")
    propose.add_argument("--gpx", type=Path, metavar="FILE", help="a track; its times are in UTC")
    propose.add_argument(
        "--offset", metavar="+HH:MM", help="how far cameras that do not say so were from UTC; west: --offset=-03:00"
    )
    propose.add_argument("--within", type=float, metavar="MIN", help="points and photos not further apart (10)")
    propose.add_argument("--least", type=float, default=50, metavar="PERCENT", help="leave out what is less sure (50)")
    propose.add_argument("--accept", action="store_true", help="keep them, in the catalogue: no photo is written to")
    withdraw = step("withdraw", "take accepted places back")
    which = withdraw.add_mutually_exclusive_group(required=True)
    which.add_argument("photos", nargs="*", type=Path, metavar="PHOTO", default=[])
    which.add_argument("--all", action="store_true", help="of all photos")

    bundles = commands.add_parser("bundles", help="list, install and choose encoders", description="Encoder bundles.")
    actions = bundles.add_subparsers(metavar="ACTION", required=True)
    for name, help, argument in (  # noqa: A001
        ("list", "bundles that are installed, or can be", None),
        ("install", "download a bundle (the only command that uses the network)", "NAME"),
        ("use", "embed and search with this bundle from now on", "NAME"),
        ("verify", "check all files of all installed bundles", None),
        ("import", "install a bundle from a folder or a .zip", "PATH"),
        ("remove", "delete an installed bundle", "NAME"),
    ):
        action = actions.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".", parents=[common])
        action.set_defaults(module="bundles", action=name)
        if argument:
            action.add_argument("subject", metavar=argument)
    return top


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code. Prints to standard output and error."""
    # A file name may hold any bytes; printing it must never be what goes wrong.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = parser().parse_args(arguments)
    command = importlib.import_module(f"photofinder.cli.{options.module}")
    try:
        return int(command.run(options))
    except Cancelled:
        say_error("Stopped. What was done so far is kept; the same command goes on from here.")
        return 130
    except KeyboardInterrupt:
        say_error("Stopped.")
        return 130
    except PhotoFinderError as error:
        say_error(str(error))
        return 1
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); Python would complain again while closing it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
