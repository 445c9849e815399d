"""Which files of a folder make one photo.

A RAW and the JPEG or HEIC with the same stem are one photo: the camera's own rendering is shown, the RAW rides along.
A Live Photo's video, Apple's edit list and XMP sidecars (`x.xmp` and `x.jpg.xmp` are both in use) belong to theirs.
"""

import os
from collections.abc import Mapping

from photofinder.core.types import PhotoFile, Role, Stamp
from photofinder.media.formats import companion_role, is_raw_name

_RENDERINGS = (".jpg", ".jpeg", ".heic", ".heif", ".hif")


def group(found: Mapping[bytes, tuple[int, int, int]]) -> list[tuple[PhotoFile, ...]]:
    """Group the photos and companions of one folder, given by name and stamp; primary first in each group.

    Companions without a photo are left out: a video alone is not a photo.
    """
    stems: dict[str, list[tuple[str, bytes]]] = {}
    companions: list[tuple[str, bytes, Role]] = []
    for name in sorted(found):
        shown = os.fsdecode(name)
        role = companion_role(shown)
        if role is None:
            stems.setdefault(_stem(shown), []).append((shown, name))
        else:
            companions.append((shown, name, role))

    units: list[list[tuple[bytes, Role]]] = []
    by_stem: dict[str, list[tuple[bytes, Role]]] = {}
    by_name: dict[str, list[tuple[bytes, Role]]] = {}
    for stem, photos in stems.items():
        for members in _pair(photos):
            unit = [(name, Role.RAW if place else Role.PRIMARY) for place, (_, name) in enumerate(members)]
            units.append(unit)
            by_stem.setdefault(stem, unit)
            by_name.update({shown.casefold(): unit for shown, _ in members})
    for shown, name, role in companions:
        stem = _stem(shown)
        unit = by_name.get(stem) or by_stem.get(stem)
        if unit is not None:
            unit.append((name, role))
    return [tuple(PhotoFile(name, role, Stamp(*found[name])) for name, role in unit) for unit in units]


def _pair(photos: list[tuple[str, bytes]]) -> list[list[tuple[str, bytes]]]:
    """Photos of one stem → groups: the rendering with all RAWs, everything else alone."""
    raws = [photo for photo in photos if is_raw_name(photo[0])]
    others = [photo for photo in photos if not is_raw_name(photo[0])]
    # A camera writes a JPEG or a HEIC beside its RAW; with both, the JPEG is the pair's.
    paired = next((photo for suffix in _RENDERINGS for photo in others if photo[0].lower().endswith(suffix)), None)
    if not raws or paired is None:
        return [[photo] for photo in photos]
    return [[paired, *raws], *([photo] for photo in others if photo is not paired)]


def _stem(shown: str) -> str:
    return os.path.splitext(shown)[0].casefold()  # noqa: PTH122 - a bare name, not a path
