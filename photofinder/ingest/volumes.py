"""Which volume a folder is on, and where volumes are mounted now. A root is known by its volume, not by its path.

Linux reads /proc and /dev/disk (util-linux keeps UUIDs there); macOS asks `diskutil`; Windows asks for the volume GUID
(GetVolumeNameForVolumeMountPointW). Where nothing is to be learned the mount point itself serves as the name.
"""

import contextlib
import ctypes
import os
import plistlib
import re
import subprocess
import sys
from pathlib import Path

from photofinder.core.types import Root, Volume


def volume_of(folder: Path) -> tuple[Volume, bytes]:
    """The volume that holds an existing folder, and the folder's path relative to it, "/"-separated."""
    real = folder.resolve()
    mount = _mount_point(real)
    uuid, label = _identity(mount)
    relative = os.fsencode(real.relative_to(mount).as_posix())
    return Volume(uuid or f"mount:{mount}", label, str(mount)), b"" if relative == b"." else relative


def is_present(root: Root) -> bool:
    """Whether the root's own volume is mounted where it was last seen, and the folder is there."""
    folder = Path(root.path)
    try:
        return folder.is_dir() and volume_of(folder)[0].uuid == root.volume.uuid
    except OSError:
        return False


def _mount_point(folder: Path) -> Path:
    device = folder.stat().st_dev
    while folder != folder.parent and folder.parent.stat().st_dev == device:
        folder = folder.parent
    return folder


def _identity(mount: Path) -> tuple[str | None, str | None]:
    if sys.platform == "win32":
        return _windows_identity(mount)
    if sys.platform == "darwin":
        return _macos_identity(mount)
    return _linux_identity(mount)


def _linux_identity(mount: Path) -> tuple[str | None, str | None]:
    device = _linux_device(mount)
    if device is None:
        return None, None
    return _link_to(device, Path("/dev/disk/by-uuid")), _link_to(device, Path("/dev/disk/by-label"))


def _linux_device(mount: Path) -> str | None:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_bytes().splitlines():
            fields, _, rest = line.partition(b" - ")
            # Spaces, tabs, newlines and backslashes stand as octal escapes in mountinfo (proc(5)).
            where = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), fields.split()[4])
            source = rest.split()[1]
            if os.fsdecode(where) == str(mount) and source.startswith(b"/dev/"):
                return os.path.realpath(os.fsdecode(source))
    return None


def _link_to(device: str, folder: Path) -> str | None:
    with contextlib.suppress(OSError):
        for link in folder.iterdir():
            if os.path.realpath(link) == device:
                return link.name.replace("\\x20", " ")
    return None


def _macos_identity(mount: Path) -> tuple[str | None, str | None]:
    with contextlib.suppress(OSError, subprocess.SubprocessError, plistlib.InvalidFileException):
        told = subprocess.run(  # noqa: S603 - a fixed program, no shell
            ["/usr/sbin/diskutil", "info", "-plist", str(mount)], capture_output=True, check=True, timeout=10
        )
        known = plistlib.loads(told.stdout)
        return known.get("VolumeUUID"), known.get("VolumeName")
    return None, None


def _windows_identity(mount: Path) -> tuple[str | None, str | None]:
    root = str(mount).rstrip("\\") + "\\"
    name, label = ctypes.create_unicode_buffer(64), ctypes.create_unicode_buffer(261)
    kernel32 = ctypes.WinDLL("kernel32") if sys.platform == "win32" else None
    if kernel32 is None or not kernel32.GetVolumeNameForVolumeMountPointW(root, name, 64):
        return None, None
    kernel32.GetVolumeInformationW(root, label, 261, None, None, None, None, 0)
    return name.value, label.value or None
