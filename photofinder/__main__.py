"""The way in: `photofinder`, or `python -m photofinder`. Without a command it opens the window.

`photofinder-gui` always asks for the window: it is what desktops start.
"""

import importlib.util
import multiprocessing
import os
import sys
from collections.abc import Sequence


def main() -> int:
    """Open the window, or run one command of the command line; returns the exit code."""
    arguments = sys.argv[1:]
    if wants_window(arguments):
        return window()
    from photofinder.cli.main import run

    return run(arguments)


def window() -> int:
    """Open the window, or say why there can be none; returns the exit code."""
    if can_show_window():
        return _open_window(sys.argv[1:])
    if sys.stderr is not None:  # a program of Windows without a console has none
        sys.stderr.write(
            f"There is no {_missing()} to open the window. The command line works without it: photofinder --help\n"
        )
    return 1


def _open_window(arguments: Sequence[str]) -> int:
    from photofinder.ui.start import begin

    start = begin(arguments)
    if start is None:
        return 0
    from photofinder.ui.app import run as run_window

    return run_window(*start)


def wants_window(arguments: Sequence[str]) -> bool:
    """Whether no command is named: nothing, `--library DIR`, or full paths, as desktops hand them over."""
    return not arguments or arguments[0] == "--library" or os.path.isabs(arguments[0])  # noqa: PTH117 - no Path needed


def can_show_window() -> bool:
    """Whether Qt is installed and, where that is to be known, there is a display. Qt itself would end the process."""
    return _missing() == ""


def _missing() -> str:
    if importlib.util.find_spec("PySide6") is None:
        return "Qt (PySide6)"
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    return "" if named or sys.platform in {"win32", "darwin"} else "display"


if __name__ == "__main__":
    multiprocessing.freeze_support()  # in an installed program its decoding children begin here, and stay here
    sys.exit(main())
