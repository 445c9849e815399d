"""Between the catalogue's rows and the values of `core.types`."""

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from photofinder.core.types import (
    Gps,
    How,
    Ingested,
    Label,
    Metadata,
    Photo,
    Pick,
    Proposal,
    Role,
    Taken,
    TakenSource,
    Vector,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)

# -1 in a photo's own metadata means "rejected"; as a rating it stands until the user says anything about either.
RATING = "coalesce(marks.rating, iif(marks.pick IS NOT NULL AND photos.rating < 0, NULL, photos.rating))"
PICK = "coalesce(marks.pick, iif(marks.rating IS NULL AND photos.rating < 0, -1, 0))"
"""What counts of a photo: for queries over PHOTOS_MARKED."""

PHOTOS_MARKED = "photos LEFT JOIN marks ON marks.photo_id = photos.id"

WITH_ACCEPTED = "LEFT JOIN accepted_positions AS accepted ON accepted.photo_id = photos.id AND photos.latitude IS NULL"
LATITUDE, LONGITUDE = (f"coalesce(photos.{column}, accepted.{column})" for column in ("latitude", "longitude"))
"""Where a photo was taken: what it says, else what the user accepted; for queries with WITH_ACCEPTED."""

PHOTOS_KNOWN = f"{PHOTOS_MARKED} {WITH_ACCEPTED}"

PHOTO_COLUMNS = (
    "photos.id, fingerprint, format, width_px, height_px, failure_kind, failure_reason, missing_since_ms,"
    f" taken_ms, taken_offset_min, taken_source, {LATITUDE}, {LONGITUDE},"
    " coalesce(photos.altitude_m, accepted.altitude_m), make, model, lens,"
    f" exposure_s, f_number, iso, focal_mm, {RATING}, title, caption, keywords, {PICK}, label, file_date_ms,"
    " place, region, country, clock_shift_ms, is_live, how, source, apart_s, confidence"
)

WRITTEN_COLUMNS = (
    "fingerprint",
    "failure_kind",
    "failure_reason",
    "decoder_version",
    "format",
    "width_px",
    "height_px",
    "taken_ms",
    "taken_offset_min",
    "taken_source",
    "latitude",
    "longitude",
    "altitude_m",
    "make",
    "model",
    "lens",
    "exposure_s",
    "f_number",
    "iso",
    "focal_mm",
    "rating",
    "title",
    "caption",
    "keywords",
    "file_date_ms",
    "is_live",
)


def wall_clock_ms(local: datetime) -> int:
    """Milliseconds since 1970 on the wall clock, as if it showed UTC: sorts photos by the photographer's own day."""
    return (local - _EPOCH) // timedelta(milliseconds=1)


def from_wall_clock_ms(ms: int) -> datetime:
    """The inverse of `wall_clock_ms`."""
    return _EPOCH + timedelta(milliseconds=ms)


def written_values(item: Ingested, decoder_version: int) -> tuple[Any, ...]:
    """The values of WRITTEN_COLUMNS, in that order."""
    meta, taken, gps, failure = item.metadata, item.metadata.taken, item.metadata.gps, item.failure
    when_ms = wall_clock_ms(taken.local) if taken else None
    of_file = taken is not None and taken.source is TakenSource.FILE_DATE  # which is no capture time
    return (
        item.fingerprint,
        failure.kind.value if failure else None,
        text(failure.what) if failure else None,
        decoder_version,
        item.picture_format,
        item.width_px,
        item.height_px,
        None if of_file else when_ms,
        taken.offset_min if taken else None,
        taken.source.value if taken else None,
        gps.latitude if gps else None,
        gps.longitude if gps else None,
        gps.altitude_m if gps else None,
        text(meta.make),
        text(meta.model),
        text(meta.lens),
        meta.exposure_s,
        meta.f_number,
        meta.iso if meta.iso is None else min(meta.iso, 2**53),
        meta.focal_mm,
        meta.rating,
        text(meta.title),
        text(meta.caption),
        json.dumps(meta.keywords) if meta.keywords else None,
        when_ms if of_file else None,
        meta.is_live,
    )


def text(value: str | None) -> str | None:
    """What SQLite can store: a file may hold lone surrogates where text should be."""
    return None if value is None else value.encode("utf-8", "replace").decode()


def photo_from(row: tuple[Any, ...], path: str, files: tuple[tuple[str, Role], ...] = ()) -> Photo:
    """A photo from a row of PHOTO_COLUMNS, out of PHOTOS_KNOWN."""
    taken_ms, offset_min, source = row[8:11]
    latitude, longitude, altitude_m = row[11:14]
    gps = None if latitude is None else Gps(latitude, longitude, altitude_m)
    when_ms = row[27] if taken_ms is None else taken_ms
    shift_ms = 0 if taken_ms is None else row[31]
    taken = None if when_ms is None else Taken(from_wall_clock_ms(when_ms), offset_min, TakenSource(source), shift_ms)
    return Photo(
        id=row[0],
        path=path,
        fingerprint=row[1],
        picture_format=row[2],
        width_px=row[3],
        height_px=row[4],
        failure_kind=row[5],
        failure_reason=row[6],
        missing=row[7] is not None,
        metadata=Metadata(
            taken=taken,
            gps=gps,
            make=row[14],
            model=row[15],
            lens=row[16],
            exposure_s=row[17],
            f_number=row[18],
            iso=row[19],
            focal_mm=row[20],
            rating=row[21],
            title=row[22],
            caption=row[23],
            keywords=tuple(json.loads(row[24])) if row[24] else (),
            is_live=bool(row[32]),
        ),
        files=files,
        pick=Pick(row[25]),
        label=label_from(row[26]),
        place=", ".join(part for part in row[28:31] if part) or None,
        accepted=None if gps is None or row[33] is None else Proposal(gps, How(row[33]), *row[34:37]),
    )


def label_from(value: str | None) -> Label | None:
    """A colour label from its column."""
    return None if value is None else Label(value)


def joined(*parts: bytes) -> str:
    """A path from the catalogue's pieces, as this system writes it; empty pieces count for nothing."""
    return os.path.normpath(os.fsdecode(os.path.join(*(part for part in parts if part))))  # noqa: PTH118 - bytes


def packed(vector: Vector) -> bytes:
    """An embedding as it is stored."""
    return vector.astype(np.float16).tobytes()
