"""Conditions on a made-up catalogue, against the plain reading of each."""

from datetime import datetime

import numpy as np
import pytest

from photofinder.catalogue.columns import UNKNOWN
from photofinder.catalogue.filters import (
    Any,
    Around,
    Between,
    Every,
    FileNamed,
    Filters,
    HasFile,
    InFolder,
    Inside,
    IsCopy,
    Named,
    OfRoots,
    Outlined,
    Wide,
    Without,
    Worded,
)
from photofinder.catalogue.reader import CatalogueReader
from photofinder.catalogue.rows import wall_clock_ms
from photofinder.catalogue.writer import CatalogueWriter
from photofinder.core.types import (
    Gps,
    Ingested,
    Label,
    Marks,
    Metadata,
    PhotoFile,
    Role,
    Stamp,
    Taken,
    TakenSource,
    Unit,
    Volume,
)

NAMCHE = (27.805, 86.714)


class Made:
    """A catalogue in which every photo is told by its name."""

    def __init__(self, folder):
        self.writer = CatalogueWriter(folder / "catalogue.sqlite")
        self.root = self.writer.add_root(Volume("uuid", "Disk", "/mnt"), b"home/anna/Trips")
        self.space = self.writer.space("digest", "mini", 4)
        self.reader = CatalogueReader(folder / "catalogue.sqlite")
        self.filters = Filters(self.reader)
        self.names = {}

    def add(self, name, folder="", companion=None, photo_id=None, **more):
        taken = more.pop("taken", None)
        gps = more.pop("gps", None)
        known = {
            key: more.pop(key) for key in ("fingerprint", "picture_format", "width_px", "height_px") if key in more
        }
        files = [PhotoFile(name.encode(), Role.PRIMARY, Stamp(1, 1, 1))]
        if companion:
            files.append(PhotoFile(companion[0].encode(), companion[1], Stamp(1, 1, 1)))
        metadata = Metadata(
            taken=Taken(datetime.fromisoformat(taken), None, TakenSource.EXIF_ORIGINAL) if taken else None,
            gps=Gps(*gps) if gps else None,
            **more,
        )
        unit = Unit(self.root.id, folder.encode(), tuple(files))
        vector = np.array([1, 0, 0, 0], np.float32)
        item = Ingested(unit, photo_id, **{"picture_format": "JPEG", **known}, metadata=metadata, vector=vector)
        self.writer.record([item], self.space, 1)
        self.names = dict(self.reader.select("SELECT photo_id, CAST(name AS TEXT) FROM files WHERE role = 'primary'"))

    def found(self, condition):
        self.filters.columns.refresh()
        ids = np.flatnonzero(self.filters.mask(condition) & self.filters.present())
        return {self.names[photo_id].rpartition(".")[0] for photo_id in ids.tolist()}

    def id(self, stem):
        return next(photo_id for photo_id, name in self.names.items() if name.startswith(stem))


@pytest.fixture
def made(tmp_path):
    catalogue = Made(tmp_path)
    catalogue.add(
        "IMG_1234.jpg",
        "2023/Everest trek",
        taken="2023-10-12T23:30:00",
        gps=NAMCHE,
        make="Canon",
        model="EOS 6D",
        lens="EF 24-70mm",
        iso=400,
        f_number=2.8,
        exposure_s=1 / 250,
        focal_mm=50,
        rating=4,
        title="Ama Dablam",
        keywords=("stupa", "prayer flags"),
        width_px=6000,
        height_px=4000,
        fingerprint=b"1" * 16,
    )
    catalogue.add("DSC_0001.NEF", "2023", make="NIKON", model="D90", iso=3200, picture_format="RAW")
    catalogue.add("Zürich.jpg", "2019/Everest trek/Lukla", companion=("Zürich.dng", Role.RAW), gps=(47.37, 8.54))
    catalogue.add("fiji.jpg", gps=(-17.7, 179.9), caption="A beach", width_px=4000, height_px=6000)
    catalogue.add("copy.jpg", fingerprint=b"1" * 16, f_number=1.4)
    return catalogue


E4 = 10_000


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Every(()), {"IMG_1234", "DSC_0001", "Zürich", "fiji", "copy"}),
        (Between("iso", 400, 3200), {"IMG_1234", "DSC_0001"}),
        (Between("iso", 401, 2**61), {"DSC_0001"}),
        (Between("iso", -(2**61), 400), {"IMG_1234"}),
        (Between("f_e4", 0, 28_000), {"IMG_1234", "copy"}),
        (Between("exposure_ns", 3_999_000, 4_001_000), {"IMG_1234"}),
        (Between("rating", 4, 5), {"IMG_1234"}),
        (Without(Between("iso", 400, 3200)), {"Zürich", "fiji", "copy"}),
        (Any((Between("iso", 400, 400), Worded("beach"))), {"IMG_1234", "fiji"}),
        (Every((Between("iso", 400, 400), Worded("beach"))), set()),
        (Around(*NAMCHE, 1_000), {"IMG_1234"}),
        (Around(47.4, 8.5, 10_000), {"Zürich"}),
        (Around(47.4, 8.5, 1_000), set()),
        (Around(-17.7, -179.9, 50_000), {"fiji"}),
        (Around(0, 0, 20_100_000), {"IMG_1234", "Zürich", "fiji"}),
        (Inside(86, 27, 87, 28), {"IMG_1234"}),
        (Inside(179, -20, -179, 0), {"fiji"}),
        (Outlined(((27, 86), (28, 86), (28, 87), (27, 87))), {"IMG_1234"}),
        (Outlined(((-20, 179), (0, 179), (0, -179), (-20, -179))), {"fiji"}),
        (Outlined(((-20, 179), (0, 179), (-10, 179.1))), set()),
        (Named("camera", ("canon",), part=True), {"IMG_1234"}),
        (Named("camera", ("6d eos",), part=True), {"IMG_1234"}),
        (Named("lens", ("24-70",), part=True), {"IMG_1234"}),
        (Named("format", ("raw",)), {"DSC_0001"}),
        (HasFile("raw"), {"Zürich"}),
        (Worded("Ama Dablam"), {"IMG_1234"}),
        (Worded("Dablam Ama"), set()),
        (Worded("prayer flags"), {"IMG_1234"}),
        (Worded("zurich"), {"Zürich"}),
        (Worded("img 1234"), {"IMG_1234"}),
        (Worded("everest trek"), {"IMG_1234", "Zürich"}),
        (Worded("trips"), {"IMG_1234", "DSC_0001", "Zürich", "fiji", "copy"}),
        (Worded("anna"), set()),
        (Worded("everest", ("title",)), set()),
        (Worded('a "quote" AND * ^ (x'), set()),
        (InFolder("everest TREK"), {"IMG_1234", "Zürich"}),
        (InFolder("2023/Everest trek"), {"IMG_1234"}),
        (InFolder("2023"), {"IMG_1234", "DSC_0001"}),
        (InFolder("everest"), set()),
        (InFolder("/"), set()),
        (OfRoots((1,)), {"IMG_1234", "DSC_0001", "Zürich", "fiji", "copy"}),
        (OfRoots((2,)), set()),
        (FileNamed("img_*"), {"IMG_1234"}),
        (FileNamed("*.nef"), {"DSC_0001"}),
        (FileNamed("DSC_000?.NEF"), {"DSC_0001"}),
        (FileNamed("[id]*"), set()),
        (IsCopy(), {"IMG_1234", "copy"}),
        (Wide(1.1, 9), {"IMG_1234"}),
        (Wide(0, 0.9), {"fiji"}),
    ],
)
def test_conditions(made, condition, expected):
    assert made.found(condition) == expected


def test_dates_are_those_of_the_wall_clock(made):
    day = wall_clock_ms(datetime.fromisoformat("2023-10-12")) // 86_400_000
    assert made.found(Between("taken_ms", day * 86_400_000, (day + 1) * 86_400_000 - 1)) == {"IMG_1234"}


def test_masks_follow_every_change(made):
    assert made.found(Between("iso", 400, 400)) == {"IMG_1234"}
    assert made.found(Named("label", ("red",))) == set()
    assert made.found(Worded("later")) == set()
    made.writer.put_marks({made.id("fiji"): Marks(label=Label.RED, rating=5)})
    assert made.found(Named("label", ("red",))) == {"fiji"}
    assert made.found(Between("rating", 5, 5)) == {"fiji"}
    made.add("later.jpg", "2024", iso=400)
    assert made.found(Between("iso", 400, 400)) == {"IMG_1234", "later"}
    assert made.found(Worded("later")) == {"later"}
    assert made.found(InFolder("2024")) == {"later"}
    made.add("later.jpg", "2024", photo_id=made.id("later"), iso=100, title="Changed")
    assert made.found(Between("iso", 400, 400)) == {"IMG_1234"}
    assert made.found(Worded("changed")) == {"later"}
    made.writer.mark_missing([made.id("later")])
    assert made.found(Between("iso", 100, 100)) == set()
    made.writer.mark_present([made.id("later")])
    assert made.found(Between("iso", 100, 100)) == {"later"}
    made.writer.move([(made.id("later"), Unit(1, b"moved", (PhotoFile(b"other.jpg", Role.PRIMARY, Stamp(1, 1, 1)),)))])
    made.names = dict(made.reader.select("SELECT photo_id, CAST(name AS TEXT) FROM files WHERE role = 'primary'"))
    assert made.found(Worded("other")) == {"other"}
    assert made.found(Worded("later")) == set()
    assert made.found(InFolder("moved")) == {"other"}


def test_masks_are_right_after_more_changes_than_the_log_holds(made):
    assert made.found(Between("iso", 400, 400)) == {"IMG_1234"}
    made.writer._connection.execute("UPDATE photos SET iso = 777 WHERE iso = 400")
    made.writer._connection.execute("DELETE FROM changes")
    made.add("last.jpg", iso=400)
    assert made.found(Between("iso", 400, 400)) == {"last"}
    assert made.found(Between("iso", 777, 777)) == {"IMG_1234"}


def test_exact_names_and_known_names(made):
    made.filters.columns.refresh()
    assert made.filters.exact_names("img_1234.JPG") == [made.id("IMG_1234")]
    assert made.filters.exact_names("IMG_1234") == [made.id("IMG_1234")]
    assert made.filters.exact_names("IMG") == []
    assert set(made.filters.known_names("camera")) == {"Canon EOS 6D", "NIKON D90"}


def test_unknown_is_below_everything():
    assert UNKNOWN < -(2**61)
