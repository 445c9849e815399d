"""Results, as JSON and as lines."""

import json
from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any

from photofinder.cli.terminal import printable
from photofinder.core.types import Gps, Hit, Photo, Pick, Proposal, Strength, Taken, TakenSource
from photofinder.library.calibration import Cut
from photofinder.library.library import Library
from photofinder.library.roots import drive_to_plug_in
from photofinder.library.search import Results


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document, ASCII only, so that it survives any terminal.

    Names that are not UTF-8 keep their bytes as the lone surrogates that Python's file system encoding gives them.
    """
    print(json.dumps(document, indent=2))


def taken_json(taken: Taken | None) -> str | None:
    """Capture time as ISO 8601, with the zone where the photo states it."""
    if taken is None:
        return None
    local = taken.local
    if taken.offset_min is not None:
        local = local.replace(tzinfo=timezone(timedelta(minutes=taken.offset_min)))
    return local.isoformat(timespec="milliseconds" if local.microsecond else "seconds")


def gps_json(gps: Gps | None) -> dict[str, float | None] | None:
    """Degrees and metres."""
    return None if gps is None else {"lat": gps.latitude, "lon": gps.longitude, "alt": gps.altitude_m}


def accepted_json(accepted: Proposal | None) -> dict[str, Any] | None:
    """Where an accepted place comes from; None where the photo itself states it, or none is known."""
    if accepted is None:
        return None
    return {
        "how": accepted.how.value,
        "source": accepted.source,
        "apart_s": round(accepted.apart_s, 1),
        "confidence": round(accepted.confidence, 4),
    }


def hit_json(hit: Hit, drive: str | None) -> dict[str, Any]:
    """One hit; `drive` is to be plugged in for it, if any. A file's own date is no capture time: it is not given."""
    meta = hit.photo.metadata
    taken = meta.taken if meta.taken and meta.taken.source is not TakenSource.FILE_DATE else None
    return {
        "path": hit.photo.path,
        "score": round(hit.score, 4),
        "taken": taken_json(taken),
        "gps": gps_json(meta.gps),
        "camera": meta.camera,
        "place": hit.photo.place,
        "away": drive,
        "strength": hit.strength.value if hit.strength else None,
        "alike": len(hit.alike),
        "why": [{"part": why.part, "how": why.how, "score": why.score} for why in hit.why],
    }


def cut_json(cut: Cut | None) -> dict[str, int] | None:
    """Where the good hits end."""
    return None if cut is None else {"strong": cut.strong, "possible": cut.possible, "rest": cut.rest}


def print_results(library: Library, results: Results, *, as_json: bool, all_hits: bool = True) -> None:
    """Hits, best first; for people, without `all_hits`, only those above the cut line. Drives to plug in are named."""
    if as_json:
        hits = [hit_json(hit, drive_to_plug_in(library, hit.photo.path)) for hit in results.hits]
        print_json(
            {
                "query": results.query,
                "bundle": results.bundle,
                "found": results.found,
                "cut": cut_json(results.cut),
                "hits": hits,
            }
        )
        return
    cut = results.cut
    if cut is not None:
        summary = f"{cut.strong:,} strong, {cut.possible:,} possible"
        hidden = "" if all_hits else f"; the rest ({cut.rest:,}) is hidden: --all shows it"
        print(f"Nothing here looks like that{hidden}." if cut.nothing else f"{summary}{hidden}.")
    for hit in results.hits:
        if not all_hits and hit.strength is Strength.WEAK:
            continue
        taken = hit.photo.metadata.taken
        known = taken is not None and taken.source is not TakenSource.FILE_DATE
        when = taken.local.strftime("%Y-%m-%d %H:%M") if taken and known else ""
        alike = f"  (+{len(hit.alike)} alike)" if hit.alike else ""
        drive = drive_to_plug_in(library, hit.photo.path)
        away = f"  (plug in {printable(drive)})" if drive else ""
        print(f"{hit.score:6.3f}  {when:16}  {printable(hit.photo.path)}{alike}{away}")


def photo_json(photo: Photo, embedded_with: list[str], copies: list[str], drive: str | None) -> dict[str, Any]:
    """All that is known of one photo; `drive` is to be plugged in for it, if any."""
    meta = photo.metadata
    return {
        "path": photo.path,
        "files": [{"path": path, "role": role.value} for path, role in photo.files],
        "format": photo.picture_format,
        "width": photo.width_px,
        "height": photo.height_px,
        "taken": taken_json(meta.taken),
        "taken_source": meta.taken.source.value if meta.taken else None,
        "clock_shift_s": meta.taken.shift_ms / 1000 if meta.taken and meta.taken.shift_ms else None,
        "gps": gps_json(meta.gps),
        "place": photo.place,
        "place_from": accepted_json(photo.accepted),
        "camera": meta.camera,
        "make": meta.make,
        "model": meta.model,
        "lens": meta.lens,
        "exposure_s": meta.exposure_s,
        "f_number": meta.f_number,
        "iso": meta.iso,
        "focal_mm": meta.focal_mm,
        "rating": meta.rating,
        "pick": photo.pick.name.lower() if photo.pick is not Pick.NONE else None,
        "label": photo.label.value if photo.label else None,
        "title": meta.title,
        "caption": meta.caption,
        "keywords": list(meta.keywords),
        "fingerprint": photo.fingerprint.hex() if photo.fingerprint else None,
        "embedded_with": embedded_with,
        "copies": copies,
        "missing": photo.missing,
        "away": drive,
        "failure": {"kind": photo.failure_kind, "reason": photo.failure_reason} if photo.failure_kind else None,
    }
