"""`photofinder bundles …`."""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from photofinder.cli.output import print_json
from photofinder.cli.terminal import printable, size
from photofinder.core.cancel import CancelToken
from photofinder.library import bundles
from photofinder.library.library import Library
from photofinder.library.locations import Locations, locations


def run(options: argparse.Namespace) -> int:
    """Do one of the actions."""
    where = locations(options.library)
    if options.action == "list":
        return _list(where, as_json=options.json)
    if options.action == "verify":
        return _verify(where, as_json=options.json)
    if options.action == "use":
        with Library(where, create=True) as library:
            name = library.use_bundle(options.subject).name
        done = f"{name} is in use. Run `photofinder index` to embed your photos with it; searches work meanwhile."
    elif options.action == "install":
        name = _install(where, options.subject).name
        done = f"{name} is installed. Use it with: photofinder bundles use {name}"
    elif options.action == "import":
        name = bundles.import_from(where, Path(options.subject)).name
        done = f"{name} is installed. Use it with: photofinder bundles use {name}"
    else:
        name = options.subject
        bundles.remove(where, name)
        done = f"{name} is removed."
    if options.json:
        print_json({"action": options.action, "bundle": name})
    else:
        print(printable(done))
    return 0


def _list(where: Locations, *, as_json: bool) -> int:
    found = bundles.listed(where)
    if as_json:
        fields = ("name", "title", "licence", "size_bytes", "installed", "recommended", "quality", "cautions")
        print_json({"bundles": [{field: getattr(bundle, field) for field in fields} for bundle in found]})
        return 0
    for bundle in found:
        state = "installed" if bundle.installed else "can be installed"
        advice = ", recommended" if bundle.recommended else ""
        print(f"{bundle.name}: {bundle.title} ({bundle.licence}), {size(bundle.size_bytes)}, {state}{advice}")
        for line in (bundle.quality, *bundle.cautions):
            if line:
                print(f"    {line}")
    return 0


def _verify(where: Locations, *, as_json: bool) -> int:
    found = bundles.verify(where)
    if as_json:
        print_json({"bundles": [{"name": name, "problem": problem and str(problem)} for name, problem in found]})
    else:
        for name, problem in found:
            print(printable(str(problem) if problem else f"{name}: all files are as they should be"))
    return 1 if any(problem for _, problem in found) else 0


def _install(where: Locations, name: str) -> bundles.Bundle:
    with tqdm(unit="B", unit_scale=True, file=sys.stderr, disable=None, desc=name, leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return bundles.install(where, name, show, CancelToken())
