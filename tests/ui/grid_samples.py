"""Listings, and libraries with thumbnails but without photographs, for the tests of the grid."""

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage, QPainter

from photofinder.core.types import Ingested, Metadata, PhotoFile, Role, Stamp, Taken, TakenSource, Unit, Volume
from photofinder.library.browse import DAY_MS, Listing, Order
from photofinder.library.library import Library
from photofinder.library.locations import locations

_SHAPES = (1.5, 0.67, 1.33, 0.75, 1.0, 2.4)


def listing(count, per_day=7, order=Order.NEWEST, first_id=1):
    """Photos of consecutive days, in mixed shapes; ids rise with time."""
    ids = np.arange(first_id, first_id + count, dtype=np.int64)
    taken = (15_000 + ids // per_day) * DAY_MS + ids % per_day * 60_000
    aspects = np.array(_SHAPES, np.float32)[ids % len(_SHAPES)]
    if order is not Order.OLDEST:
        ids, taken, aspects = ids[::-1].copy(), taken[::-1].copy(), aspects[::-1].copy()
    return Listing(order, ids, taken, taken, aspects)


def jpeg(width, height, colour, edge=None):
    """A plain JPEG, with an edge of a tenth if asked for."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(edge or colour))
    painter = QPainter(image)
    inset_x, inset_y = (width // 10, height // 10) if edge else (0, 0)
    painter.fillRect(image.rect().adjusted(inset_x, inset_y, -inset_x, -inset_y), QColor(colour))
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPEG")
    return bytes(buffer.data().data())


def fill(library, count, folder=b"photos"):
    """Record photos of consecutive hours with thumbnails; their ids. Every fifth has five stars."""
    from datetime import datetime, timedelta

    writer = library.writer()
    root = writer.add_root(Volume("mount:/", None, "/"), bytes(library.where.data).lstrip(b"/"))
    space_id = writer.space("digest", "mini", 8)
    batch = []
    before = library.reader.select("SELECT count(*) FROM photos")[0][0]
    for number in range(before, before + count):
        fingerprint = number.to_bytes(16, "big")
        size = (320, 213) if number % 3 else (213, 320)
        path = library.thumbnails.path(fingerprint)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(*size, QColor.fromHsv(number * 37 % 360, 160, 200)))
        taken = Taken(datetime(2020, 1, 1) + timedelta(hours=number), None, TakenSource.EXIF_ORIGINAL)  # noqa: DTZ001
        unit = Unit(root.id, folder, (PhotoFile(b"%05d.jpg" % number, Role.PRIMARY, Stamp(1, 1, number)),))
        metadata = Metadata(taken=taken, rating=5 if number % 5 == 0 else None)
        batch.append(Ingested(unit, None, fingerprint, metadata, "JPEG", size[0] * 10, size[1] * 10))
    writer.record(batch, space_id, 1)
    return [row[0] for row in library.reader.select("SELECT id FROM photos ORDER BY id")][before:]


@pytest.fixture
def library(tmp_path):
    """An empty library."""
    with Library(locations(tmp_path / "library"), create=True) as library:
        yield library
