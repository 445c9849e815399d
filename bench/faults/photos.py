"""Small real photographs, each with content of its own: what the faults happen to."""

import hashlib
import os
import random
from pathlib import Path

from PIL import Image

from bench.core.photos import samples

SOURCES = ("chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png")
SIZE_PX = (640, 480)


def make_photos(folder: Path, count: int, seed: int = 0, folders: int = 4) -> list[Path]:
    """Write `count` JPEGs into some folders below `folder`: random crops of real photographs, no two alike."""
    choose = random.Random(seed)
    sources = [Image.open(samples() / name).convert("RGB") for name in SOURCES]
    made: list[Path] = []
    for number in range(count):
        source = choose.choice(sources)
        width_px = choose.randrange(source.width // 2, source.width)
        height_px = choose.randrange(source.height // 2, source.height)
        left_px, top_px = choose.randrange(source.width - width_px), choose.randrange(source.height - height_px)
        crop = source.crop((left_px, top_px, left_px + width_px, top_px + height_px)).resize(SIZE_PX)
        path = folder / f"{number % folders}" / f"IMG_{seed:02}{number:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        crop.save(path, quality=85)
        made.append(path)
    return made


def contents(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder, by path. To be compared: originals never change."""
    return {
        os.fsdecode(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
