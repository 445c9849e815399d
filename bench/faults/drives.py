"""Drives that can be plugged in and pulled out, made of folders; and an encoder that counts what it is given."""

import contextlib
import threading
from collections.abc import Generator
from pathlib import Path
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from photofinder.core.types import Vector
from photofinder.encoder.bundle import Bundle
from photofinder.ingest import volumes
from photofinder.library.library import Library


class Drives:
    """Volumes with UUIDs and labels, each a folder that is there or is put aside. What the system says of mounts."""

    def __init__(self, top: Path) -> None:
        self._top = top.resolve()
        self._mounted: dict[str, str] = {}  # mount point → label; the label serves as UUID too
        self._mounts = 0
        (self._top / "aside").mkdir(parents=True)

    def make(self, label: str) -> Path:
        """A new drive, empty and plugged in. Returns where it is mounted."""
        (self._top / "aside" / label).mkdir()
        return self.plug_in(label)

    def plug_in(self, label: str) -> Path:
        """Mount a drive where none was ever mounted."""
        self._mounts += 1
        mount = self._top / f"mount-{self._mounts}"
        (self._top / "aside" / label).rename(mount)
        self._mounted[str(mount)] = label
        return mount

    def pull_out(self, label: str) -> None:
        """Unmount a drive."""
        mount = self.where(label)
        assert mount is not None
        del self._mounted[str(mount)]
        mount.rename(self.aside(label))

    def aside(self, label: str) -> Path:
        """Where the files of a drive are while it is pulled out: another computer may work on them."""
        return self._top / "aside" / label

    def where(self, label: str) -> Path | None:
        """Where a drive is mounted."""
        return next((Path(mount) for mount, found in self._mounted.items() if found == label), None)

    @contextlib.contextmanager
    def as_the_system_has_it(self) -> Generator[None]:
        """Have `ingest.volumes` see these drives and no others."""

        def mount_point(folder: Path) -> Path:
            return next((each for each in (folder, *folder.parents) if str(each) in self._mounted), Path("/"))

        def identity(mount: Path) -> tuple[str | None, str | None]:
            label = self._mounted.get(str(mount))
            return (None, None) if label is None else (f"uuid of {label}", label)

        with (
            mock.patch.object(volumes, "_mount_point", mount_point),
            mock.patch.object(volumes, "_identity", identity),
            mock.patch.object(volumes, "_mount_points", self._mounted.copy),
        ):
            yield


class CountingEmbedder:
    """Counts photos; embeds them quickly, each content in its own direction. Any thread."""

    def __init__(self, dim: int) -> None:
        self._dim = dim
        self._lock = threading.Lock()
        self.count = 0

    def embed(self, batch: NDArray[np.float32]) -> Vector:
        with self._lock:
            self.count += len(batch)
        rows = [np.random.default_rng(abs(hash(each.tobytes()))).standard_normal(self._dim) for each in batch]
        found = np.array(rows, np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


class CountingLibrary(Library):
    """A library in every way, but for the network that photos are embedded with."""

    embedder: CountingEmbedder | None = None

    def image_encoder(self, bundle: Bundle, threads: int = 0) -> CountingEmbedder:  # pyright: ignore[reportIncompatibleMethodOverride]
        if self.embedder is None:
            self.embedder = CountingEmbedder(bundle.embedding_dim)
        return self.embedder

    @property
    def embedded(self) -> int:
        """How many photos went through the network so far."""
        return self.embedder.count if self.embedder else 0
