"""See PhotoFinder work: index some photos into a throw-away library, search them three times, open the window.

python demo.py [FOLDER]: without a folder, your Pictures folder if it holds photos, else the photographs that come
with scikit-image (openly licensed).
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs

from photofinder.__main__ import can_show_window
from photofinder.cli.main import run

LIBRARY = Path(__file__).parent / ".demo"
SUFFIXES = {".jpg", ".jpeg", ".heic", ".png", ".webp", ".avif", ".dng", ".nef", ".cr2", ".arw"}
SAMPLES = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "chelsea.png",
    "coffee.png",
    "coins.png",
    "grass.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "moon.png",
    "motorcycle_left.png",
    "motorcycle_right.png",
    "rocket.jpg",
)
QUERIES = ("a cat", "a cup of coffee", "a motorcycle")
OWN_QUERIES = ("a person smiling", "mountains and sky", "food on a plate")


def holds_photos(folder: Path) -> bool:
    """Whether there is a photo anywhere below `folder`."""
    return any(Path(name).suffix.lower() in SUFFIXES for _, _, names in os.walk(folder) for name in names)


def choose() -> tuple[Path, tuple[str, ...]]:
    """The folder to show, and what to search there."""
    if len(sys.argv) > 1:
        return Path(sys.argv[1]), OWN_QUERIES
    pictures = Path(platformdirs.user_pictures_dir())
    if holds_photos(pictures):
        return pictures, OWN_QUERIES
    spec = importlib.util.find_spec("skimage")  # found, not imported: only its photographs are wanted
    if spec is None or not spec.submodule_search_locations:
        sys.exit("No photos found. Name a folder, or install the samples: pip install 'photofinder[demo]'")
    samples = LIBRARY / "photos"
    samples.mkdir(parents=True)
    for name in SAMPLES:  # the photographs only: there are drawings and test charts beside them
        shutil.copy2(Path(spec.submodule_search_locations[0]) / "data" / name, samples)
    return samples, QUERIES


def main() -> int:
    """Run the demonstration; returns an exit code."""
    shutil.rmtree(LIBRARY, ignore_errors=True)
    photos, queries = choose()
    library = ["--library", str(LIBRARY)]
    print(f"Indexing {photos} into a throw-away library ({LIBRARY}).")
    code = run(["index", *library, str(photos)])
    for words in queries:
        print(f'\nphotofinder search "{words}"', flush=True)
        code = code or run(["search", *library, "--limit", "3", words])
    if code == 0 and can_show_window():
        print("\nOpening the window on the same library.", flush=True)
        code = subprocess.call([sys.executable, "-m", "photofinder", *library])  # noqa: S603 - our own program
    return code


if __name__ == "__main__":
    sys.exit(main())
