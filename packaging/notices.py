"""Third-party notices, and the gate that no package passes with a licence that was not thought about.

`python packaging/notices.py write FOLDER` writes THIRD-PARTY-NOTICES.txt for what the environment that runs it would
put into a frozen program. `python packaging/notices.py check PROGRAM` looks through a frozen program's files. Both end
with 1 and a list if the policy (licences.toml) does not allow something.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final

from contents import NEVER_FROZEN, REPOSITORY, requirements
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE: Final = Path(__file__).resolve().parent
POLICY: Final[dict[str, Any]] = tomllib.loads((HERE / "licences.toml").read_text(encoding="utf-8"))
TEXTS: Final = {
    "Apache-2.0": [REPOSITORY / "LICENSE"],
    "pmtiles": [HERE / "texts" / "pmtiles.txt"],  # from its repository's LICENSE
    "LGPL-3.0-only": [HERE / "texts" / "LGPL-3.0.txt", HERE / "texts" / "GPL-3.0.txt"],
}
"""Licence texts for distributions that bring none: by their name, or by their licence."""
_LICENCE_FILE = re.compile(r"(?i)^(licen[cs]e|copying|notice|thirdparty)")
_USUAL: Final = {
    "MIT License": "MIT",
    "Apache 2.0": "Apache-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "PSFL": "PSF-2.0",
}
_RULE = "=" * 100

HEADER = """\
THIRD-PARTY NOTICES OF PHOTOFINDER

PhotoFinder's packages hold the works listed here. PhotoFinder itself is under the Apache License 2.0.

Qt and PySide6, Pebble, libheif, libde265 and LibRaw are under the GNU Lesser General Public License. They lie in the
program's folder as files of their own and may be replaced by versions that you changed. Nothing in PhotoFinder's own
terms forbids taking those libraries apart to debug such changes. Their source is at the addresses given; the versions
are those of the wheels named.
"""


def frozen_distributions() -> list[Distribution]:
    """What pyproject.toml asks for, and what that asks for in turn, less what is never frozen; by name."""
    found: dict[str, Distribution] = {}
    waiting = requirements()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found or name.replace("-", "_") in NEVER_FROZEN:
            continue
        found[name] = distribution(name)
        for line in found[name].requires or []:
            asked = Requirement(line)
            if asked.marker is None or asked.marker.evaluate({"extra": ""}):
                waiting.append(asked.name)
    return [found[name] for name in sorted(found)]


def licence_of(work: Distribution) -> str:
    """Its licence as an SPDX expression: what the policy states, else what its metadata say ("" if nothing)."""
    stated: dict[str, list[str]] = POLICY["stated"]
    name = canonicalize_name(work.metadata["Name"])
    if name in stated:
        return stated[name][0]
    fields = ("License-Expression", "License")
    told = next((work.metadata[field] for field in fields if field in work.metadata), "")
    return _USUAL.get(told.strip(), told.strip().split("\n", 1)[0])


def refused(expression: str) -> list[str]:
    """The parts of an expression that the policy does not allow. Choices (OR) are to be made in the policy itself."""
    if not expression or " OR " in expression:
        return [expression or "no licence is stated"]
    parts = [part.strip(" ()") for part in expression.split(" AND ")]
    return [part for part in parts if part not in POLICY["allowed"] and part not in POLICY["replaceable"]]


def licence_texts(work: Distribution) -> Iterator[tuple[str, str]]:
    """Name and text of each licence file that a distribution brings, or of its licence where it brings none."""
    named = {file.name: file for file in work.files or [] if _LICENCE_FILE.match(file.name) and file.suffix != ".py"}
    ours = TEXTS.get(canonicalize_name(work.metadata["Name"]), TEXTS.get(licence_of(work), []))
    files = [Path(str(file.locate())) for file in named.values()] or ours
    for file in files:
        yield file.name, file.read_text(encoding="utf-8", errors="replace").strip()


def write(folder: Path) -> list[str]:
    """Write the notices; returns what the policy does not allow."""
    works = frozen_distributions()
    problems = [f"{w.metadata['Name']}: {part}" for w in works for part in refused(licence_of(w))]
    problems += [f"{w.metadata['Name']}: no licence text" for w in works if not any(licence_texts(w))]
    lines = [HEADER]
    width = max(len(f"{work.metadata['Name']} {work.version}") for work in works)
    lines += [f"{work.metadata['Name'] + ' ' + work.version:{width}}  {licence_of(work)}" for work in works]
    lines += ["", "Libraries inside them with licences of their own:"]
    lines += [f"{name}: {native['licence']}, {native['source']}" for name, native in POLICY["native"].items()]
    lines += ["The HEVC encoder x265, which pillow-heif's wheels bring, is not in these packages.", ""]
    for work in works:
        for name, text in licence_texts(work):
            lines += [_RULE, f"{work.metadata['Name']} {work.version}: {name}", _RULE, text, ""]
    for name in ("LGPL-3.0.txt", "GPL-3.0.txt", "LGPL-2.1.txt"):  # the GPL's text is part of the LGPL's, version 3
        lines += [_RULE, name, _RULE, (HERE / "texts" / name).read_text(encoding="utf-8").strip(), ""]
    python = Path(sys.base_prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "LICENSE.txt"
    python = python if python.is_file() else Path(sys.base_prefix) / "LICENSE.txt"
    if python.is_file():
        lines += [_RULE, f"Python {sys.version.split()[0]}", _RULE, python.read_text(encoding="utf-8").strip(), ""]
    else:
        problems.append(f"Python's own licence is not at {python}")
    for file in sorted((REPOSITORY / "resources").rglob("*.md")):  # the encoder's model card, sources of places
        title = file.relative_to(REPOSITORY).as_posix()
        lines += [_RULE, title, _RULE, file.read_text(encoding="utf-8").strip(), ""]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "THIRD-PARTY-NOTICES.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return problems


def check(program: Path) -> list[str]:
    """Look through a frozen program; returns what the policy does not allow."""
    files = [path for path in program.rglob("*") if path.is_file() and not path.is_symlink()]
    problems = [
        f"{path.relative_to(program)}: an encoder under the GPL"
        for path in files
        if any(path.match(part) for part in POLICY["forbidden_files"])
        and path.stat().st_size > POLICY["stand_in_bytes"]
    ]
    if not files:
        problems.append(f"{program}: there is nothing")
    if not any(path.name == "THIRD-PARTY-NOTICES.txt" for path in files):
        problems.append(f"{program}: no notices")
    allowed = {canonicalize_name(work.metadata["Name"]) for work in frozen_distributions()}
    for folder in program.rglob("*.dist-info"):
        name = canonicalize_name(folder.name.split("-", 1)[0])
        if name not in allowed:
            problems.append(f"{folder.name}: came along unasked")
    return problems


def main() -> int:
    """Write or check; returns the exit code."""
    task, where = sys.argv[1], Path(sys.argv[2])
    try:
        problems = {"write": write, "check": check}[task](where)
    except PackageNotFoundError as missing:
        problems = [f"{missing.name} is not installed here"]
    for problem in problems:
        print(f"licence gate: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
