"""Takes the HEVC encoder x265 (GPL) out of a frozen program: a library of two empty functions stands in for it.

pillow-heif's wheels bring libheif, which refers to x265 for writing HEIC. PhotoFinder only reads HEIC, and reading
needs libde265 alone. libheif asks x265 for one table of functions when something is to be encoded; the stand-in answers
that there is none. Why: docs/decisions/2026-11-no-x265-in-packages.md.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

LIBRARY = re.compile(r"^(lib)?x265[.-]", re.IGNORECASE)
_SYMBOL = re.compile(rb"x265_api_get_\d+")

_SOURCE = """\
/* No encoder here: PhotoFinder reads HEIC and never writes it. */
#ifdef _WIN32
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif
EXPORTED const void *{symbol}(int bit_depth) {{ (void)bit_depth; return 0; }}
EXPORTED void x265_cleanup(void) {{ }}
"""


def is_x265(path: Path) -> bool:
    """Whether a library is x265, by its name."""
    return bool(LIBRARY.match(path.name))


def make_stand_in(x265: Path, folder: Path) -> Path:
    """Compile a stand-in for `x265`, with the same name, into `folder`; returns its path.

    Needs a C compiler (CC, else cc; gcc on Windows). Raises CalledProcessError if it refuses, ValueError if the
    library is not what this module knows.
    """
    symbols = set(_SYMBOL.findall(x265.read_bytes()))
    if len(symbols) != 1:
        raise ValueError(f"{x265} exports {len(symbols)} tables of functions where one was expected.")
    folder.mkdir(parents=True, exist_ok=True)
    source, made = folder / "x265_stand_in.c", folder / x265.name
    source.write_text(_SOURCE.format(symbol=symbols.pop().decode()), encoding="utf-8")
    compiler = shlex.split(os.environ.get("CC", "gcc" if sys.platform == "win32" else "cc"))
    if sys.platform == "darwin":  # the loader refuses a library older than what libheif was linked against
        version = ["-current_version", "9999", "-compatibility_version", "9999"]
        options = ["-dynamiclib", "-install_name", f"@rpath/{x265.name}", *version]
    elif sys.platform == "win32":
        options = ["-shared", "-s", "-static-libgcc"]
    else:
        options = ["-shared", "-fPIC", "-s", f"-Wl,-soname,{x265.name}"]
    subprocess.run([*compiler, *options, "-O2", "-o", str(made), str(source)], check=True)
    return made
