"""Copies of photos to give away: JPEG, sRGB, upright, as large as asked for, saying as much as the user wants.

What a copy says is written anew from what is known of the photo; nothing but the authorship (EXIF artist and copyright)
is carried over as it stands. So no maker note, no serial number and no forgotten thumbnail goes along.
"""

import io
import math
import re
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from photofinder.core.types import Gps, Label, Metadata, Pixels, TakenSource
from photofinder.media.colour import srgb_profile
from photofinder.media.decode import decode_original
from photofinder.media.original import Original
from photofinder.media.picture import Need
from photofinder.media.tiff_tags import first_directory

_FINE_QUALITY: Final = 90
"""From here on colours keep their full resolution."""
_DESCRIPTION, _MAKE, _MODEL, _ARTIST, _COPYRIGHT = 0x010E, 0x010F, 0x0110, 0x013B, 0x8298
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_TEXT: Final = 2000
_MAX_KEYWORDS_BYTES: Final = 24_000
"""An XMP packet has to fit into one JPEG segment of 64 kB."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a copy says of itself; an empty one says nothing at all."""

    metadata: Metadata = field(default_factory=Metadata)
    label: Label | None = None
    authorship: bool = False


def jpeg_copy(original: Original, need: Need, long_px: int | None, quality: int, said: Said) -> bytes:
    """A copy of a photo as JPEG, at most `long_px` on its long side (None: as decoded), `quality` 1 to 100.

    Decoded with at least the pixels of `need`, never enlarged.

    Raises: `MediaProblem`; OSError of the disk. Thread: any; holds all pixels of what is decoded.
    """
    decoded = decode_original(original, need)
    exif = decoded.embedded.exif
    author = first_directory(exif, frozenset({_ARTIST, _COPYRIGHT})) if said.authorship and exif else {}
    image = Image.fromarray(_reduced(decoded.picture.pixels, long_px))
    options: dict[str, Any] = {}
    if said != Said():
        options = {"exif": _exif(said.metadata, author), "xmp": _xmp(said, author)}
    buffer = io.BytesIO()
    image.save(
        buffer,
        "JPEG",
        quality=quality,
        subsampling="4:4:4" if quality >= _FINE_QUALITY else "4:2:0",
        icc_profile=srgb_profile(),
        **options,
    )
    return buffer.getvalue()


def _reduced(pixels: Pixels, long_px: int | None) -> Pixels:
    height_px, width_px = pixels.shape[:2]
    if long_px is None or max(width_px, height_px) <= long_px:
        return pixels
    scale = long_px / max(width_px, height_px)
    size = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def _exif(meta: Metadata, author: dict[int, bytes]) -> Image.Exif:
    made = Image.Exif()
    values: dict[int, Any] = {_DESCRIPTION: _ascii(meta.caption), _MAKE: _ascii(meta.make), _MODEL: _ascii(meta.model)}
    # EXIF text is ASCII by the standard and UTF-8 in practice: the bytes of the original go on as they are.
    values |= {tag: raw.split(b"\0")[0][:_MAX_TEXT] for tag, raw in author.items()}
    made.update({tag: value for tag, value in values.items() if value})
    details: dict[int, Any] = {
        0x829A: _ratio(meta.exposure_s),
        0x829D: _ratio(meta.f_number),
        0x8827: meta.iso if meta.iso and meta.iso < 65535 else None,
        0x920A: _ratio(meta.focal_mm),
        0xA434: _ascii(meta.lens),
    }
    if meta.taken and meta.taken.source is not TakenSource.FILE_DATE:
        details[0x9003] = meta.taken.local.strftime("%Y:%m:%d %H:%M:%S")
        if meta.taken.offset_min is not None:
            details[0x9011] = _zone(meta.taken.offset_min)
    details = {tag: value for tag, value in details.items() if value}
    if details:
        made.get_ifd(_EXIF_IFD).update({0x9000: b"0232", **details})
    if meta.gps:
        made.get_ifd(_GPS_IFD).update(_position(meta.gps))
    return made


def _position(gps: Gps) -> dict[int, Any]:
    found: dict[int, Any] = {
        0: b"\2\3\0\0",
        1: "N" if gps.latitude >= 0 else "S",
        2: _degrees(gps.latitude),
        3: "E" if gps.longitude >= 0 else "W",
        4: _degrees(gps.longitude),
    }
    if gps.altitude_m is not None:
        found |= {5: bytes([gps.altitude_m < 0]), 6: IFDRational(round(abs(gps.altitude_m) * 100), 100)}
    return found


def _degrees(value: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    degrees, rest = divmod(abs(value) * 3600, 3600)
    minutes, seconds = divmod(rest, 60)
    return IFDRational(int(degrees)), IFDRational(int(minutes)), IFDRational(round(seconds * 10_000), 10_000)


def _ratio(value: float | None) -> IFDRational | None:
    """As cameras write it: 1/250, 28/10."""
    if value is None or not math.isfinite(value) or not 0 < value < 1 << 31:
        return None
    inverse = 1 / value
    if value < 1 and math.isclose(inverse, round(inverse), rel_tol=1e-3) and inverse < 1 << 31:
        return IFDRational(1, round(inverse))
    scale = 10_000 if value < 100_000 else 1
    return IFDRational(round(value * scale), scale)


def _zone(offset_min: int) -> str:
    hours, minutes = divmod(abs(offset_min), 60)
    return f"{'-' if offset_min < 0 else '+'}{hours:02}:{minutes:02}"


def _ascii(text: str | None) -> str | None:
    """Text for an EXIF tag that may only hold ASCII; None if it would lose letters. XMP has it in full."""
    return text[:_MAX_TEXT] if text and text.isascii() else None


def _xmp(said: Said, author: dict[int, bytes]) -> bytes:
    """Title, caption, keywords, authorship, stars, label and capture time (Adobe's XMP specification, part 1)."""
    meta = said.metadata
    attributes: list[str] = []
    if meta.rating is not None:
        attributes.append(f'xmp:Rating="{meta.rating}"')
    if said.label is not None:
        attributes.append(f'xmp:Label="{said.label.value.capitalize()}"')
    if meta.taken and meta.taken.source is not TakenSource.FILE_DATE:
        local = meta.taken.local.isoformat(timespec="seconds")
        zone = "" if meta.taken.offset_min is None else _zone(meta.taken.offset_min)
        attributes.append(f'photoshop:DateCreated="{local}{zone}"')
    parts: list[str] = []
    texts = {"title": meta.title, "description": meta.caption, "rights": _read(author.get(_COPYRIGHT))}
    for name, text in texts.items():
        if text:
            line = f'<rdf:li xml:lang="x-default">{_xml(text)}</rdf:li>'
            parts.append(f"<dc:{name}><rdf:Alt>{line}</rdf:Alt></dc:{name}>")
    if artist := _read(author.get(_ARTIST)):
        parts.append(f"<dc:creator><rdf:Seq><rdf:li>{_xml(artist)}</rdf:li></rdf:Seq></dc:creator>")
    words, room_bytes = "", _MAX_KEYWORDS_BYTES
    for word in meta.keywords:
        line = f"<rdf:li>{_xml(word)}</rdf:li>"
        room_bytes -= len(line.encode())
        if room_bytes < 0:
            break
        words += line
    if words:
        parts.append(f"<dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject>")
    return _PACKET.format(" ".join(attributes), "".join(parts)).encode()


def _read(raw: bytes | None) -> str:
    """Text of an EXIF tag: UTF-8 if it can be, else what most cameras mean by a byte."""
    text = (raw or b"").split(b"\0")[0]
    try:
        return text.decode().strip()
    except UnicodeDecodeError:
        return text.decode("latin-1").strip()


def _xml(text: str) -> str:
    kept = _NOT_XML.sub("", text[:_MAX_TEXT])
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_PACKET: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" {}>{}'
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
