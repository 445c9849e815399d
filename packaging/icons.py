"""Renders the program's icon for every system: `python packaging/icons.py FOLDER`.

FOLDER/hicolor/SIZExSIZE/apps/photofinder.png and FOLDER/hicolor/scalable/apps/photofinder.svg (Linux),
FOLDER/photofinder.ico (Windows), FOLDER/photofinder.icns (macOS).
"""

import os
import shutil
import sys
from pathlib import Path

from PIL import Image

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

DRAWING = Path(__file__).resolve().parent.parent / "resources" / "icons" / "photofinder.svg"
SIZES_PX = (16, 22, 24, 32, 48, 64, 128, 256, 512)
WINDOWS_PX = (16, 24, 32, 48, 64, 256)
MACOS_PX = 1024


def render(size_px: int, target: Path) -> None:
    """Draw the icon at its size, which is sharper than making a large one smaller."""
    picture = QImage(size_px, size_px, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(0)
    painter = QPainter(picture)
    QSvgRenderer(str(DRAWING)).render(painter, QRectF(picture.rect()))
    painter.end()
    target.parent.mkdir(parents=True, exist_ok=True)
    if not picture.save(str(target)):
        sys.exit(f"{target} cannot be written.")


def main(folder: Path) -> None:
    """Render all."""
    application = QGuiApplication.instance() or QGuiApplication([])
    themed = folder / "hicolor"
    for size_px in SIZES_PX:
        render(size_px, themed / f"{size_px}x{size_px}" / "apps" / "photofinder.png")
    scalable = themed / "scalable" / "apps" / "photofinder.svg"
    scalable.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DRAWING, scalable)
    drawn = [Image.open(themed / f"{size_px}x{size_px}" / "apps" / "photofinder.png") for size_px in WINDOWS_PX]
    sizes = [(size_px, size_px) for size_px in WINDOWS_PX]
    drawn[-1].save(folder / "photofinder.ico", sizes=sizes, append_images=drawn[:-1])
    largest = folder / "photofinder.png"
    render(MACOS_PX, largest)
    with Image.open(largest) as picture:
        picture.save(folder / "photofinder.icns")
    del application


if __name__ == "__main__":
    main(Path(sys.argv[1]))
