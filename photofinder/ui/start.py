"""The first moments: understands the arguments, and looks whether a window is open already.

Apart from `app`, so that a second start hands over before anything large is imported.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtWidgets import QApplication

from photofinder import __version__
from photofinder.library.locations import Locations, locations
from photofinder.ui.single_instance import hand_over


class Start(NamedTuple):
    """What is needed to open the window."""

    application: QApplication
    where: Locations
    paths: list[str]


def begin(arguments: Sequence[str]) -> Start | None:
    """Begin, or None if a window that is open has taken the arguments. Exits with 2 if they make no sense."""
    parser = argparse.ArgumentParser("photofinder", description="The window.", add_help=False)
    parser.add_argument("--library", type=Path, metavar="DIR")
    parser.add_argument("paths", nargs="*", type=Path)
    options = parser.parse_args(arguments)
    where = locations(options.library.absolute() if options.library else None)
    paths = [str(path.absolute()) for path in options.paths]  # the open window may be in another folder
    QApplication.setApplicationName("PhotoFinder")
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName(os.environ.get("FLATPAK_ID", "photofinder"))  # Flatpak names that file itself
    application = QApplication(sys.argv[:1])
    return None if hand_over(where.data, paths) else Start(application, where, paths)
