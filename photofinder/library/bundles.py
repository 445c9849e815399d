"""Encoder bundles, as the shells see them."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import BundleProblem
from photofinder.encoder import catalog, store
from photofinder.encoder.bundle import Bundle, verify_bundle
from photofinder.library.locations import Locations

SOURCE_VARIABLE = "PHOTOFINDER_BUNDLE_SOURCE"


@dataclass(frozen=True, slots=True)
class Listed:
    """A bundle that is installed, or could be. `fetched_bytes` are here already of one that was interrupted."""

    name: str
    title: str
    licence: str
    size_bytes: int
    installed: bool
    recommended: bool = False
    quality: str = ""
    cautions: tuple[str, ...] = ()
    fetched_bytes: int = 0


def listed(where: Locations) -> list[Listed]:
    """Installed bundles first, then those that can be installed."""
    from photofinder.encoder import download  # only now, as below: what speaks to the network takes long to load

    installed = catalog.installed(where.bundles)
    names = {bundle.name for bundle in installed}
    known = {entry.name: entry for entry in catalog.known()}
    found = [Listed(b.name, b.title, b.licence, b.size_bytes, installed=True) for b in installed if b.name not in known]
    return found + [
        Listed(
            k.name,
            k.title,
            k.licence,
            k.download_bytes,
            k.name in names,
            k.recommended,
            k.quality,
            k.cautions,
            download.fetched_bytes(k, where.bundles),
        )
        for k in sorted(known.values(), key=lambda k: k.name not in names)
    ]


def install(where: Locations, name: str, progress: Callable[[int, int], None], cancel: CancelToken) -> Bundle:
    """Download a known bundle; `progress` gets bytes so far and in all. Raises BundleProblem, Cancelled."""
    from photofinder.encoder import download

    source = os.environ.get(SOURCE_VARIABLE)
    return download.install(catalog.find_known(name), where.bundles, source=source, progress=progress, cancel=cancel)


def forget(where: Locations, name: str) -> None:
    """Delete what an interrupted installation has fetched. Raises EnvironmentProblem."""
    from photofinder.encoder import download

    download.forget(name, where.bundles)


def verify(where: Locations) -> list[tuple[str, BundleProblem | None]]:
    """Check every file of every installed bundle against its digest: bundle name and what is wrong, if anything."""
    found: list[tuple[str, BundleProblem | None]] = [("?", problem) for problem in catalog.broken(where.bundles)]
    for bundle in catalog.installed(where.bundles):
        try:
            verify_bundle(bundle)
        except BundleProblem as problem:
            found.append((bundle.name, problem))
        else:
            found.append((bundle.name, None))
    return found


def import_from(where: Locations, path: Path) -> Bundle:
    """Install a bundle from a folder or a .zip."""
    return store.import_bundle(path, where.bundles)


def remove(where: Locations, name: str) -> None:
    """Delete an installed bundle. Embeddings made with it stay in the library."""
    store.remove(name, where.bundles)
