"""Whatever happens to the files between two scans, the catalogue ends up saying what is on disk, and a photo that only
moved is still the same photo."""

import os
import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from photofinder.catalogue.reader import CatalogueReader
from photofinder.catalogue.writer import CatalogueWriter
from photofinder.core.cancel import CancelToken
from photofinder.core.types import Ingested, Volume
from photofinder.ingest.changes import Change, Moved, Place, Returned, Task, Vanished
from photofinder.ingest.scan import Scan
from photofinder.ingest.units import group
from photofinder.media.fingerprint import fingerprint_of

FOLDERS = st.sampled_from(["", "a", "b", "a/inner", "caf\udce9"])
STEMS = st.sampled_from(["x", "y", "z", "-rf", "q'\"%_"])
SUFFIXES = st.sampled_from([".jpg", ".JPG", ".png", ".nef"])


class Machine(RuleBasedStateMachine):
    """A folder that people work in, scanned now and then."""

    files = Bundle("files")

    @initialize()
    def start(self):
        self.folder = Path(tempfile.mkdtemp())
        self.top = self.folder / "photos"
        self.top.mkdir()
        self.writer = CatalogueWriter(self.folder / "catalogue.sqlite")
        self.reader = CatalogueReader(self.folder / "catalogue.sqlite")
        self.space_id = self.writer.space("digest", "mini", 8)
        self.root = self.writer.add_root(Volume("uuid", None, str(self.folder)), b"photos")
        self.contents = 0
        self.owner: dict[bytes, int] = {}  # fingerprint → photo id, as of the last scan
        self.scanned = True

    def teardown(self):
        if hasattr(self, "writer"):
            self.reader.close()
            self.writer.close()
            shutil.rmtree(self.folder)

    def _fresh(self) -> bytes:
        self.contents += 1
        return b"%08d" % self.contents * 16  # one size for all: a size alone must not decide anything

    @rule(target=files, folder=FOLDERS, stem=STEMS, suffix=SUFFIXES)
    def create(self, folder, stem, suffix):
        path = self.top / folder / (stem + suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._fresh())
        self.scanned = False
        return path

    @rule(path=files)
    def rewrite(self, path):
        if path.exists():
            path.write_bytes(self._fresh())
            os.utime(path, ns=(0, self.contents * 1_000_000_000))
            self.scanned = False

    @rule(path=files)
    def touch(self, path):
        if path.exists():
            self.contents += 1
            os.utime(path, ns=(0, self.contents * 1_000_000_000))
            self.scanned = False

    @rule(path=files)
    def delete(self, path):
        path.unlink(missing_ok=True)
        self.scanned = False

    @rule(target=files, path=consumes(files), folder=FOLDERS, stem=STEMS)
    def move(self, path, folder, stem):
        if not path.exists():
            return multiple()
        new = self.top / folder / (stem + path.suffix)
        new.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, new)
        self.scanned = False
        return new

    @rule(one=files, other=files)
    def swap(self, one, other):
        if one.exists() and other.exists() and one != other:
            spare = self.folder / "spare"
            os.replace(one, spare)
            os.replace(other, one)
            os.replace(spare, other)
            self.scanned = False

    @rule(target=files, path=files, folder=FOLDERS, stem=STEMS)
    def copy(self, path, folder, stem):
        new = self.top / folder / (stem + path.suffix)
        if not path.exists() or new == path:
            return multiple()
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, new)
        self.scanned = False
        return new

    @rule()
    def rename_a_folder(self):
        if (self.top / "a").exists() and not (self.top / "renamed").exists():
            (self.top / "a").rename(self.top / "renamed")
            self.scanned = False

    @rule()
    def rescan(self):
        self._scan()
        on_disk = self._on_disk()
        assert self._in_catalogue() == on_disk
        fingerprints = [fingerprint_of(Path(os.fsdecode(path))) for path in on_disk]
        unique = {f for f in fingerprints if fingerprints.count(f) == 1}
        now = {f: self.reader.photos_with(f) for f in unique}
        for f, before in self.owner.items():
            if f in unique:
                assert before in now[f], "a photo that only moved is still the same photo"
        present = self._present()
        self.owner = {f: next(i for i in ids if i in present) for f, ids in now.items()}
        self.scanned = True

    @invariant()
    def nothing_to_do_after_a_scan(self):
        if getattr(self, "scanned", False) and self.owner:
            scan, found = self._run()
            assert found == []
            assert scan.unchanged == len(self._on_disk())

    def _run(self):
        scan = Scan(self.reader, [Place(self.root)], self.space_id, 1, frozenset(), CancelToken(), settle_s=0)
        return scan, [f for f in scan.run() if not (isinstance(f, Task) and f.change is Change.UNFINISHED)]

    def _scan(self):
        _, found = self._run()
        for item in found:
            if isinstance(item, Task):
                row = Ingested(item.unit, item.photo_id, fingerprint_of(Path(item.path)), picture_format="JPEG")
                self.writer.record([row], self.space_id, 1)
            elif isinstance(item, Moved):
                if item.heir_id is not None:
                    self.writer.forget([item.heir_id])
                self.writer.move([(item.photo_id, item.unit)])
            elif isinstance(item, Vanished):
                self.writer.mark_missing(item.photo_ids)
            elif isinstance(item, Returned):
                self.writer.mark_present(item.photo_ids)

    def _on_disk(self) -> set[bytes]:
        paths: set[bytes] = set()
        for folder, _, names in os.walk(os.fsencode(self.top)):
            found = {name: (1, 1, 1) for name in names}
            paths.update(os.path.join(folder, unit[0].name) for unit in group(found))
        return paths

    def _present(self) -> set[int]:
        known = self.reader.photos(range(1, 1 + 10 * (self.contents + 10)))
        return {photo.id for photo in known.values() if not photo.missing}

    def _in_catalogue(self) -> set[bytes]:
        known = self.reader.photos(sorted(self._present()))
        return {os.fsencode(photo.path) for photo in known.values()}


TestScan = Machine.TestCase
TestScan.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
