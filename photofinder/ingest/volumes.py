"""Which volume a folder is on, and where volumes are mounted now. A root is known by its volume, not by its path.

Linux reads /proc and /dev/disk (util-linux keeps UUIDs there); macOS asks `diskutil`; Windows asks for the volume GUID
(GetVolumeNameForVolumeMountPointW). Where nothing is to be learned the mount point itself serves as the name.
"""

import contextlib
import ctypes
import os
import plistlib
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from photofinder.core.types import Root, Volume

MOUNTS = Path("/proc/self/mountinfo")
DISKS = Path("/dev/disk")
"""Where Linux tells of mounts, and keeps the names of what can be mounted."""

_OUR_MOUNTS = Path("/Volumes")
_REMOTE_DRIVE = 4  # DRIVE_REMOTE, GetDriveTypeW
_NETWORK_TYPES = frozenset(
    "9p afp afpfs afs beegfs ceph cifs coda davfs fuse.davfs2 fuse.glusterfs fuse.gvfsd-fuse fuse.rclone fuse.s3fs"  # noqa: SIM905
    " fuse.sshfs fuse.vmhgfs-fuse glusterfs lustre ncpfs nfs nfs4 smb2 smb3 smbfs vboxsf virtiofs webdav".split()
)
"""File systems that others may change without this computer's kernel hearing of it."""


class _Mount(NamedTuple):
    where: str
    kind: str
    source: str


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


def mounts_of(uuid: str) -> list[Volume]:
    """Where a volume is mounted now; nothing if it is away, or has no name of its own by which to find it."""
    if uuid.startswith("mount:"):
        return []
    return [
        Volume(uuid, label, mount)
        for mount in _mount_points()
        for found, label in [_identity(Path(mount))]
        if found == uuid
    ]


def place_now(root: Root) -> Volume | None:
    """The volume of a root as it is mounted now, if it has the root's folder: where it was, or at another place."""
    if is_present(root):
        return root.volume
    for volume in mounts_of(root.volume.uuid):
        if os.path.isdir(os.path.join(os.fsencode(volume.mount), root.relative)):  # noqa: PTH112, PTH118 - bytes
            return volume
    return None


def network_type(folder: Path) -> str | None:
    """What kind of network drive holds a folder ("nfs4", "cifs"); None for a drive of this computer's own."""
    if sys.platform == "win32":
        top = f"{folder.resolve().drive}\\"
        return "network drive" if ctypes.WinDLL("kernel32").GetDriveTypeW(top) == _REMOTE_DRIVE else None
    mount = str(_mount_point(folder.resolve()))
    kind = next((each.kind for each in reversed(_mounts()) if each.where == mount), "")
    return kind if kind in _NETWORK_TYPES else None


class MountsWatch:
    """Notices that drives come and go. One thread; `close` it."""

    def __init__(self) -> None:
        self._poll: select.poll | None = None
        self._file = None
        self._seen = None
        if sys.platform == "linux":
            # The kernel flags this file when mounts change: proc_pid_mountinfo(5).
            self._file = MOUNTS.open("rb")
            self._poll = select.poll()
            self._poll.register(self._file, select.POLLPRI | select.POLLERR)
            self._poll.poll(0)
        else:
            self._seen = _mount_points()

    def changed(self) -> bool:
        """Whether anything was mounted or unmounted since the last call. Costs nearly nothing."""
        if self._poll is not None:
            return bool(self._poll.poll(0))
        seen, self._seen = self._seen, _mount_points()
        return seen != self._seen

    def close(self) -> None:
        """Let go of it."""
        if self._file is not None:
            self._file.close()


def _mount_points() -> list[str]:
    if sys.platform == "win32":
        return [f"{letter}:\\" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if Path(f"{letter}:\\").exists()]
    if sys.platform == "darwin":
        with contextlib.suppress(OSError):
            return ["/", *sorted(str(path) for path in _OUR_MOUNTS.iterdir() if path.is_mount())]
        return ["/"]
    return [each.where for each in _mounts() if each.source.startswith("/dev/")]


def _mounts() -> list[_Mount]:
    """What is mounted, in the order in which it was."""
    found: list[_Mount] = []
    with contextlib.suppress(OSError):
        if sys.platform == "darwin":
            told = subprocess.run(["/sbin/mount"], capture_output=True, check=True, timeout=10).stdout.decode()
            for source, where, kind in re.findall(r"^(.+?) on (.+) \((\w+)", told, re.MULTILINE):
                found.append(_Mount(where, kind, source))
            return found
        for line in MOUNTS.read_bytes().splitlines():
            fields, _, rest = line.partition(b" - ")
            # Spaces, tabs, newlines and backslashes stand as octal escapes in mountinfo (proc(5)).
            where = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), fields.split()[4])
            kind, source = rest.split()[:2]
            found.append(_Mount(os.fsdecode(where), os.fsdecode(kind), os.fsdecode(source)))
    return found


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
    source = next((each.source for each in reversed(_mounts()) if each.where == str(mount)), "")
    if not source.startswith("/dev/"):
        return None, None
    device = os.path.realpath(source)
    return _link_to(device, DISKS / "by-uuid"), _link_to(device, DISKS / "by-label")


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
