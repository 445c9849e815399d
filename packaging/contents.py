"""What belongs into the frozen program: from pyproject.toml and the source, never from a list kept by hand.

`photofinder.spec` collects by these functions; tests/packaging compares the finished bundle with them.
"""

import ast
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY: Final = Path(__file__).resolve().parent.parent

NEVER_FROZEN: Final = (
    *("IPython", "PyQt5", "PyQt6", "_tkinter", "cv2", "huggingface_hub", "matplotlib", "onnx", "pandas"),
    *("pip", "pydoc", "pytest", "scipy", "setuptools", "skimage", "sympy", "tkinter", "torch", "wheel", "yaml"),
)
"""Modules that some dependency imports only where they happen to be installed, and that the program never needs."""

NOT_DATA: Final = ("**/*.pyi", "**/*.h", "**/*.hpp", "**/*.lib", "**/*.a", "**/*.pxd", "**/tests/**", "**/test/**")
"""What wheels carry for developers."""

UNUSED_LIBRARIES: Final = (
    "*/onnxruntime/capi/libonnxruntime.so*",  # for programs in C: the Python module holds all of it once more (28 MB)
    *("*/PIL/_imagingtk.*", "*/numpy/_core/_multiarray_tests.*", "*/_internal/readline.*", "*/lib-dynload/readline.*"),
)
"""What wheels carry for others than this program."""

UNUSED_QT: Final = (
    *("*Qt6Qml*", "*Qt6Quick*", "*Qt6VirtualKeyboard*", "*Qt6Pdf*", "*Qt6Designer*", "*Qt6WebEngine*"),
    *("*Qt6Egl*", "*Qt6Wayland*Compositor*", "*/translations/*", "*/qml/*"),
    *("*/plugins/platforminputcontexts/*virtualkeyboard*", "*/plugins/imageformats/*qpdf*"),
    *("*/plugins/platforms/*eglfs*", "*/plugins/platforms/*linuxfb*", "*/plugins/platforms/*vnc*"),
    *("*/plugins/platforms/*vkkhrdisplay*", "*/plugins/egldeviceintegrations/*", "*/plugins/networkinformation/*"),
    *("*/plugins/generic/*", "*/plugins/platforms/*minimalegl*", "*/wayland-graphics-integration-client/*drm-egl*"),
    *("*/plugins/tls/*", "*/plugins/platformthemes/*gtk3*", "*opengl32sw.dll"),
)
"""Parts of Qt that the window does not use: other ways to draw it, bare devices, PDF, QML, encryption (its sockets are
local), the look of GTK (which would bring GTK along)."""


def requirements() -> list[str]:
    """The distributions that pyproject.toml asks for on this system, in canonical spelling."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [Requirement(line) for line in project["dependencies"]]
    return sorted({canonicalize_name(each.name) for each in asked if each.marker is None or each.marker.evaluate()})


def import_names(distribution: str) -> list[str]:
    """The top-level modules that an installed distribution provides: "pillow" gives ["PIL"]."""
    wanted = canonicalize_name(distribution)
    named = sorted(name for name, owners in _provided().items() if wanted in map(canonicalize_name, owners))
    tests = {"test", "tests"}  # some wheels bring them on the top level, where Python's own would be taken instead
    return [name for name in named if name not in tests and find_spec(name)]  # some name modules they do not have


@cache
def _provided() -> Mapping[str, list[str]]:
    """Which distributions provide each top-level module; reading that takes a second."""
    return packages_distributions()


def is_unused(destination: str) -> bool:
    """Whether a file of the bundle stays out; `destination` is its path relative to the bundle."""
    path = f"/{PurePosixPath(destination.replace(chr(92), '/'))}"
    parts = UNUSED_QT if "PySide6" in path or "Qt6" in path or "opengl32sw" in path else UNUSED_LIBRARIES
    return any(fnmatch(path, part) for part in parts)


def still_needed(
    libraries: Mapping[str, str], starts: Iterable[str], needs: Callable[[str], Iterable[str]]
) -> set[str]:
    """Names of shared libraries that something still refers to, by way of others or not.

    `libraries` maps names to what `needs` can tell the referred names of; `starts` are referred to from outside.
    """
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name in libraries and name not in found:
            found.add(name)
            waiting.extend(needs(libraries[name]))
    return found


def source_imports(package: Path = REPOSITORY / "photofinder") -> dict[str, str]:
    """Every module that the source imports, anywhere in it, with one file that does: {"PIL.Image": "decode.py"}.

    `from a import b` counts as `a`: whether b is a module or a name stands only in a itself. Imports guarded by
    a platform count too; who compares leaves out what this system does not have.
    """
    found: dict[str, str] = {}
    for file in sorted(package.rglob("*.py")):
        for name in _imports(ast.parse(file.read_text(encoding="utf-8"))):
            found.setdefault(name, file.relative_to(package).as_posix())
    return found


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def own_modules(package: Path = REPOSITORY / "photofinder") -> set[str]:
    """Every module of the program itself: "photofinder.cli.search" and so on."""
    relative = (file.relative_to(package.parent).with_suffix("") for file in package.rglob("*.py"))
    return {".".join(path.parts).removesuffix(".__init__") for path in relative}


def frozen_modules(program: Path) -> set[str]:
    """Every module that a frozen program can import. `program` is the folder that PyInstaller made."""
    internal = program / "_internal"
    found = set(sys.builtin_module_names)
    for suffix in (".pyc", ".so", ".pyd"):
        for file in internal.rglob(f"*{suffix}"):
            parts = [*file.relative_to(internal).parent.parts, file.name.split(".", 1)[0]]
            if "lib-dynload" in parts:
                parts = parts[parts.index("lib-dynload") + 1 :]
            found.add(".".join(parts).removesuffix(".__init__"))
    return found
