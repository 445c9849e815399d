"""Putting together what a photo's EXIF, XMP, IPTC, name and file date say."""

import dataclasses

from photofinder.core.types import Metadata, Taken, TakenSource
from photofinder.media import dates, exif, iptc, xmp
from photofinder.media.picture import Embedded

_TRUST = {source: rank for rank, source in enumerate(TakenSource)}


def read_metadata(embedded: Embedded, name: str, mtime_ns: int) -> Metadata:
    """Read the metadata blocks of a photo called `name`. Never raises: what makes no sense is left out.

    What people write (title, caption, keywords, rating) is taken from XMP before IPTC before EXIF; what the
    camera writes from EXIF first; keywords from all. The capture time is the valid one of the most trusted
    source.
    """
    camera, taken = exif.read(embedded.exif, *embedded.more_exif) if embedded.exif else (Metadata(), [])
    packet = xmp.read(embedded.xmp) if embedded.xmp else Metadata()
    records = iptc.read(embedded.iptc) if embedded.iptc else Metadata()
    taken += [each.taken for each in (packet, records) if each.taken]
    if (named := dates.parse_name(name)) is not None:
        taken.append(Taken(named, None, TakenSource.FILE_NAME))
    if (dated := dates.from_timestamp_ns(mtime_ns)) is not None:
        taken.append(Taken(*dated, TakenSource.FILE_DATE))
    return dataclasses.replace(
        camera,
        taken=min(taken, key=lambda each: _TRUST[each.source], default=None),
        gps=camera.gps or packet.gps,
        make=camera.make or packet.make,
        model=camera.model or packet.model,
        lens=camera.lens or packet.lens,
        rating=packet.rating if packet.rating is not None else camera.rating,
        title=packet.title or records.title or camera.title,
        caption=packet.caption or records.caption or camera.caption,
        keywords=tuple(dict.fromkeys((*packet.keywords, *records.keywords, *camera.keywords))),
    )


def merge(base: Metadata, sidecar: Metadata) -> Metadata:
    """What a photo says, corrected by its sidecar: wherever the sidecar says something, it wins.

    Except for a capture time that only repeats the photo's own, which knows better where it came from.
    """
    says = {
        field.name: value
        for field in dataclasses.fields(sidecar)
        if (value := getattr(sidecar, field.name)) not in {None, ()} and value is not False
    }
    if base.taken and sidecar.taken and _same_second(base.taken, sidecar.taken):
        del says["taken"]
    return dataclasses.replace(base, **says)


def _same_second(one: Taken, other: Taken) -> bool:
    return one.local.replace(microsecond=0) == other.local.replace(microsecond=0)
