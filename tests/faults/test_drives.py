"""Real drives: the image of a disk, mounted, unmounted, mounted elsewhere. For root alone; skips and says so if not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from photofinder.core.types import Marks
from photofinder.ingest import volumes
from photofinder.library import details, roots
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.search import search

UUID = "5ca1ab1e-0000-4000-8000-00000000cafe"


class Disk:
    """An ext4 file system in a file, on a loop device."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        image = folder / "disk.img"
        with image.open("wb") as file:
            file.truncate(16 << 20)
        self._must("mkfs.ext4", "-q", "-U", UUID, "-L", "ARCHIVE-2", str(image))
        self.device = self._must("losetup", "--find", "--show", str(image))
        self.mounted: Path | None = None

    def mount(self, name: str) -> Path:
        self.mounted = self._folder / name
        self.mounted.mkdir()
        self._must("mount", self.device, str(self.mounted))
        return self.mounted

    def unmount(self) -> None:
        if self.mounted is not None:
            self._must("umount", str(self.mounted))
            self.mounted = None

    def close(self) -> None:
        self.unmount()
        self._must("losetup", "--detach", self.device)

    @staticmethod
    def _must(*command: str) -> str:
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            pytest.skip(f"{command[0]} is not permitted here: {ran.stderr.strip()}")
        return ran.stdout.strip()


@pytest.fixture
def disk(tmp_path, monkeypatch):
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("losetup") or not shutil.which("mkfs.ext4"):
        pytest.skip("only root may mount disks, and only Linux does it like this")
    made = Disk(tmp_path)
    # What udev does where it runs: names for what can be mounted.
    for kind, name in (("by-uuid", UUID), ("by-label", "ARCHIVE-2")):
        (tmp_path / "names" / kind).mkdir(parents=True)
        (tmp_path / "names" / kind / name).symlink_to(made.device)
    monkeypatch.setattr(volumes, "DISKS", tmp_path / "names")
    yield made
    made.close()


def test_a_drive_that_comes_back_elsewhere_keeps_everything(disk, samples, tmp_path):
    photos = disk.mount("media") / "photos"
    photos.mkdir()
    shutil.copy2(samples / "chelsea.png", photos / "cat.png")
    watch = volumes.MountsWatch()
    with Library(locations(tmp_path / "library"), create=True) as library:
        assert index(library, [photos]).embedded == 1
        cat = library.locate(photos / "cat.png").id
        library.writer().put_marks({cat: Marks(rating=4)})
        assert library.reader.roots()[0].volume.label == "ARCHIVE-2"
        assert not watch.changed()

        disk.unmount()
        assert watch.changed()
        report = index(library, [])
        assert (report.vanished, report.forgotten, report.away) == (0, 0, [str(photos)])
        roots.away(library, anew=True)
        found = search(library, "a cat").hits[0].photo
        assert found.id == cat
        assert roots.drive_to_plug_in(library, found.path) == "ARCHIVE-2"
        assert any("Plug in ARCHIVE-2" in each.value for each in details.details(library, cat))
        assert library.thumbnails.read(found.fingerprint) is not None

        moved = disk.mount("elsewhere") / "photos"
        (moved / "cat.png").rename(moved / "tom.png")
        assert watch.changed()
        report = index(library, [])
        assert (report.moved, report.embedded, report.vanished) == (1, 0, 0)
        photo = library.locate(moved / "tom.png")
        assert (photo.id, photo.metadata.rating) == (cat, 4)
        assert roots.drive_to_plug_in(library, photo.path) is None
    watch.close()


def test_an_empty_folder_where_a_drive_was_deletes_nothing(disk, samples, tmp_path):
    """Systems leave the mount point behind: it looks like a drive from which everything was deleted."""
    top = disk.mount("media")
    shutil.copy2(samples / "chelsea.png", top)
    with Library(locations(tmp_path / "library"), create=True) as library:
        index(library, [top])
        disk.unmount()
        assert top.is_dir()
        assert index(library, []).vanished == 0
        assert library.reader.counts().present == 1
