"""Photos that move, in every way that people and cameras and drives do it: a plain dict says where each should be.

Real files and the real ingest; drives that come and go, and an encoder that counts (`drives`).
"""

import io
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PIL import Image

from bench.faults.drives import CountingLibrary, Drives
from bench.faults.home import own_home
from bench.rows import Row, Settings
from photofinder.core.types import Label, Marks
from photofinder.library import roots
from photofinder.library.indexing import Place, index, index_changes
from photofinder.library.locations import locations

LABELS = ("INTERNAL", "ARCHIVE-2")
FOLDERS = ("", "2023", "2024", "2024/june", "caf\udce9")
STEMS = ("img_1", "img_2", "img_3", "Img_4", "-rf")
SIZE_BYTES = 4096
EXTRAS = ((), (".nef",), (".xmp",), (".nef", ".xmp"))

drives = st.sampled_from(LABELS)
folders = st.sampled_from(FOLDERS)
stems = st.sampled_from(STEMS)
picks = st.integers(0, 10**6)


@dataclass
class Tally:
    """What happened in all."""

    moves: int = 0
    scans: int = 0
    embedded: int = 0
    contents: int = 0


@dataclass(eq=False)
class Thing:
    """A photo of the plain model: its files are at `drive`/`folder`/`stem` + suffixes."""

    content: int
    drive: str
    folder: str
    stem: str
    extras: tuple[str, ...]
    marks: Marks = field(default_factory=Marks)
    seen_on: str = ""  # the drive, when last looked at
    photo_id: int | None = None  # as of the first scan that saw it
    alone: bool = True  # no other file has its content, or ever had: then it must keep its identity


class MovesMachine(RuleBasedStateMachine):
    """People at work in two roots on two drives, looked at now and then."""

    tally = Tally()

    @initialize()
    def start(self) -> None:
        self.top = Path(tempfile.mkdtemp())
        self.drives = Drives(self.top / "drives")
        self.system = self.drives.as_the_system_has_it()
        self.system.__enter__()
        self.home = own_home(self.top / "home")
        self.home.__enter__()
        self.library = CountingLibrary(locations(self.top / "library"), create=True)
        for label in LABELS:
            (self.drives.make(label) / "photos").mkdir()
        self.things: list[Thing] = []
        self.trash: list[Thing] = []
        self.contents = 0
        self.seen: set[int] = set()  # contents that were scanned, each embedded once
        self.touched: set[tuple[str, str]] = set()  # drive and folder, since the last scan
        self.left: set[tuple[str, str, str]] = set()  # and stem: where photos were
        self.came: set[tuple[str, str, str]] = set()  # and where they are
        self.doubtful: set[tuple[str, str, str]] = set()  # where edited ones and copies were
        for number, stem in enumerate(STEMS[:3] * len(LABELS)):
            self.create(LABELS[number % 2], FOLDERS[number % 4], stem, EXTRAS[number % 4])
        index(self.library, [self._root(label) for label in LABELS])
        self.root_ids = {root.volume.label: root.id for root in self.library.reader.roots()}
        self._look()

    def teardown(self) -> None:
        if hasattr(self, "library"):
            self.tally.embedded += self.library.embedded
            self.tally.contents += len(self.seen)
            self.library.close()
            self.home.__exit__(None, None, None)
            self.system.__exit__(None, None, None)
            shutil.rmtree(self.top)

    # --- what people do

    @rule(drive=drives, folder=folders, stem=stems, extras=st.sampled_from(EXTRAS))
    def create(self, drive: str, folder: str, stem: str, extras: tuple[str, ...]) -> None:
        if self._is_free(drive, folder, stem):
            # In the place of one that was edited and then went, unseen: for all one can see it is that one, edited.
            alone = (drive, folder, stem.casefold()) not in self.doubtful
            thing = Thing(self._fresh(), drive, folder, stem, extras, alone=alone)
            self._write(thing)
            self.things.append(thing)

    @rule(pick=picks, drive=drives, folder=folders, stem=stems)
    def move(self, pick: int, drive: str, folder: str, stem: str) -> None:
        thing = self._chosen(pick)
        if thing and self._is_free(drive, folder, stem) and self._can(thing, drive):
            self._move(thing, drive, folder, stem)

    @rule(draw=st.randoms(use_true_random=False), count=st.integers(2, 15))
    def move_many(self, draw: random.Random, count: int) -> None:
        for _ in range(count):
            self.move(draw.randrange(10**6), draw.choice(LABELS), draw.choice(FOLDERS), draw.choice(STEMS))

    @rule(pick=picks)
    def rename_in_nothing_but_case(self, pick: int) -> None:
        thing = self._chosen(pick)
        if thing and thing.stem.swapcase() != thing.stem:
            self._move(thing, thing.drive, thing.folder, thing.stem.swapcase())

    @rule(pick=picks, other=picks)
    def swap(self, pick: int, other: int) -> None:
        one, two = self._chosen(pick), self._chosen(other)
        if one and two and one is not two and self._can(one, two.drive) and self._can(two, one.drive):
            place, target = (one.drive, one.folder, one.stem), (two.drive, two.folder, two.stem)
            self._move(one, one.drive, one.folder, "spare")
            self._move(two, *place)
            self._move(one, *target)

    @rule(pick=picks, drive=drives, folder=folders, stem=stems, looks=st.booleans())
    def copy_then_delete(self, pick: int, drive: str, folder: str, stem: str, looks: bool) -> None:
        thing = self._chosen(pick)
        if thing and thing.alone and self._is_free(drive, folder, stem) and self._can(thing, drive):
            if looks:
                self._look()
            before = self._files(thing)
            source = replace(thing)
            thing.drive, thing.folder, thing.stem = drive, folder, stem
            self._note(thing, self.came)
            for old, new in zip(before, self._files(thing), strict=True):
                new.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(old, new)
            if looks:
                self._look(checks=False)  # there are two of it now, and one is about to go
            for old in before:
                old.unlink()
            self._note(source, self.left)
            self.tally.moves += 1

    @precondition(lambda self: self.things)
    @rule(folder=folders, drive=drives, name=st.sampled_from(["renamed", "2025", "2024/july"]))
    def rename_a_folder(self, folder: str, drive: str, name: str) -> None:
        inside = [each for each in self.things if each.drive == drive and (each.folder + "/").startswith(folder + "/")]
        old, new = self._folder(drive, folder), self._folder(drive, name)
        if folder and inside and not new.exists() and new.parent.exists() and not new.is_relative_to(old):
            old.rename(new)
            for each in inside:
                self._note(each, self.left)
                each.folder = name + each.folder[len(folder) :]
                self._note(each, self.came)
                self.tally.moves += 1

    @rule(pick=picks, drive=drives, folder=folders, stem=stems)
    def copy(self, pick: int, drive: str, folder: str, stem: str) -> None:
        thing = self._chosen(pick)
        if thing and thing.content in self.seen and self._is_free(drive, folder, stem) and self._can(thing, drive):
            twin = Thing(thing.content, drive, folder, stem, thing.extras, alone=False)
            thing.alone = False
            for old, new in zip(self._files(thing), self._files(twin), strict=True):
                new.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(old, new)
            self.things.append(twin)
            self._note(twin, self.came)

    @rule(pick=picks)
    def edit(self, pick: int) -> None:
        thing = self._chosen(pick)
        if thing and self._can(thing, thing.drive):
            thing.content, thing.alone = self._fresh(), False  # whose it is now depends on where the old content went
            self._note(thing, self.left)
            self._write(thing)

    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        thing = self._chosen(pick)
        if thing:
            self.things.remove(thing)
            self._note(thing, self.left)
            for path in self._files(thing):
                path.rename(self.top / f"{thing.content}-{len(self.trash)}{path.suffix}")
            if thing.alone:
                self.trash.append(thing)

    @precondition(lambda self: self.trash)
    @rule(pick=picks, drive=drives, folder=folders, stem=stems)
    def take_out_of_the_trash(self, pick: int, drive: str, folder: str, stem: str) -> None:
        number = pick % len(self.trash)
        kept = [
            self.top / f"{self.trash[number].content}-{number}{each}" for each in (".jpg", *self.trash[number].extras)
        ]
        if all(path.exists() for path in kept) and self._is_free(drive, folder, stem) and self.drives.where(drive):
            thing = self.trash[number]
            thing.drive, thing.folder, thing.stem = drive, folder, stem
            for old, new in zip(kept, self._files(thing), strict=True):
                new.parent.mkdir(parents=True, exist_ok=True)
                old.rename(new)
            self.things.append(thing)
            self._note(thing, self.came)
            self.tally.moves += 1

    @rule(label=drives)
    def pull_out_or_plug_in(self, label: str) -> None:
        if self.drives.where(label) is None:
            self.drives.plug_in(label)
        else:
            self.drives.pull_out(label)

    @rule(pick=picks, rating=st.integers(0, 5), label=st.sampled_from(Label))
    def mark(self, pick: int, rating: int, label: Label) -> None:
        thing = self._chosen(pick)
        if thing and thing.alone and thing.photo_id is not None:
            thing.marks = Marks(rating=rating, label=label)
            self.library.writer().put_marks({thing.photo_id: thing.marks})

    # --- what is looked at

    @rule()
    def scan(self) -> None:
        self._look()

    @rule(order=st.randoms(use_true_random=False))
    def hear_of_changes_one_after_another(self, order: random.Random) -> None:
        """As from a watch, in any order: what left before what came, or after; at once where a place was taken over."""
        heard = sorted(self.touched)
        order.shuffle(heard)
        roots.find_drives(self.library)
        known = {root.id: root for root in self.library.reader.roots()}
        places: list[Place] = []
        for drive, folder in heard:
            if self.drives.where(drive) is not None:
                places.append(Place(known[self.root_ids[drive]], os.fsencode(folder), deep=order.random() < 0.5))
        for batch in [places] if self.left & self.came else [[place] for place in places]:
            index_changes(self.library, batch)
        self._look()  # finds nothing to embed; what was heard of may have been all

    @invariant()
    def nothing_is_embedded_twice(self) -> None:
        if hasattr(self, "library"):
            assert self.library.embedded == len(self.seen)

    def _look(self, *, checks: bool = True) -> None:
        index(self.library, [])
        for changes in (self.touched, self.left, self.came, self.doubtful):
            changes.clear()
        self.tally.scans += 1
        there = [each for each in self.things if self.drives.where(each.drive) is not None]
        self.seen.update(each.content for each in there)
        assert self.library.embedded == len(self.seen), "content that was seen before costs no inference"
        if checks:
            self._compare(there)

    def _compare(self, there: list[Thing]) -> None:
        known = {
            photo.path: photo for photo in self.library.reader.photos(range(1, 10_000)).values() if not photo.missing
        }
        away = {label for label in LABELS if self.drives.where(label) is None}
        assert {label for label in LABELS if self.root_ids[label] in roots.away(self.library, anew=True)} == away
        reached = {path for path in known if roots.drive_to_plug_in(self.library, path) is None}
        assert reached == {str(self._files(each)[0]) for each in there}
        spaces = self.library.reader.spaces()
        for each in there:
            photo = known[str(self._files(each)[0])]
            assert sorted(path for path, _ in photo.files) == sorted(str(path) for path in self._files(each))
            assert self.library.reader.embedding(photo.id, spaces[0].id) is not None
            # What left a drive that then was pulled out may still be there, for all that can be known: a copy, for now.
            if each.alone and each.seen_on not in away:
                each.seen_on = each.drive
                assert each.photo_id in (None, photo.id), "a photo that only moved is still the same photo"
                each.photo_id = photo.id
                found = Marks(photo.metadata.rating, None, photo.label)
                assert found == each.marks, "what the user said of a photo follows it"

    # --- the plain model and the disk

    def _root(self, label: str) -> Path:
        return (self.drives.where(label) or self.drives.aside(label)) / "photos"

    def _folder(self, drive: str, folder: str) -> Path:
        return self._root(drive) / folder

    def _files(self, thing: Thing) -> list[Path]:
        return [self._folder(thing.drive, thing.folder) / (thing.stem + each) for each in (".jpg", *thing.extras)]

    def _chosen(self, pick: int) -> Thing | None:
        return self.things[pick % len(self.things)] if self.things else None

    def _can(self, thing: Thing, drive: str) -> bool:
        """On a drive that is away only another computer can do something, and that within the drive."""
        return thing.drive == drive or None not in (self.drives.where(thing.drive), self.drives.where(drive))

    def _is_free(self, drive: str, folder: str, stem: str) -> bool:
        place = self._folder(drive, folder)
        return not any(
            (place / (name + each)).exists() for name in (stem, stem.swapcase()) for each in (".jpg", ".nef")
        )

    def _note(self, thing: Thing, where: set[tuple[str, str, str]]) -> None:
        self.touched.add((thing.drive, thing.folder))
        place = (thing.drive, thing.folder, thing.stem.casefold())
        where.add(place)
        if where is self.left and not thing.alone:
            self.doubtful.add(place)

    def _move(self, thing: Thing, drive: str, folder: str, stem: str) -> None:
        before = self._files(thing)
        self._note(thing, self.left)
        thing.drive, thing.folder, thing.stem = drive, folder, stem
        if thing.content not in self.seen and (drive, folder, stem.casefold()) in self.doubtful:
            thing.alone = False  # as with one that is made there
        self._note(thing, self.came)
        for old, new in zip(before, self._files(thing), strict=True):
            new.parent.mkdir(parents=True, exist_ok=True)
            old.rename(new)
        self.tally.moves += 1

    def _fresh(self) -> int:
        self.contents += 1
        return self.contents

    def _write(self, thing: Thing) -> None:
        """Photos of one size, so that a size alone decides nothing; from long ago, so that none may be half-written."""
        pixels = np.random.default_rng(thing.content).integers(0, 256, (6, 8, 3), np.uint8)
        content = io.BytesIO()
        Image.fromarray(pixels).resize((32, 24)).save(content, "JPEG")
        for path in self._files(thing):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(
                content.getvalue().ljust(SIZE_BYTES, b"\0") if path.suffix == ".jpg" else b"%d" % thing.content
            )
            os.utime(path, ns=(0, 10**18 + thing.content * 10**9))
        self._note(thing, self.came)


def measure(settings_: Settings) -> Iterator[Row]:
    """Moves and renames, and what they cost."""
    wanted = 100 if settings_.quick else 1_000
    tally = MovesMachine.tally = Tally()
    began = time.perf_counter()
    while tally.moves < wanted:
        run_state_machine_as_test(
            MovesMachine,
            settings=settings(
                max_examples=4 if settings_.quick else 20,
                stateful_step_count=40,
                deadline=None,
                database=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            ),
        )
    detail = f"{tally.scans} scans, two drives coming and going, {time.perf_counter() - began:.0f} s; each checked"
    yield Row("moves and renames followed", tally.moves, at_least=wanted, detail=detail)
    yield Row(
        "embeddings repeated after moves",
        tally.embedded - tally.contents,
        at_most=0,
        detail=f"{tally.embedded} photos embedded, {tally.contents} different contents",
    )
