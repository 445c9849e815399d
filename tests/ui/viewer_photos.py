"""A small real library for the tests of viewer, comparison and inspector, made once."""

import numpy as np
import pytest
from PIL import Image

from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations

GOOD = 8
WIDTH_PX, HEIGHT_PX = 1600, 1200


def _save(path, number):
    # Different everywhere, so that a wrong place or turn shows.
    y, x = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX]
    pixels = np.stack([x * 255 // WIDTH_PX, y * 255 // HEIGHT_PX, np.full_like(x, 25 * number)], axis=-1)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS 80D"
    taken = f"2018:11:24 10:14:{number:02}"
    exif.get_ifd(0x8769).update({0x829A: 1 / (100 + number), 0x829D: 2.8, 0x8827: 400, 0x9003: taken})
    Image.fromarray(pixels.astype(np.uint8)).save(path, exif=exif, quality=92)


@pytest.fixture(scope="session")
def viewer_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("viewer-photos")
    for number in range(GOOD):
        _save(folder / f"{number}.jpg", number)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 this is no photo")
    _save(folder / "away.jpg", 9)
    return folder


@pytest.fixture(scope="session")
def viewer_library(viewer_folder, tmp_path_factory):
    """Eight photos of 1600 x 1200, one that is broken, one whose original is gone."""
    with Library(locations(tmp_path_factory.mktemp("viewer-library")), create=True) as library:
        index(library, [viewer_folder])
        (viewer_folder / "away.jpg").unlink()
        yield library


@pytest.fixture(scope="session")
def photo_ids(viewer_library, viewer_folder):
    """By name without extension."""
    return {
        name: viewer_library.locate(viewer_folder / f"{name}.jpg").id
        for name in (*map(str, range(GOOD)), "broken", "away")
    }


@pytest.fixture(scope="session")
def sequence(photo_ids):
    return np.array([photo_ids[str(number)] for number in range(GOOD)], np.int64)
