"""Being a user whom permissions hold back, also where tests run as root, whom nothing holds back."""

import os
from pathlib import Path

NOBODY = 65534


def is_root() -> bool:
    """Whether this process was started by root."""
    return os.name == "posix" and os.getuid() == 0


def become_humble(top: Path) -> None:
    """Own a folder with all that is in it, and be nobody else but its owner."""
    if is_root():
        for path in (top, *top.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        os.setegid(NOBODY)
        os.seteuid(NOBODY)


def become_oneself() -> None:
    """End that. Needed to start other programs where Python lies in root's own folder."""
    if is_root():
        os.seteuid(0)
        os.setegid(0)
