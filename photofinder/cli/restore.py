"""`photofinder restore [NUMBER]`: without a number it lists what can be put back."""

import argparse

from photofinder.cli.output import print_json
from photofinder.cli.terminal import printable, size
from photofinder.library.backups import Backup, listed, restore
from photofinder.library.locations import locations


def run(options: argparse.Namespace) -> int:
    """List the copies of the catalogue, or put one back."""
    where = locations(options.library)
    if options.number is None:
        found = listed(where)
        if options.json:
            print_json({"backups": [_json(backup) for backup in found]})
            return 0
        for backup in found:
            made_at = backup.made_at.astimezone()
            print(f"{backup.number:5}  {made_at:%Y-%m-%d %H:%M}  {backup.kind:14} {size(backup.size_bytes)}")
        print("Put one back with: photofinder restore NUMBER" if found else "There are no backups yet.")
        return 0
    replaced = restore(where, options.number)
    if options.json:
        print_json({"restored": options.number, "replaced": replaced and _json(replaced)})
        return 0
    print(f"Backup {options.number} is in place.")
    if replaced is not None:
        print(printable(f"What was there is kept as backup {replaced.number}: {replaced.path}"))
    print("Run photofinder index to bring it up to date with your folders.")
    return 0


def _json(backup: Backup) -> dict[str, object]:
    return {
        "number": backup.number,
        "kind": backup.kind.value,
        "made_at": backup.made_at.isoformat(),
        "path": str(backup.path),
        "size_bytes": backup.size_bytes,
    }
