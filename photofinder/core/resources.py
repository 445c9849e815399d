"""Where the files that come with the program lie."""

from pathlib import Path


def resources_dir() -> Path:
    """The folder of bundled resources: inside the package once installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"
