"""Everything known of a photo, worded for people: what the inspector shows, top to bottom."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from photofinder.core.errors import FailureKind
from photofinder.core.mercator import chord_km, sphere
from photofinder.core.types import Gps, How, Metadata, Photo, Pick, Proposal, Role, Taken, TakenSource
from photofinder.library import clocks
from photofinder.library.library import Library
from photofinder.library.pictures import find
from photofinder.library.roots import drive_to_plug_in

_SOURCES = {
    TakenSource.EXIF_ORIGINAL: "from the camera",
    TakenSource.EXIF_DIGITIZED: "from the camera, when digitised",
    TakenSource.XMP: "from its XMP",
    TakenSource.IPTC: "from its IPTC",
    TakenSource.EXIF_MODIFIED: "when last edited",
    TakenSource.FILE_NAME: "from its name",
    TakenSource.FILE_DATE: "only the file's own date",
}

_ROLES = {
    Role.PRIMARY: "Photo",
    Role.RAW: "RAW",
    Role.VIDEO: "Live video",
    Role.EDITS: "Edits",
    Role.SIDECAR: "Sidecar",
}

REMEDIES = {
    FailureKind.EMPTY: "The copy was probably interrupted. Copy it again from the card or a backup.",
    FailureKind.UNREADABLE: "Look for an intact copy on the card or in a backup. It is tried again when it changes.",
    FailureKind.UNSUPPORTED: "Open it in the program that made it and save a copy as JPEG or TIFF.",
    FailureKind.TOO_LARGE: "Make a smaller copy in a picture editor. The original stays as it is.",
    FailureKind.DENIED: "Allow reading in the properties of the file and its folder. Then scan again.",
    FailureKind.VANISHED: "Plug in its drive, or scan its folder again if it was moved.",
    FailureKind.CRASHED: "Look for an intact copy. Until it changes, PhotoFinder leaves it alone.",
    FailureKind.TOO_SLOW: "Look for an intact copy, or make one in the program that made it. Then scan again.",
}
"""What to do about a photo that cannot be read."""


PROBLEMS = ("Cannot be read", "Away")
"""The groups that say that something is wrong."""

GROUPS = (*PROBLEMS, "Photo", "Taken", "Camera", "Description", "Search")
"""The groups, top to bottom."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One line of the inspector."""

    group: str
    label: str
    value: str


def details(library: Library, photo_id: int) -> list[Detail]:
    """All that is known of one photo, in the order it is read. Any thread; asks the catalogue, never the disk.

    Raises QueryProblem if it is no longer in the library, EnvironmentProblem.
    """
    photo = find(library, photo_id)
    unit = library.reader.unit(photo_id)
    files = [] if unit is None else [(each.role, each.name, each.stamp.size_bytes) for each in unit.files]
    bundles = library.reader.spaces_of(photo_id)
    return [
        *_problem(photo, drive_to_plug_in(library, photo.path)),
        *_photo(photo, files),
        *_copies(library.reader.copies(photo_id)),
        *_taken(photo.metadata, photo.accepted),
        *_marks(photo),
        *_words(photo.metadata),
        *_search(bundles),
    ]


def shared_details(library: Library, photo_ids: Sequence[int]) -> list[Detail]:
    """What several photos have in common; where they differ, how many values there are ("3 different").

    Any thread; about 0.3 ms for each photo. Raises as `details`, EnvironmentProblem.
    """
    told = [details(library, photo_id) for photo_id in photo_ids]
    values: dict[tuple[str, str], list[str]] = {}
    for each in (each for own in told for each in own):
        values.setdefault((each.group, each.label), []).append(each.value)
    common: list[Detail] = []
    for (group, label), said in sorted(values.items(), key=lambda item: GROUPS.index(item[0][0])):
        different = set(said)
        # A photo that does not say counts as one more way to differ.
        count = len(different) + (len(said) < len(told))
        if group not in PROBLEMS:
            common.append(Detail(group, label, said[0] if count == 1 else f"{count} different"))
        elif label == "Reason":
            common.append(Detail(group, label, f"{len(said)} of these {len(told)} photos"))
    return common


def summary(photo: Photo) -> str:
    """The facts for one line: "24 Nov 2018 \u00b7 10:14:22 \u00b7 1/250 s \u00b7 f/2.8 \u00b7 Canon EOS 80D"."""
    return " \u00b7 ".join(fact for kind, fact in _facts(photo).items() if kind not in {"lens", "size"})


def marks_line(photo: Photo) -> str:
    """Stars, flag and label for one line: "\u2605\u2605\u2605 \u00b7 picked \u00b7 green"; empty without any."""
    rating = photo.metadata.rating or 0
    said = ["\u2605" * max(0, rating)] if rating > 0 else []
    if photo.pick is not Pick.NONE:
        said.append(photo.pick.name.lower())
    if photo.label is not None:
        said.append(photo.label.value)
    return " \u00b7 ".join(said)


def differences(photos: Sequence[Photo]) -> tuple[list[str], dict[int, list[str]]]:
    """The facts that all these photos share, and for each photo id those it does not share: time, camera, exposure."""
    facts = {photo.id: _facts(photo) for photo in photos}
    kinds = [kind for kind in _KINDS if any(kind in own for own in facts.values())]
    shared = {kind for kind in kinds if len({own.get(kind) for own in facts.values()}) == 1}
    common = [next(iter(facts.values()))[kind] for kind in kinds if kind in shared]
    return common, {
        key: [own[kind] for kind in kinds if kind in own and kind not in shared] for key, own in facts.items()
    }


_KINDS = ("day", "time", "exposure", "aperture", "iso", "focal", "camera", "lens", "size")


def _facts(photo: Photo) -> dict[str, str]:
    meta = photo.metadata
    facts: dict[str, str] = {}
    if meta.taken and meta.taken.source is not TakenSource.FILE_DATE:
        facts["day"] = f"{meta.taken.local.day} {meta.taken.local:%b %Y}"
        facts["time"] = f"{meta.taken.local:%H:%M:%S}"
    if meta.exposure_s:
        facts["exposure"] = exposure_time(meta.exposure_s)
    if meta.f_number:
        facts["aperture"] = aperture(meta.f_number)
    if meta.iso:
        facts["iso"] = f"ISO {meta.iso}"
    if meta.focal_mm:
        facts["focal"] = f"{meta.focal_mm:.3g} mm"
    if meta.camera:
        facts["camera"] = meta.camera
    if meta.lens:
        facts["lens"] = meta.lens
    if photo.width_px and photo.height_px:
        facts["size"] = dimensions(photo.width_px, photo.height_px)
    return facts


def photo_name(photo: Photo) -> str:
    """A photo's file name, printable."""
    return _printable(photo.location.name)


def _problem(photo: Photo, drive: str | None) -> Iterable[Detail]:
    if drive is not None:
        yield Detail("Away", "Reason", f"It is on {_printable(drive)}, which is not plugged in.")
        yield Detail("Away", "What to do", f"Plug in {_printable(drive)}.")
    elif photo.failure_kind is not None:
        yield Detail("Cannot be read", "Reason", photo.failure_reason or photo.failure_kind)
        yield Detail("Cannot be read", "What to do", REMEDIES[FailureKind(photo.failure_kind)])
    elif photo.missing:
        yield Detail("Away", "Reason", "It was not where it used to be when last looked for.")
        yield Detail("Away", "What to do", REMEDIES[FailureKind.VANISHED])


def _photo(photo: Photo, files: list[tuple[Role, bytes, int]]) -> Iterable[Detail]:
    location = Path(photo.path)
    yield Detail("Photo", "Name", photo_name(photo))
    yield Detail("Photo", "Folder", _printable(str(location.parent)))
    if photo.picture_format:
        yield Detail("Photo", "Format", photo.picture_format)
    if photo.width_px and photo.height_px:
        yield Detail("Photo", "Size", dimensions(photo.width_px, photo.height_px))
    if files:
        yield Detail("Photo", "On disk", file_size(sum(size_bytes for _, _, size_bytes in files)))
    for role, name, size_bytes in files[1:]:
        yield Detail("Photo", _ROLES[role], f"{_printable(name.decode('utf-8', 'replace'))}, {file_size(size_bytes)}")
    if photo.metadata.is_live and all(role is not Role.VIDEO for role, _, _ in files):
        yield Detail("Photo", _ROLES[Role.VIDEO], "not beside the photo")


def _copies(others: list[str]) -> Iterable[Detail]:
    if others:
        yield Detail("Photo", "Copies", f"{len(others) + 1} copies; also {', '.join(map(_printable, others))}")


def _taken(meta: Metadata, accepted: Proposal | None) -> Iterable[Detail]:
    if meta.taken:
        yield Detail("Taken", "When", when(meta.taken))
        shift = timedelta(milliseconds=meta.taken.shift_ms)
        source = _SOURCES[meta.taken.source]
        yield Detail("Taken", "Source", f"{source} (clock shifted by {clocks.said(shift)})" if shift else source)
    if meta.gps:
        yield Detail("Taken", "Place", place(meta.gps))
        yield Detail("Taken", "Where", degrees(meta.gps))
        if accepted is not None:
            yield Detail("Taken", "Place from", place_from(accepted))
        if meta.gps.altitude_m is not None:
            yield Detail("Taken", "Altitude", f"{meta.gps.altitude_m:,.0f} m")
    if meta.camera:
        yield Detail("Camera", "Camera", meta.camera)
    if meta.lens:
        yield Detail("Camera", "Lens", meta.lens)
    if meta.exposure_s:
        yield Detail("Camera", "Exposure", exposure_time(meta.exposure_s))
    if meta.f_number:
        yield Detail("Camera", "Aperture", aperture(meta.f_number))
    if meta.iso:
        yield Detail("Camera", "Sensitivity", f"ISO {meta.iso}")
    if meta.focal_mm:
        yield Detail("Camera", "Focal length", f"{meta.focal_mm:.3g} mm")


def _marks(photo: Photo) -> Iterable[Detail]:
    rating = photo.metadata.rating
    if rating is not None and rating >= 0:
        yield Detail("Description", "Rating", stars(rating))
    if photo.pick is not Pick.NONE:
        yield Detail("Description", "Flag", photo.pick.name.lower())
    if photo.label is not None:
        yield Detail("Description", "Label", photo.label.value)


def _words(meta: Metadata) -> Iterable[Detail]:
    if meta.title:
        yield Detail("Description", "Title", meta.title)
    if meta.caption:
        yield Detail("Description", "Caption", meta.caption)
    if meta.keywords:
        yield Detail("Description", "Keywords", ", ".join(meta.keywords))


def _search(bundles: list[str]) -> Iterable[Detail]:
    yield Detail("Search", "Encoder", ", ".join(bundles) or "none yet: not found by words")


@functools.lru_cache(4096)
def place(gps: Gps) -> str:
    """Where that is, in words: "Namche Bazaar, Koshi, Nepal; 1.2 km from the centre". Any thread; slow the first time.

    Looked up anew, not read: the catalogue does not keep how far the town is.
    """
    from photofinder.library.placing import gazetteer  # a window that opens needs no table of places

    found = gazetteer().locate(np.array([gps.latitude]), np.array([gps.longitude]))[0]
    if found.at_sea or not found.name:
        return found.heading
    # From the town's own middle: `distance_km` is that of the nearest quarter, which counts as its city.
    here, middle = sphere(np.array([gps.latitude, found.latitude]), np.array([gps.longitude, found.longitude]))
    km = float(chord_km(np.linalg.norm([here - middle], axis=1))[0])
    return f"{found.full}; {km:,.{1 if km < 10 else 0}f} km from the centre"


def place_from(accepted: Proposal) -> str:
    """Where an accepted place comes from: "proposed from track.gpx, accepted; 12 s apart, confidence 87 %"."""
    apart = f"{accepted.apart_s:.0f} s" if accepted.apart_s < 90 else f"{accepted.apart_s / 60:.0f} min"
    origin = "" if accepted.how is How.TRACK else "another photo, "
    return (
        f"proposed from {origin}{_printable(accepted.source)}, accepted;"
        f" {apart} apart, confidence {accepted.confidence:.0%}"
    )


def when(taken: Taken) -> str:
    """A capture time as the clock on the wall showed it, with its zone where known: "Sat 24 Nov 2018, 10:14:22"."""
    text = f"{taken.local:%a} {taken.local.day} {taken.local:%b %Y, %H:%M:%S}"
    if taken.offset_min is not None:
        hours, minutes = divmod(abs(taken.offset_min), 60)
        text += f" UTC{'-' if taken.offset_min < 0 else '+'}{hours:02}:{minutes:02}"
    return text


def exposure_time(seconds: float) -> str:
    """An exposure as cameras write it: "1/250 s", "0.6 s", "30 s"."""
    if seconds >= 0.3:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"1/{1 / seconds:.0f} s"


def aperture(f_number: float) -> str:
    """An f-number as cameras write it: "f/2.8", "f/11"."""
    return f"f/{f_number:.1f}".removesuffix(".0")


def dimensions(width_px: int, height_px: int) -> str:
    """Sides and megapixels: "4000 x 3000 (12 MP)"."""
    megapixels = width_px * height_px / 1e6
    return f"{width_px} \u00d7 {height_px} ({megapixels:.{0 if megapixels >= 9.95 else 1}f} MP)"


def file_size(size_bytes: int) -> str:
    """A size in powers of a thousand, as file managers show it: "12.3 MB"."""
    size, unit = float(size_bytes), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 999.5:
            break
        size, unit = size / 1000, larger
    return f"{size:.3g} {unit}"


def degrees(gps: Gps) -> str:
    """A position to about a metre: "48.20817\u00b0 N, 16.37382\u00b0 E"."""
    north = f"{abs(gps.latitude):.5f}\u00b0 {'N' if gps.latitude >= 0 else 'S'}"
    return f"{north}, {abs(gps.longitude):.5f}\u00b0 {'E' if gps.longitude >= 0 else 'W'}"


def stars(rating: int) -> str:
    """A rating as stars."""
    return "\u2605" * rating + "\u2606" * (5 - rating)


def _printable(text: str) -> str:
    """Text that a window can show: a name that is not UTF-8 has lone surrogates."""
    return text.encode("utf-8", "replace").decode()
