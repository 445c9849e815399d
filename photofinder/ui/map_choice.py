"""What the user wants the map to be drawn from."""

from pathlib import Path
from typing import NamedTuple


class ChosenGround(NamedTuple):
    """A file of tiles, and whether names are written over it; without a file, the bundled map."""

    path: Path | None = None
    named: bool = True
