"""Which bundles there are: those that came with the program, the user's own, and those that can be had.

A bundle that can be had is one JSON file in resources/known-bundles; adding one is adding such a file.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from photofinder.core.errors import BundleProblem
from photofinder.core.resources import resources_dir
from photofinder.encoder.bundle import NAME, Bundle, load_bundle, parse_bundle
from photofinder.encoder.fields import Section
from photofinder.encoder.store import bundled_dir, import_bundle, remove

__all__ = [
    "KnownBundle",
    "broken",
    "default",
    "find",
    "find_known",
    "import_bundle",
    "installed",
    "known",
    "remove",
]

_REMOTE_PATH = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
_UNKNOWN_RANK = -1
"""A bundle of the user's own never becomes the default by itself: nothing is known of how good it is."""


@dataclass(frozen=True, slots=True)
class KnownBundle:
    """A bundle that can be had, pinned to one revision and the digests of its files."""

    name: str
    title: str
    rank: int
    recommended: bool
    licence: str
    quality: str
    cautions: tuple[str, ...]
    host: str
    repo: str
    revision: str
    paths: tuple[tuple[str, str], ...]  # (file in the bundle, path in the repository)
    bundle: Bundle = field(repr=False)
    description: str = field(repr=False)  # the bundle.json to be written beside the files

    @property
    def download_bytes(self) -> int:
        """How much there is to fetch."""
        return self.bundle.size_bytes


def known() -> list[KnownBundle]:
    """The bundles that can be had, best first. Raises BundleProblem if the program's own list is damaged."""
    entries = [_known(path) for path in (resources_dir() / "known-bundles").glob("*.json")]
    return sorted(entries, key=lambda entry: -entry.rank)


def find_known(name: str) -> KnownBundle:
    """The entry called `name`. Raises BundleProblem naming those there are."""
    entries = known()
    for entry in entries:
        if entry.name == name:
            return entry
    names = ", ".join(entry.name for entry in entries)
    raise BundleProblem(f"No bundle called {name!r} is known.", f"There are: {names}.")


def installed(bundles_dir: Path) -> list[Bundle]:
    """The bundles that can be used: those that came with the program and those in `bundles_dir`, best first.

    Their files are there with the right sizes (contents are not hashed). `broken` tells of the others.
    """
    return _survey(bundles_dir)[0]


def broken(bundles_dir: Path) -> list[BundleProblem]:
    """What is wrong with each folder that should be a bundle and is not usable."""
    return _survey(bundles_dir)[1]


def find(name: str, bundles_dir: Path) -> Bundle:
    """The installed bundle called `name`. Raises BundleProblem: what is wrong with it, or how to get it."""
    for parent in (bundled_dir(), bundles_dir):
        if NAME.fullmatch(name) and (parent / name).is_dir():
            return _load(parent / name)
    if any(entry.name == name for entry in known()):
        raise BundleProblem(
            f"Bundle {name} is not installed.", f"Install it with `photofinder bundles install {name}`."
        )
    names = ", ".join(bundle.name for bundle in installed(bundles_dir))
    raise BundleProblem(f"There is no bundle called {name!r}.", f"Installed are: {names}.")


def default(bundles_dir: Path) -> Bundle:
    """The best installed bundle by rank: the bundled encoder when there is nothing better.

    Raises BundleProblem if not even that is usable.
    """
    usable, problems = _survey(bundles_dir)
    if not usable:
        raise problems[0] if problems else BundleProblem("No encoder is installed.", "Reinstall PhotoFinder.")
    return usable[0]


def _survey(bundles_dir: Path) -> tuple[list[Bundle], list[BundleProblem]]:
    usable: dict[str, Bundle] = {}
    problems: list[BundleProblem] = []
    for parent in (bundled_dir(), bundles_dir):
        try:
            folders = sorted(path for path in parent.iterdir() if NAME.fullmatch(path.name) and path.is_dir())
        except FileNotFoundError:
            continue
        except OSError as error:
            problems.append(BundleProblem(f"{parent} cannot be listed: {error.strerror}."))
            continue
        for folder in folders:
            try:
                bundle = _load(folder)
            except BundleProblem as problem:
                problems.append(problem)
                continue
            usable.setdefault(bundle.name, bundle)
    ranks = {entry.name: entry.rank for entry in known()} | {"mini": 0}
    order = sorted(usable.values(), key=lambda bundle: (-ranks.get(bundle.name, _UNKNOWN_RANK), bundle.name))
    return order, problems


def _load(folder: Path) -> Bundle:
    bundle = load_bundle(folder)
    if bundle.name != folder.name:
        raise BundleProblem(f"{folder} holds the bundle {bundle.name}.", f"Rename the folder to {bundle.name}.")
    return bundle


def _known(path: Path) -> KnownBundle:
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleProblem(f"{path} is damaged: {error}.", "Reinstall PhotoFinder.") from error
    fields = Section(document, path.name)
    described = cast("Mapping[str, object]", fields.raw("bundle"))
    bundle = parse_bundle(described, Path(path.stem))
    if bundle.name != path.stem:
        fields.refuse("bundle.name", f"must be {path.stem}, as the file is called")
    paths = fields.section("paths")
    if set(paths.names()) != {file.name for file in bundle.files}:
        fields.refuse("paths", "must name exactly the bundle's files")
    if not all(_REMOTE_PATH.fullmatch(paths.text(name)) for name in paths.names()):
        fields.refuse("paths", "must be paths in a repository")
    host = fields.text("host")
    if not host.startswith("https://"):
        fields.refuse("host", "must be an https address")
    return KnownBundle(
        name=bundle.name,
        title=bundle.title,
        rank=fields.integer("rank", 1, 1000),
        recommended=fields.flag("recommended"),
        licence=bundle.licence,
        quality=fields.text("quality"),
        cautions=fields.texts("cautions"),
        host=host,
        repo=fields.text("repo"),
        revision=fields.text("revision"),
        paths=tuple((name, paths.text(name)) for name in paths.names()),
        bundle=bundle,
        description=json.dumps(described, indent=2, ensure_ascii=False) + "\n",
    )
