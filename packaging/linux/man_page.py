"""Writes the man page: the frame in photofinder.1, the commands as the program itself describes them."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent


def commands(parser: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, str]]:
    """Each command with its arguments, and what it does."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to ask
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for name, inner in action.choices.items():
                below = list(commands(inner, f"{before}{name} "))
                if below:
                    yield from below
                    continue
                own = [each for each in inner._actions if not each.option_strings]  # noqa: SLF001
                flags = [each.option_strings[-1] for each in inner._actions if each.option_strings and each.nargs == 0]  # noqa: SLF001
                own_flags = [flag for flag in flags if flag not in {"--help", "--json"}]
                words = [f"[{flag}]" for flag in own_flags] + [f"{each.metavar or each.dest}" for each in own]
                yield " ".join([f"{before}{name}", *words]), (inner.description or "").strip()


def page() -> str:
    """The whole page."""
    sys.path.insert(0, str(REPOSITORY))
    from photofinder.cli.main import parser  # noqa: PLC0415 - the path had to be set first

    told = "\n".join(
        f".TP\n.B {name}\n{text}".replace("-", "\\-").replace("\n'", "\n\\&'") for name, text in commands(parser())
    )
    return (HERE / "photofinder.1").read_text(encoding="utf-8").replace("@COMMANDS@", told)


if __name__ == "__main__":
    sys.stdout.write(page())
