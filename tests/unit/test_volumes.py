"""A root is a place on a volume."""

import os
import sys
from pathlib import Path

import pytest

from photofinder.core.types import Root, Volume
from photofinder.ingest import volumes


def test_a_folder_is_named_relative_to_its_volume(tmp_path):
    folder = tmp_path / "ünï code" / "inner"
    folder.mkdir(parents=True)
    volume, relative = volumes.volume_of(folder)
    assert Path(volume.mount).is_mount()
    assert Path(volume.mount) / os.fsdecode(relative) == folder.resolve()
    assert volumes.volume_of(tmp_path)[0] == volume


def test_the_volume_itself_has_an_empty_relative_path(tmp_path):
    volume, _ = volumes.volume_of(tmp_path)
    assert volumes.volume_of(Path(volume.mount))[1] == b""


def test_a_root_is_present_only_on_its_own_volume(tmp_path):
    volume, relative = volumes.volume_of(tmp_path)
    assert volumes.is_present(Root(1, volume, relative, str(tmp_path)))
    other = Volume("another drive", None, volume.mount)
    assert not volumes.is_present(Root(1, other, relative, str(tmp_path))), "another drive is mounted there"
    assert not volumes.is_present(Root(1, volume, relative, str(tmp_path / "gone")))


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux tells of mounts")
def test_linux_uuid_and_label_of_a_mounted_drive(tmp_path, monkeypatch):
    mount, device = tmp_path / "my drive", tmp_path / "sdx1"
    device.touch()
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"36 35 8:1 / {str(mount).replace(' ', chr(92) + '040')} rw - ext4 /dev/sdx1 rw\n")
    for kind, name in (("by-uuid", "1234-ABCD"), ("by-label", "ARCHIVE\\x202")):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / name).symlink_to("/dev/sdx1")
    monkeypatch.setattr(volumes, "MOUNTS", mounts)
    monkeypatch.setattr(volumes, "DISKS", tmp_path)
    assert volumes._linux_identity(mount) == ("1234-ABCD", "ARCHIVE 2")
