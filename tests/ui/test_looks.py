"""The main states look as they did: compared blurred to 160 x 100, so that fonts and hints may differ.

Tolerance: 6 of 255 on average, 60 at most for 99 of 100 small pixels. The pictures are kept in the folder that
PHOTOFINDER_LOOKS names (else in pytest's own); after a change that is meant, copy `small-NAME.png` from there to
tests/ui/looks/NAME.png.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QImage

from bench.ui.driver import Driver
from docs.sample_photos import make_photos
from docs.screenshots import scenes

REFERENCES = Path(__file__).parent / "looks"
SMALL_PX = (160, 100)
MEAN, NEARLY_ALL = 6, 60


def small(image):
    """Blurred by scaling: each small pixel is the mean of 64."""
    smooth = Qt.TransformationMode.SmoothTransformation
    return image.scaled(*SMALL_PX, Qt.AspectRatioMode.IgnoreAspectRatio, smooth).convertToFormat(
        QImage.Format.Format_RGB888
    )


def pixels(image):
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def different(one, other):
    """The mean difference, and the one that 99 of 100 are below."""
    difference = np.abs(pixels(one) - pixels(other)).max(axis=2)
    return float(difference.mean()), float(np.percentile(difference, 99))


def test_the_main_states_look_as_they_did(qapp, tmp_path, samples):
    if not QFontDatabase.families():
        pytest.skip("there is no font on this computer")
    kept = Path(os.environ.get("PHOTOFINDER_LOOKS") or tmp_path / "looks")
    kept.mkdir(parents=True, exist_ok=True)
    driver = Driver(tmp_path / "library")
    driver.window.resize(1280, 800)
    found = {}
    for name, picture in scenes(driver, make_photos(tmp_path / "Pictures")):
        image = picture.toImage()
        image.save(str(kept / f"{name}.png"))
        found[name] = small(image)
        found[name].save(str(kept / f"small-{name}.png"))
    assert driver.close()
    driver.window.deleteLater()
    assert driver.complaints == []
    assert sorted(found) == sorted(path.stem for path in REFERENCES.glob("*.png"))
    off = {
        name: different(image, QImage(str(REFERENCES / f"{name}.png")).convertToFormat(image.format()))
        for name, image in found.items()
    }
    assert all(mean <= MEAN and most <= NEARLY_ALL for mean, most in off.values()), off


def test_another_look_is_noticed(qapp):
    looks = [
        QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888) for path in sorted(REFERENCES.glob("*.png"))
    ]
    for one, other in zip(looks, looks[1:] + looks[:1], strict=True):
        mean, most = different(one, other)
        assert mean > MEAN or most > NEARLY_ALL
