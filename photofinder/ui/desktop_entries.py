"""Which installed programs open a kind of file: what freedesktop.org desktops (Linux) keep in their .desktop files.

Sources: Desktop Entry Specification 1.5 (entries, the Exec key) and Association between MIME types and applications
1.0.1 (mimeapps.list). No Qt in here.
"""

import configparser
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_ENTRY = "Desktop Entry"
_ESCAPES = {r"\s": " ", r"\n": "\n", r"\t": "\t", r"\r": "\r", r"\\": "\\"}
_ESCAPE = re.compile(r"\\[sntr\\]")
_DROPPED = {"%i", "%c", "%k", "%d", "%D", "%n", "%N", "%v", "%m"}
"""Codes for the program's icon and name, which need not be given, and those that the specification has given up."""


@dataclass(frozen=True, slots=True)
class Application:
    """An installed program. `icon` is a name in the desktop's icon theme, or a path; `command` is its Exec key."""

    id: str
    name: str
    icon: str
    command: tuple[str, ...]

    def calls(self, paths: Sequence[str]) -> list[list[str]]:
        """The command lines that open these files: one for all where the program takes several, else one for each."""
        if any(part in {"%F", "%U"} for part in self.command):
            return [self._call(paths)]
        return [self._call([path]) for path in paths]

    def _call(self, paths: Sequence[str]) -> list[str]:
        made: list[str] = []
        taken = False
        for part in self.command:
            if part in {"%F", "%f", "%U", "%u"}:
                made += paths
                taken = True
            elif part not in _DROPPED:
                made.append(part.replace("%%", "%"))
        return made if taken else [*made, *paths]


@dataclass(slots=True)
class _Associations:
    """What mimeapps.list files say: program ids by kind of file."""

    default: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    added: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    removed: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


def applications_for(kinds: Sequence[str]) -> list[Application]:
    """The programs that open one of these MIME types, those meant for it first, then by name.

    `kinds` is the type of a file with its aliases, most exact first. Reads the disk; some milliseconds for some
    hundred programs. Files that make no sense are left out.
    """
    chosen = _associations()
    preferred = [app_id for kind in kinds for app_id in (*chosen.default.get(kind, ()), *chosen.added.get(kind, ()))]
    removed = {app_id for kind in kinds for app_id in chosen.removed.get(kind, ())} - set(preferred)
    found: dict[str, Application] = {}
    for app_id, entry in _entries():
        says = {kind for kind in entry.get("MimeType", "").split(";") if kind}
        if (app_id in preferred or says.intersection(kinds)) and app_id not in removed:
            application = _application(app_id, entry)
            if application is not None:
                found[app_id] = application
    rank = {app_id: place for place, app_id in reversed(list(enumerate(preferred)))}
    return sorted(found.values(), key=lambda app: (rank.get(app.id, len(rank)), app.name.casefold()))


def data_folders() -> list[Path]:
    """Where the desktop keeps what programs bring along, the user's own first (XDG Base Directory Specification)."""
    own = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return [Path(own), *(Path(each) for each in shared.split(":") if each)]


def _entries() -> Iterator[tuple[str, configparser.SectionProxy]]:
    """Id and entry of every program; of two with one id the first, which hides the other."""
    seen: set[str] = set()
    for folder in (base / "applications" for base in data_folders()):
        for path in sorted(folder.rglob("*.desktop")):
            app_id = "-".join(path.relative_to(folder).parts)
            if app_id not in seen:
                seen.add(app_id)
                entry = _section(path, _ENTRY)
                if entry is not None:
                    yield app_id, entry


def _application(app_id: str, entry: configparser.SectionProxy) -> Application | None:
    """A program that can be offered; None for one that is hidden, gone, or needs a terminal."""
    off = [entry.get(key, "false").strip().lower() == "true" for key in ("Hidden", "NoDisplay", "Terminal")]
    if entry.get("Type") != "Application" or any(off):
        return None
    try:
        command = shlex.split(_ESCAPE.sub(lambda found: _ESCAPES[found[0]], entry.get("Exec", "")))
    except ValueError:
        return None
    needed = entry.get("TryExec") or (command[0] if command else "")
    if not command or shutil.which(needed) is None:
        return None
    return Application(app_id, _named(entry), entry.get("Icon", ""), tuple(command))


def _named(entry: configparser.SectionProxy) -> str:
    """The name in the user's language, where there is one."""
    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    language = spoken.partition(".")[0].partition("@")[0]
    for key in (f"Name[{language}]", f"Name[{language.partition('_')[0]}]", "Name"):
        if entry.get(key):
            return entry[key]
    return entry.get("Exec", "")


def _associations() -> _Associations:
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    found = _Associations()
    for path in (config, *(base / "applications" for base in data_folders())):
        file = path / "mimeapps.list"
        for section, known in (
            ("Default Applications", found.default),
            ("Added Associations", found.added),
            ("Removed Associations", found.removed),
        ):
            for kind, app_ids in (_section(file, section) or {}).items():
                known.setdefault(kind, []).extend(app_id for app_id in app_ids.split(";") if app_id)
    return found


def _section(path: Path, name: str) -> configparser.SectionProxy | None:
    parser = configparser.RawConfigParser(
        delimiters=("=",), comment_prefixes=("#",), strict=False, default_section="\0", allow_no_value=False
    )
    parser.optionxform = str  # pyright: ignore[reportAttributeAccessIssue] - keys keep their case, as documented
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error):
        return None
    return parser[name] if parser.has_section(name) else None
