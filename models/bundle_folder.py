"""Writes the description of a bundle; docs/ says what every key means."""

import hashlib
import json
from pathlib import Path
from typing import Any

FORMAT = 1


def write_description(folder: Path, description: dict[str, Any]) -> None:
    """Writes `bundle.json` beside the files it describes: size and sha256 of every one of them."""
    files = {one.name: {"sha256": _sha256(one), "bytes": one.stat().st_size} for one in sorted(folder.iterdir())}
    text = json.dumps({"format": FORMAT, **description, "files": files}, indent=1, ensure_ascii=False)
    (folder / "bundle.json").write_text(text + "\n", encoding="utf-8")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
