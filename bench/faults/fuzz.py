"""Damaged photos by the thousand: real ones of every format, with bits flipped, ends cut off, sizes that lie.

Every file goes through the door that ingest uses, twice: first in a child whatever its format, where a crash can be
counted, then as it would be in an ingest. That no original changes is looked at each time.
"""

import hashlib
import io
import multiprocessing
import os
import random
import resource
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

import pillow_heif
from PIL import Image

from bench.core.photos import samples
from bench.rows import Row, Settings
from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.media.formats import SUPPORTED, is_raw_name, sniff
from photofinder.media.isolation import Limits
from photofinder.media.safely import Decoders

SEED = 5
PHOTOS_OF_A_FORMAT = 2_000
SLOW_S = 20.0
"""A damaged photo of this size that takes longer counts as a hang."""
MIN_SHORT_PX = 240
_MOST_BYTES = 1 << 20
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Source:
    """A whole photo to be damaged; `suffix` is its name's."""

    content: bytes = field(repr=False)
    suffix: str


@dataclass(slots=True)
class Tally:
    """What became of the damaged photos of one format. Filled by several threads."""

    tried: int = 0
    decoded: int = 0
    changed: int = 0
    kinds: Counter[FailureKind] = field(default_factory=Counter[FailureKind])
    slowest_s: float = 0.0
    crashers: list[str] = field(default_factory=list[str])


def measure(settings: Settings) -> Iterator[Row]:
    """At least 2,000 damaged photos of each format; what they did to the program, its children, and themselves."""
    named = os.environ.get("PHOTOFINDER_TEST_PHOTOS")
    found = sources(Path(named) if named else None)
    count = 6 if settings.quick else PHOTOS_OF_A_FORMAT
    tallies: dict[str, Tally] = {}
    peaks: tuple[float, float] = (0, 0)
    crashes = 0
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as program:
        try:
            tallies, peaks = program.submit(_as_a_program, found, settings.work / "fuzz", count).result()
        except BrokenProcessPool:
            crashes = 1  # the suspects are in .bench/fuzz/decoding
    for name, tally in sorted(tallies.items()):
        crashed, slow, large = (
            tally.kinds[kind] for kind in (FailureKind.CRASHED, FailureKind.TOO_SLOW, FailureKind.TOO_LARGE)
        )
        yield Row(
            f"{name}: damaged photos tried",
            tally.tried,
            "files",
            at_least=count,
            detail=f"{tally.decoded} decoded all the same, {large} refused as too large; "
            f"slowest {tally.slowest_s:.1f} s; from {len(found[name])} photos",
        )
        yield Row(f"{name}: crashes of a child", crashed, detail=" ".join(tally.crashers))
        yield Row(f"{name}: hangs (over {SLOW_S:.0f} s)", slow, at_most=0)
    total = sum(tally.tried for tally in tallies.values())
    yield Row("damaged photos tried", total, "files")
    yield Row("crashes of the program", crashes, at_most=0)
    yield Row("changed originals", sum(tally.changed for tally in tallies.values()), at_most=0)
    for what, peak in zip(("of the program", "of the largest child"), peaks, strict=True):
        yield Row(f"peak memory {what} meanwhile", peak, "MiB")


def _as_a_program(
    found: dict[str, list[Source]], work: Path, count: int
) -> tuple[dict[str, Tally], tuple[float, float]]:
    """`tried`, with the peak memory of this process and of its largest child in MiB. In a process that may crash."""
    tallies = tried(found, work, count)
    own, child = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return tallies, (own, child)


def sources(corpus: Path | None) -> dict[str, list[Source]]:
    """Whole photos by format: made ones, and those of a corpus (its library, and its zoo.tar) up to 1 MiB each."""
    found: dict[str, list[Source]] = {}

    def add(name: str, content: bytes) -> None:
        kind = sniff(content)
        if is_raw_name(name) and kind in {"TIFF", "RAW", None}:
            kind = "RAW"
        if kind in SUPPORTED and len(content) <= _MOST_BYTES:
            found.setdefault(kind, []).append(Source(content, Path(name).suffix))

    for name, content in _made():
        add(name, content)
    if corpus is not None:
        for path in sorted((corpus / "library").rglob("*")):
            if path.is_file() and path.stat().st_size <= _MOST_BYTES:
                add(path.name, path.read_bytes())
        with tarfile.open(corpus / "zoo.tar") as zoo:
            for member in zoo:
                file = zoo.extractfile(member) if member.isfile() else None
                if file is not None:
                    add(Path(member.name).name, file.read())
    return found


def _made() -> Iterator[tuple[str, bytes]]:
    image = Image.open(samples() / "chelsea.png").convert("RGB")
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 6
    exif.get_ifd(0x8769)[0x9003] = "2021:07:01 23:30:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 0.0), 3: "E", 4: (16.0, 0.0, 0.0)})
    for suffix, kind, options in (
        (".jpg", "JPEG", {"exif": exif}),
        (".jpeg", "JPEG", {"progressive": True}),
        (".png", "PNG", {"exif": exif}),
        (".webp", "WEBP", {"exif": exif}),
        (".tif", "TIFF", {}),
        (".tiff", "TIFF", {"compression": "tiff_lzw"}),
        (".tif", "TIFF", {"compression": "jpeg"}),
        (".gif", "GIF", {}),
        (".bmp", "BMP", {}),
        (".avif", "AVIF", {"exif": exif}),
        (".jp2", "JPEG2000", {}),
    ):
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        yield f"made{suffix}", buffer.getvalue()
    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer, exif=exif.tobytes(), thumbnails=[160])
    yield "made.heic", buffer.getvalue()


def damaged(content: bytes, other: bytes, choose: random.Random) -> bytes:
    """One to four kinds of damage at once; `other` is another photo of the format, to take pieces from."""
    made = bytearray(content)
    for _ in range(choose.choice((1, 1, 1, 2, 3, 4))):
        if len(made) < 16:
            break
        # Headers and directories lie at the beginning, of some formats at the end.
        at = choose.choice((choose.randrange(min(len(made), 1024)), choose.randrange(len(made)), len(made) - 16))
        match choose.randrange(6):
            case 0:
                for _ in range(choose.choice((1, 4, 32))):
                    made[min(len(made) - 1, at + choose.randrange(64))] ^= 1 << choose.randrange(8)
            case 1:
                del made[choose.randrange(len(made)) :]
            case 2:  # what may be a size or an offset
                order = choose.choice(("little", "big"))
                size = choose.choice((1, 2, 4))
                made[at : at + size] = (choose.choice(_NUMBERS) & (256**size - 1)).to_bytes(size, order)
            case 3:  # blocks change places
                length = choose.choice((4, 64, 1024))
                to = choose.randrange(len(made))
                made[at : at + length], made[to : to + length] = made[to : to + length], made[at : at + length]
            case 4:
                start = choose.randrange(len(other))
                made[at:at] = other[start : start + choose.choice((1, 12, 4096))]
            case _:
                del made[at : at + choose.choice((1, 8, 512))]
    return bytes(made)


def tried(found: dict[str, list[Source]], work: Path, count: int, seed: int = SEED) -> dict[str, Tally]:
    """Try `count` damaged photos of each format, as many at once as there are cores. Those that crash a child stay."""
    work.mkdir(parents=True, exist_ok=True)
    tallies = {name: Tally() for name in found}
    adding = threading.Lock()
    decoders = Decoders(work / "decoding", Limits(seconds=SLOW_S, seconds_per_mib=0))

    def one(name: str, number: int) -> None:
        choose = random.Random(f"{seed} {name} {number}")
        source, other = choose.choice(found[name]), choose.choice(found[name])
        path = work / f"{name}-{number}{source.suffix}"
        path.write_bytes(damaged(source.content, other.content, choose))
        if not _try(decoders, path, tallies[name], adding):
            path.unlink()

    try:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            list(threads.map(lambda job: one(*job), [(name, n) for name in found for n in range(count)]))
    finally:
        decoders.close()
    return tallies


def _try(decoders: Decoders, path: Path, tally: Tally, adding: threading.Lock) -> bool:
    """Load one, and add up; whether it crashed its child."""
    before = (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns)
    began = time.monotonic()
    kind: FailureKind | None = None
    try:
        decoders.load(path, MIN_SHORT_PX, failed_before=True)
    except MediaProblem as problem:
        kind = problem.kind
    took_s = time.monotonic() - began
    if kind is not FailureKind.CRASHED:
        try:
            decoders.load(path, MIN_SHORT_PX)
        except MediaProblem as problem:
            kind = kind or problem.kind
    changed = before != (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns)
    with adding:
        tally.tried += 1
        tally.decoded += kind is None
        tally.changed += changed
        tally.slowest_s = max(tally.slowest_s, took_s)
        if kind is not None:
            tally.kinds[kind] += 1
        if kind is FailureKind.CRASHED:
            tally.crashers.append(path.name)
    return kind is FailureKind.CRASHED
