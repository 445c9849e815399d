"""The wheel, in an environment that holds nothing else: it has its resources, and the demonstration runs."""

import os
import subprocess
import sys
import zipfile

import pytest

from tests.packaging.conftest import REPOSITORY

pytestmark = [pytest.mark.package, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def wheel():
    found = sorted((REPOSITORY / "build" / "dist").glob("photofinder-*.whl"))
    assert len(found) == 1, "make package first"
    return found[0]


def test_holds_all_resources(wheel):
    source = REPOSITORY / "resources"
    with zipfile.ZipFile(wheel) as archive:
        inside = {info.filename: info.file_size for info in archive.infolist()}
    for path in source.rglob("*"):
        if path.is_file():
            assert inside[f"photofinder/resources/{path.relative_to(source).as_posix()}"] == path.stat().st_size


def test_installs_and_demonstrates_in_an_empty_environment(wheel, tmp_path):
    place = tmp_path / "environment"
    programs = place / ("Scripts" if sys.platform == "win32" else "bin")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}
    environment["QT_QPA_PLATFORM"] = "offscreen"

    def run(*command):
        done = subprocess.run(
            [*map(str, command)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(sys.executable, "-m", "venv", place)
    run(programs / "python", "-m", "pip", "install", "--quiet", f"{wheel}[demo]")
    assert run(programs / "photofinder", "--version") == run(programs / "python", "-m", "photofinder", "--version")
    assert (programs / f"photofinder-gui{'.exe' if sys.platform == 'win32' else ''}").is_file()
    environment["PHOTOFINDER_PAINTED"] = str(tmp_path / "painted")  # the window closes once it has been painted
    environment["HOME"] = str(tmp_path / "home")  # whose Pictures folder is empty: the sample photographs are taken
    told = run(programs / "python", run_copy(tmp_path))
    assert "chelsea.png" in told.split('search "a cat"')[1].split("photofinder search")[0]
    assert (tmp_path / "painted").is_file()


def run_copy(folder):
    """The demonstration, where no checkout is beside it that could be imported instead of the wheel."""
    copy = folder / "demo.py"
    copy.write_bytes((REPOSITORY / "demo.py").read_bytes())
    return copy
