"""Makes build/photofinder_VERSION_ARCHITECTURE.deb of the frozen program: `python packaging/linux/build_deb.py`.

Lays out a Debian source folder (build/deb/) and lets dpkg-buildpackage and debhelper do the rest. Run after
`make frozen`; needs the packages debhelper and dpkg-dev. The finished package lies in build/dist/.
"""

import shutil
import subprocess
import time
from email.utils import formatdate
from pathlib import Path

import man_page

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
BUILD = REPOSITORY / "build"


def version() -> str:
    """As photofinder/__init__.py states it."""
    stated = (REPOSITORY / "photofinder" / "__init__.py").read_text(encoding="utf-8")
    return stated.split('__version__ = "')[1].split('"')[0]


def lay_out(folder: Path) -> None:
    """Everything that debian/rules expects, in an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(REPOSITORY / "packaging" / "debian", folder / "debian")
    shutil.copytree(BUILD / "frozen" / "photofinder", folder / "program", symlinks=True)
    shutil.copytree(BUILD / "icons" / "hicolor", folder / "icons" / "hicolor")
    shutil.copyfile(BUILD / "system-libraries.txt", folder / "system-libraries.txt")
    files = folder / "files"
    files.mkdir()
    for name in ("photofinder.desktop", "org.photofinder.PhotoFinder.metainfo.xml"):
        shutil.copyfile(HERE / name, files / name)
    (files / "photofinder.1").write_text(man_page.page(), encoding="utf-8")
    changed = (REPOSITORY / "CHANGELOG.md").stat().st_mtime
    (folder / "debian" / "changelog").write_text(
        f"photofinder ({version()}) unstable; urgency=medium\n\n"
        "  * What is new stands in CHANGELOG.md of the source.\n\n"
        f" -- PhotoFinder developers <packages@photofinder.invalid>  {formatdate(changed)}\n",
        encoding="utf-8",
    )
    for library in (folder / "program" / "_internal").rglob("*.so*"):
        if not library.is_symlink():
            library.chmod(0o644)  # libraries are not programs


def main() -> None:
    """Build it, and say where it is."""
    began = time.monotonic()
    folder = BUILD / "deb" / f"photofinder-{version()}"
    lay_out(folder)
    subprocess.run(["dpkg-buildpackage", "-b", "-us", "-uc"], cwd=folder, check=True)
    done = BUILD / "dist"
    done.mkdir(exist_ok=True)
    for made in folder.parent.glob("photofinder_*.deb"):
        print(shutil.copy2(made, done), f"({made.stat().st_size / 1e6:.0f} MB, {time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
