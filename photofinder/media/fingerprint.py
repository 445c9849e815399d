"""Content hashes: the same photo under any name and in any folder has the same fingerprint."""

import io
from pathlib import Path
from typing import BinaryIO, Final

import xxhash

from photofinder.media.guard import reading

_WHOLE_BYTES: Final = 16 << 20
_END_BYTES: Final = 1 << 20
_SAMPLE_BYTES: Final = 64 << 10
_SAMPLES: Final = 14


def fingerprint(source: bytes | BinaryIO) -> bytes:
    """Hash content (bytes, or an open file that can seek) into 16 bytes, XXH3-128.

    All of it up to 16 MiB. Of anything longer: its length, the first and last MiB, and fourteen samples of 64
    KiB evenly between. RAW libraries have terabytes, and a photo should cost 3 MiB of reading, not 60;
    compressed data differs everywhere once it differs somewhere, and edits of metadata change the beginning,
    the end, or the length.

    Raises: OSError from the file. Thread: any, one file per thread.
    """
    if isinstance(source, bytes) and len(source) <= _WHOLE_BYTES:
        return xxhash.xxh3_128_digest(source)
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    size_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size_bytes <= _WHOLE_BYTES:
        return xxhash.xxh3_128_digest(file.read())
    digest = xxhash.xxh3_128(size_bytes.to_bytes(8, "little"))
    digest.update(file.read(_END_BYTES))
    between = size_bytes - 2 * _END_BYTES - _SAMPLE_BYTES
    for n in range(_SAMPLES):
        file.seek(_END_BYTES + between * n // (_SAMPLES - 1))
        digest.update(file.read(_SAMPLE_BYTES))
    file.seek(size_bytes - _END_BYTES)
    digest.update(file.read(_END_BYTES))
    return digest.digest()


def fingerprint_of(path: Path) -> bytes:
    """`fingerprint` of the file at `path`. Raises `MediaProblem` (VANISHED, DENIED, UNREADABLE)."""
    with reading(), path.open("rb") as file:
        return fingerprint(file)
