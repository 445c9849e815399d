"""EXIF through exifread, and through Pillow where that fails.

exifread is pure Python and holds the interpreter's lock, so it is kept cheap: no maker notes, no thumbnails,
and a limit on how much it may read, which also ends the loops and the endless counts that damaged or hostile
blocks ask for.
"""

import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

import exifread
from PIL import Image

from photofinder.core.types import Gps, Metadata, Taken, TakenSource
from photofinder.media import apple, dates

_log = logging.getLogger(__name__)
logging.getLogger("exifread").setLevel(logging.CRITICAL + 1)  # it comments on every oddity of every photo

Value = str | tuple[float, ...]

_MAX_READS: Final = 6_000  # a busy photo needs 1,500; this many take 20 ms
_MAX_READ_BYTES: Final = 64 << 10
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_DESCRIPTION, _MAKE, _MODEL, _LENS = 0x010E, 0x010F, 0x0110, 0xA434
_EXPOSURE, _F_NUMBER, _ISO, _ISO_INDEX, _FOCAL = 0x829A, 0x829D, 0x8827, 0x8832, 0x920A
_RATING, _XP_TITLE, _XP_KEYWORDS = 0x4746, 0x9C9B, 0x9C9E
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE, _ALTITUDE_REF, _ALTITUDE = 1, 2, 3, 4, 5, 6
_DATES: Final = (
    # date and time, sub-seconds, offset from UTC
    (TakenSource.EXIF_ORIGINAL, 0x9003, 0x9291, 0x9011),
    (TakenSource.EXIF_DIGITIZED, 0x9004, 0x9292, 0x9012),
    (TakenSource.EXIF_MODIFIED, 0x0132, 0x9290, 0x9010),
)
_CAMERA_BOILERPLATE: Final = (
    # What cameras write as description into every photo.
    "olympus digital camera", "sony dsc", "digital camera", "minolta digital camera", "konica minolta",
    "samsung", "exif_jpeg_picture", "exif_jpeg_t422", "jpeg_420", "dcf1.0", "kodak digital still camera",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tags:
    """Numbered tags: those of the first and the EXIF directory together, and those of the GPS directory."""

    main: dict[int, Value]
    gps: dict[int, Value]


class _Limited:
    """A file for exifread to read from, which gives up after a sensible amount."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._reads_left = _MAX_READS
        self.seek: Callable[..., int] = file.seek
        self.tell: Callable[[], int] = file.tell

    def read(self, size: int = -1) -> bytes:
        self._reads_left -= 1
        if self._reads_left < 0:
            raise ValueError("the EXIF block is endless")
        return self._file.read(min(size, _MAX_READ_BYTES) if size >= 0 else _MAX_READ_BYTES)


def read(file: BinaryIO, *more: BinaryIO) -> tuple[Metadata, list[Taken]]:
    """Read TIFF structures into metadata and all valid dates in them, most trusted first. Never raises."""
    main: dict[int, Value] = {}
    gps: dict[int, Value] = {}
    for each in (file, *more):
        tags = _read_tags(each)
        # Canon's CR3 keeps GPS tags in a first directory of their own, all below 32.
        gps |= tags.gps or {tag: value for tag, value in tags.main.items() if tag < 32}
        main = tags.main | main
    text = {tag: _text(value) for tag, value in main.items() if isinstance(value, str)}
    caption = text.get(_DESCRIPTION)
    if caption and caption.casefold().startswith(_CAMERA_BOILERPLATE):
        caption = None
    keywords = (_utf16(main.get(_XP_KEYWORDS)) or "").split(";")
    metadata = Metadata(
        gps=_position(gps),
        make=text.get(_MAKE),
        model=text.get(_MODEL),
        lens=_lens(text.get(_LENS)),
        exposure_s=_positive(main.get(_EXPOSURE)),
        f_number=_positive(main.get(_F_NUMBER)),
        iso=_iso(main),
        focal_mm=_positive(main.get(_FOCAL)),
        rating=_rating(main.get(_RATING)),
        title=_utf16(main.get(_XP_TITLE)),
        caption=caption,
        keywords=tuple(dict.fromkeys(word for each in keywords if (word := each.strip()))),
        is_live=text.get(_MAKE) == "Apple" and any(_is_live(each) for each in (file, *more)),
    )
    taken = [
        Taken(*when, source)
        for source, date, subsec, offset in _DATES
        if (when := dates.parse(text.get(date), text.get(subsec), text.get(offset)))
    ]
    return metadata, taken


def _is_live(file: BinaryIO) -> bool:
    file.seek(0)
    return apple.is_live_photo(file.read(_MAX_READ_BYTES))


def _read_tags(file: BinaryIO) -> Tags:
    for reader in (_by_exifread, _by_pillow):
        try:
            file.seek(0)
            tags = reader(file)
        except Exception as error:  # noqa: BLE001 (damaged blocks make them raise nearly anything; none matters)
            _log.debug("%s: %r", reader.__name__, error)
        else:
            if tags.main or tags.gps:
                return tags
    return Tags({}, {})


def _by_exifread(file: BinaryIO) -> Tags:
    if b"\x2b" in file.read(4):
        raise ValueError("exifread takes a BigTIFF for a TIFF")
    found = exifread.process_file(cast("BinaryIO", _Limited(file)), details=False, extract_thumbnail=False)
    main: dict[int, Value] = {}
    gps: dict[int, Value] = {}
    for name, tag in found.items():
        group = name.partition(" ")[0]
        if group in {"Image", "EXIF", "GPS"} and (value := _value(tag.values)) is not None:
            if group == "GPS":
                gps[tag.tag] = value
            elif group == "EXIF" or tag.tag not in main:
                main[tag.tag] = value
    return Tags(main, gps)


def _by_pillow(file: BinaryIO) -> Tags:
    exif = Image.Exif()
    exif.load_from_fp(file)

    def values(items: Iterable[tuple[Any, Any]]) -> dict[int, Value]:
        return {int(tag): value for tag, raw in items if (value := _value(raw)) is not None}

    main = values(exif.items()) | values(exif.get_ifd(_EXIF_IFD).items())
    return Tags(main, values(exif.get_ifd(_GPS_IFD).items()))


def _value(raw: Any) -> Value | None:
    """Strings as strings; numbers, fractions and bytes as tuples of finite floats; anything else None."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bytes):
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    numbers: list[float] = []
    for each in cast("Iterable[Any]", raw if isinstance(raw, (list, tuple)) else (raw,)):
        try:  # exifread's floating point numbers come in tuples, as struct.unpack gave them
            number = float(cast("Any", each)[0] if isinstance(each, tuple) else each)
        except (TypeError, ValueError, ArithmeticError, IndexError):
            return None
        if not math.isfinite(number):
            return None
        numbers.append(number)
    return tuple(numbers) or None


def _text(value: str) -> str | None:
    """One line without NULs, control characters and runs of spaces; None for nothing."""
    return " ".join("".join(c if c.isprintable() else " " for c in value.partition("\x00")[0]).split()) or None


def _utf16(value: Value | None) -> str | None:
    """The XP tags of Windows: little-endian UTF-16 as a row of byte values."""
    if not isinstance(value, tuple):
        return None
    octets = bytes(int(n) for n in value if 0 <= n <= 255)
    return _text(octets.decode("utf-16-le", "ignore").rstrip("\x00"))


def _positive(value: Value | None) -> float | None:
    return value[0] if isinstance(value, tuple) and value[0] > 0 else None


def _iso(main: dict[int, Value]) -> int | None:
    iso = _positive(main.get(_ISO))
    if iso == 65535:  # "more than fits here"
        iso = _positive(main.get(_ISO_INDEX))
    return round(iso) if iso and iso < 100_000_000 else None


def _rating(value: Value | None) -> int | None:
    return int(value[0]) if isinstance(value, tuple) and 0 <= value[0] <= 5 else None


def _lens(text: str | None) -> str | None:
    return text if text and any(c.isalnum() for c in text) and text != "0.0 mm f/0.0" else None


def _position(tags: dict[int, Value]) -> Gps | None:
    """The place; none without the letters for north or south and east or west.

    The numbers are unsigned, and a pin on the wrong side of the world is worse than no pin.
    """
    latitude = _degrees(tags.get(_LATITUDE), tags.get(_LATITUDE_REF), "N", "S")
    longitude = _degrees(tags.get(_LONGITUDE), tags.get(_LONGITUDE_REF), "E", "W")
    altitude = tags.get(_ALTITUDE)
    metres = altitude[0] if isinstance(altitude, tuple) else None
    reference = tags.get(_ALTITUDE_REF)
    if metres is not None and (reference in {"\x01", "1"} or (isinstance(reference, tuple) and reference[0] == 1)):
        metres = -metres
    return place(latitude, longitude, metres)


def _degrees(value: Value | None, reference: Value | None, positive: str, negative: str) -> float | None:
    if not isinstance(value, tuple) or not isinstance(reference, str) or not 1 <= len(value) <= 3:
        return None
    letter = reference.strip("\x00 ").upper()[:1]
    if letter not in {positive, negative}:
        return None
    degrees = sum(part / 60**n for n, part in enumerate(value))
    return -degrees if letter == negative else degrees


def place(latitude: float | None, longitude: float | None, altitude_m: float | None) -> Gps | None:
    """A position if it can be one: not impossible, and not exactly 0, 0 (a receiver without a fix)."""
    if latitude is None or longitude is None or not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    if latitude == 0 and longitude == 0:
        return None
    if altitude_m is not None and not -12_000 < altitude_m < 100_000:
        altitude_m = None
    return Gps(latitude, longitude, altitude_m)
