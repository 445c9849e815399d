"""A user of its own: nothing that breaks here may reach the library or the encoders of whoever measures."""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path


@contextlib.contextmanager
def own_home(folder: Path) -> Generator[None]:
    """Have this process, and those it starts, take `folder` for the user's home."""
    names = {"HOME": "", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache", "LOCALAPPDATA": "local"}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update({name: str(folder / below) for name, below in names.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
