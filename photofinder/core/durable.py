"""What has to survive a power cut."""

import os
from pathlib import Path


def push_to_disk(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut; Windows has no such call and does not need it. Raises OSError."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
