"""How the library is doing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from photofinder.library.backups import listed
from photofinder.library.library import Library
from photofinder.library.roots import kept_days


def status(library: Library) -> dict[str, Any]:
    """Counts, sizes in bytes, the bundle and what runs it. Opens an encoder session to say which provider serves."""
    counts = library.reader.counts()
    bundle = library.bundle
    encoder = library.image_encoder(bundle)
    space = library.reader.space(bundle.space)
    backups = listed(library.where)
    absent = {root.id for root in library.absent_roots()}
    return {
        "library": str(library.where.data),
        "photos": counts.present,
        "failed": counts.failed,
        "missing": counts.missing,
        "missing_kept_days": kept_days(library),
        "with_gps": counts.with_gps,
        "dated": counts.dated,
        "embedded": library.reader.embedding_count(space.id) if space else 0,
        "bundle": bundle.name,
        "provider": encoder.provider,
        "provider_note": encoder.provider_note,
        "catalogue_bytes": _tree_bytes(library.where.data, "catalogue.sqlite*"),
        "vectors_bytes": _tree_bytes(library.where.vectors, "**/*"),
        "thumbnails_bytes": library.thumbnails.size_bytes(),
        "backups_bytes": sum(backup.size_bytes for backup in backups),
        "last_backup": backups[0].made_at.isoformat() if backups else None,
        "roots": [
            {"path": root.path, "volume": root.volume.label, "present": root.id not in absent}
            for root in library.reader.roots()
        ],
    }


def missing(library: Library) -> list[tuple[str, datetime]]:
    """Photos whose files are gone, by path, and since when they have been missing. They are remembered for a while."""
    return [(path, datetime.fromtimestamp(ms / 1000, UTC)) for path, ms in library.reader.missing()]


def _tree_bytes(folder: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())
